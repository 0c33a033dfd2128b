"""What others see: risk points that colleagues and leaders suggest for a post, and what became of each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..rules import TITLE_LENGTH, Method, SuggestionState
from .declarations import Declaration
from .ledger import PointVersion
from .organization import Organization, Person, Post


class Suggestion(models.Model):
    """A risk point somebody else saw in a post. The drafter takes it up or says why not; both are evidence."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="suggestions")
    section = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="suggestions")
    method = models.CharField(max_length=15, choices=Method)
    title = models.CharField(_("risk point"), max_length=TITLE_LENGTH)
    text = models.TextField(_("what was seen"))
    suggested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="suggestions")
    suggested_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=10, choices=SuggestionState, default=SuggestionState.OPEN)
    version = models.PositiveIntegerField(default=1)
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, null=True, related_name="suggestions")
    taken_up_in = models.ForeignKey(PointVersion, on_delete=models.SET_NULL, null=True, related_name="suggestions")
    reason = models.TextField(_("why it is not taken up"), blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["suggested_at", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["post", "state"], name="suggestion_of_post"),
            models.Index(fields=["section", "state"], name="suggestion_of_section"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(post=None, section__isnull=False) | Q(post__isnull=False, section=None),
                name="suggestion_for_post_or_section",
            ),
            models.CheckConstraint(
                condition=~Q(state=SuggestionState.DECLINED) | ~Q(reason=""), name="suggestion_declined_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(state=SuggestionState.OPEN, answered_by=None) | ~Q(state=SuggestionState.OPEN),
                name="suggestion_open_is_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def whom(self) -> str:
        """For which post or section it is, in words."""
        return f"{self.post.organization} · {self.post}" if self.post else str(self.section)
