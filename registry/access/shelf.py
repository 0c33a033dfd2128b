"""Whose documents are whose, and whether somebody may still read what stands in a file that was made for them."""

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Organization, Person, ShelfItem
from ..rules import Refused
from ..rules.shelf import ShelfState
from .notices import visible_notices
from .organization import ledger_scope, within


def own_documents(person: Person) -> QuerySet[ShelfItem]:
    """Return what lies on the person's shelf. Nobody sees another's."""
    return ShelfItem.objects.filter(person=person)


def check_fetch(item: ShelfItem, person: Person) -> None:
    """Refuse a file that is not there, or that holds rows of an organization the person no longer reads.

    Rights are held on organizations, so the organizations of the rows are looked at, where they stand in the tree today.
    """
    if item.state == ShelfState.EXPIRED or (item.expires_at is not None and item.expires_at <= timezone.now()):
        raise Refused(_("This document was kept until its day and is gone. Ask for it again."))
    if item.state != ShelfState.READY:
        raise Refused(_("This document is not made yet."))
    if "notice" in item.arguments and not visible_notices(person).filter(pk=item.arguments["notice"]).exists():
        raise Refused(_("You no longer see the notice you asked for."))
    lost = Organization.objects.filter(pk__in=item.places).exclude(within(ledger_scope(person)))
    if lost.exists():
        raise Refused(
            _(
                "Since this document was made your rights have changed: you no longer read all that stands in it. Ask for it again."
            )
        )
