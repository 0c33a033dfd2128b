"""Adding rows copied from a spreadsheet to an open declaration: all of them, or none."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import Declaration, Person, PointVersion
from ..rules import Changed
from ..rules.pasting import PastedPoint, values_of
from .declarations import check_entry, save_point


@transaction.atomic
def paste_points(
    *, by: Person, declaration: Declaration, points: Sequence[PastedPoint], expected: int
) -> list[PointVersion]:
    """Add entries that were read without a problem. `expected` is how many there were when the person looked at them.

    Raises like `save_point`; Changed if there are others by now, so that pressing twice adds nothing twice.
    """
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_entry(declaration, by, None)
    if declaration.pointversions.count() != expected:
        raise Changed(_("Entries were added or removed meanwhile. Look at the declaration, then add what is missing."))
    return [
        save_point(by=by, declaration=declaration, values=values_of(point), measures=point.measures) for point in points
    ]
