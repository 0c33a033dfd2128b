"""Urging (催办): that somebody who is late was asked to get on with it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.models import Organization, Person

from ..querysets.progress import UrgingQuerySet
from ..rules import Step
from .cycles import Cycle


class Urging(models.Model):
    """That a person was urged, by whom and about what; once a day, whoever it is that urges."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="urgings")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="urgings")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="urgings")
    step = models.CharField(_("what is late"), max_length=10, choices=Step)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()

    objects = UrgingQuerySet.as_manager()

    class Meta:
        verbose_name = _("urging")
        verbose_name_plural = _("urgings")
        ordering = ["-on", "-pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["person", "on"], name="urged_once_a_day")]
