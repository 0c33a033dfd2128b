"""Which dates and which scheme hold for an organization in a year: the nearest row on the way up."""

from django.db import models

from ..rules import Dates, default_dates


class PeriodQuerySet(models.QuerySet):
    def nearest(self, position: int, year: int, phase: str) -> models.Model | None:
        """Return the period set nearest above `position`, or None where the document's own dates hold."""
        return (
            self.filter(
                organization__tree_from__lte=position, organization__tree_to__gte=position, year=year, phase=phase
            )
            .order_by("-organization__depth")
            .first()
        )

    def dates(self, position: int, year: int, phase: str) -> Dates:
        """Return the dates that hold at `position`."""
        period = self.nearest(position, year, phase)
        return period.dates if period else default_dates(year, phase)


class SchemeQuerySet(models.QuerySet):
    def in_force(self, position: int, year: int) -> models.Model | None:
        """Return the latest version of the scheme set nearest above `position`, or None for the default one."""
        return (
            self.filter(organization__tree_from__lte=position, organization__tree_to__gte=position, year=year)
            .order_by("-organization__depth", "-version")
            .first()
        )
