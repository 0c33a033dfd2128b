"""Filed measures as dated tasks, and what was reported about each with evidence (part III §4(3): 组织实施)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models import Attachment, Measure, MeasureVersion, Organization, Person, Post, RiskPoint
from registry.models.stand_ins import for_words

from ..querysets.tasks import TaskQuerySet
from ..rules import TaskState


class Task(models.Model):
    """One occasion on which a filed measure is to be carried out.

    Who answers for it is whoever holds the post that day, of a section or a leadership team those who prepare for it: nobody is
    stored, so a successor has it at once. `period` names the occasion within the measure: once, 2026, 2026-Q2, 2026-05, a day.
    """

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="tasks")
    measure_version = models.ForeignKey(MeasureVersion, on_delete=models.PROTECT, related_name="tasks")
    point = models.ForeignKey(RiskPoint, on_delete=models.PROTECT, related_name="tasks")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tasks")
    position = models.BigIntegerField()
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="tasks")
    period = models.CharField(_("period"), max_length=10)
    starts_on = models.DateField(_("from"))
    due_on = models.DateField(_("by"))
    state = models.CharField(_("state"), max_length=10, choices=TaskState, default=TaskState.OPEN)
    dropped_reason = models.CharField(_("why it is no longer needed"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["due_on", "position", "pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["state", "due_on", "position"], name="task_board"),
            models.Index(fields=["post", "state", "due_on"], name="task_of_post"),
            models.Index(fields=["position", "state", "due_on"], name="task_of_place"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["measure", "period"], name="task_once_per_period"),
            models.CheckConstraint(condition=Q(due_on__gte=F("starts_on")), name="task_due_after_start"),
            models.CheckConstraint(
                condition=~Q(state=TaskState.DROPPED) | ~Q(dropped_reason=""), name="task_dropped_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure_version.text} ({self.period})"


class TaskReport(models.Model):
    """That a task was done, with evidence. Never changed; one that was sent back stays and another follows."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reports")
    done_on = models.DateField(_("done on"))
    text = models.TextField(_("what was done, and what shows it"))
    attachments = models.ManyToManyField(Attachment, related_name="task_reports")
    reported_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reported_for = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField()
    sent_back_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    sent_back_at = models.DateTimeField(null=True)
    sent_back_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["reported_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_back_by=None, sent_back_at=None, sent_back_reason="")
                | (Q(sent_back_by__isnull=False, sent_back_at__isnull=False) & ~Q(sent_back_reason="")),
                name="task_report_sent_back_with_reason",
            )
        ]

    @property
    def reported_by_words(self) -> str:
        """Return who reported it, and for whom where they stood in."""
        return for_words(self.reported_by.name, self.reported_for.name if self.reported_for else "")
