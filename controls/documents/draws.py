"""A draw on paper: what was committed to, what was revealed, who or what was drawn."""

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.documents.ledger import running_line, safe_name
from registry.documents.sheets import LANDSCAPE, Grid, Sheet, in_own_language

from ..models import Draw
from ..rules import DrawKind, DrawState


@in_own_language
def draw_sheet(draw: Draw) -> Sheet:
    """Return the record of a draw."""
    title = _("Record of a draw of experts") if draw.kind == DrawKind.EXPERTS else _("Record of a draw for spot checks")
    grids = []
    if draw.state == DrawState.REVEALED:
        grids.append(
            Grid(
                columns=("number", "label", "key"),
                headings=[_("No."), _("Drawn"), _("Key on the list")],
                rows=[(str(place), each.label, each.key) for place, each in enumerate(draw.names, start=1)],
                flowing=frozenset({"label"}),
                title=_("Drawn, in this order"),
            )
        )
    if draw.exclusions:
        grids.append(
            Grid(
                columns=("number", "label", "reason"),
                headings=[_("No."), _("Excluded"), _("Why")],
                rows=[
                    (str(place), label, reason) for place, (_key, label, reason) in enumerate(draw.exclusions, start=1)
                ],
                flowing=frozenset({"label", "reason"}),
                title=_("Excluded before the commitment"),
            )
        )
    return Sheet(
        "documents/draw.html",
        {
            "facts": facts(draw),
            "running": _("; ").join(filter(None, [draw.number, running_line()])),
        },
        title=title,
        stem=" ".join([title, safe_name(draw.number)]),
        paper=LANDSCAPE,
        grids=grids,
    )


def facts(draw: Draw) -> list[tuple[str, str]]:
    """Return all inputs of a draw as (label, value)."""
    found = [
        (_("Number"), draw.number),
        (_("Purpose"), draw.purpose),
        (_("Drawn from"), draw.filter_words),
        (_("On the list"), str(len(draw.members))),
        (_("Excluded"), str(len(draw.exclusions))),
        (_("How many"), str(draw.wanted)),
        (_("Digest of the list"), draw.list_digest),
        (_("Commitment to the seed"), draw.commitment),
        (_("Committed"), _who(draw.committed_by.name, draw.committed_at)),
    ]
    if draw.state == DrawState.REVEALED:
        found += [
            (_("Revealed"), _who(draw.revealed_by.name, draw.revealed_at)),
            (_("Seed"), draw.seed),
            (_("Value nobody knew before"), draw.value),
            (_("Final seed"), draw.final),
        ]
    return found


def _who(name: str, at) -> str:
    return f"{name}, {timezone.localtime(at):%Y-%m-%d %H:%M}"
