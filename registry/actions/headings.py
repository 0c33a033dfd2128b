"""What headings mean in the ledgers of a unit: a person says it when taking one in, and it is remembered until forgotten."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import LearnedHeading, Organization, Person
from ..rules import NotAllowed, Refused
from ..rules.workbooks import LONGEST_WORD, Column, word_form
from .audit import record
from .organization import CONSOLE


def check_meanings(mapping: Mapping[str, str]) -> dict[str, Column]:
    """Return what is said of headings by their form. `mapping` is heading → value of Column; raises Refused for anything else."""
    found: dict[str, Column] = {}
    for heading, column in mapping.items():
        form = word_form(heading)
        if not form or len(heading) > LONGEST_WORD:
            raise Refused(
                _("“%(heading)s” is no heading: it needs letters or digits, and at most %(most)s characters.")
                % {"heading": heading[:LONGEST_WORD], "most": LONGEST_WORD}
            )
        if column not in set(Column):
            raise Refused(
                _("“%(column)s” is no column of a ledger. Columns are: %(columns)s.")
                % {"column": column, "columns": _(", ").join(Column)}
            )
        found[form] = Column(column)
    return found


def learned_in(unit: Organization) -> dict[str, Column]:
    """Return what the unit's headings mean, by their form."""
    rows = LearnedHeading.objects.filter(unit=unit).values_list("form", "column")
    return {form: Column(column) for form, column in rows}


@transaction.atomic
def learn_headings(*, by: Person, unit: Organization, mapping: Mapping[str, str]) -> None:
    """Remember what the headings mean; what is known already in the same way is not noted again.

    Raises Refused for what `check_meanings` refuses. Who may is asked by the import of which this is a part.
    """
    known = learned_in(unit)
    for heading, column in mapping.items():
        form = word_form(heading)
        if known.get(form) == column:
            continue
        learned, _made = LearnedHeading.objects.update_or_create(
            unit=unit,
            form=form,
            defaults={"heading": heading.strip(), "column": column, "by": by, "at": timezone.now()},
        )
        record("heading.learn", by=by, subject=learned, content=[unit.code, form, column])


@transaction.atomic
def forget_heading(*, by: Person, unit: Organization, heading: str) -> None:
    """Let a heading of the unit mean again what everybody takes it for.

    Raises NotAllowed for who may not take in the unit's ledgers, Refused when nothing is remembered of the heading.
    """
    if by.username != CONSOLE and not access.may_import(by, unit):
        raise NotAllowed(_("You may not take in ledgers of %s.") % unit)
    learned = LearnedHeading.objects.select_for_update().filter(unit=unit, form=word_form(heading)).first()
    if learned is None:
        raise Refused(_("Nothing is remembered of the heading “%s”.") % heading)
    record("heading.forget", by=by, subject=learned, content=[unit.code, learned.form, learned.column])
    learned.delete()
