"""Who takes in ledgers in the browser, and sees what others have uploaded for the unit."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..models import ImportBatch, Organization, Person, UploadedLedger
from ..roles import Permission
from ..rules import NotAllowed, OrganizationKind
from .approvals import may_import
from .organization import is_console, once_a_page, rights_of


def check_import(unit: Organization, person: Person) -> None:
    """Refuse taking in ledgers of this unit, and taking them back, to all but its office and the command line."""
    if not is_console(person) and not may_import(person, unit):
        raise NotAllowed(_("You may not take in ledgers of %s.") % unit)


@once_a_page
def units_to_import_for(person: Person) -> list[Organization]:
    """Return the units whose ledgers the person takes in, in the order of the tree; none of which a part is withheld."""
    held = {right.organization_id for right in rights_of(person) if right.permission == Permission.IMPORT_LEDGER}
    if not held:
        return []
    units = Organization.objects.filter(pk__in=held, kind=OrganizationKind.UNIT).order_by("tree_from")
    return [unit for unit in units if may_import(person, unit)]


def visible_uploads(person: Person) -> QuerySet[UploadedLedger]:
    """Return the uploaded ledgers the person may look at: those of the units whose ledgers they take in."""
    return UploadedLedger.objects.filter(unit__in=[unit.pk for unit in units_to_import_for(person)])


def visible_batches(person: Person) -> QuerySet[ImportBatch]:
    """Return the ledgers that were taken in for these units, by page or command line."""
    return ImportBatch.objects.filter(unit__in=[unit.pk for unit in units_to_import_for(person)])
