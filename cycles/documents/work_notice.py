"""The notice of the year's work (工作通知): an official document of the region's leading group."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from registry.documents.sheets import Sheet, in_own_language

from ..models import Cycle, WorkNotice
from ..rules import StageKind
from ..rules.stages import PHASES


@in_own_language
def work_notice_sheet(notice: WorkNotice) -> Sheet:
    """Return the notice on paper; until it is issued it says that it is a draft."""
    return Sheet(
        template="documents/work_notice.html",
        context={
            "number": notice.number,
            "paragraphs": [line for line in notice.text.splitlines() if line.strip()],
            "issuer": notice.cycle.region.name,
            "issued_on": date_format(notice.issued_on) if notice.issued_on else "",
            "running": "",
        },
        title=notice.title,
        stem=" ".join(filter(None, [notice.title, notice.number])),
        mark="" if notice.issued_on else _("DRAFT"),
    )


@in_own_language
def proposed_notice(cycle: Cycle) -> tuple[str, str]:
    """Return a title and a text to begin with: what the founding document asks for, with the days of this cycle."""
    stages = {StageKind(stage.kind): stage for stage in cycle.stages.all()}
    told = {"region": cycle.region.name, "year": cycle.year}
    title = _("Notice on the prevention and control of integrity risks in %(year)s") % told
    lines = [
        _(
            "To all units: as the work of preventing and controlling integrity risks goes on by plan, do, check and act, the work "
            "of %(year)s in %(region)s is arranged as follows."
        )
        % told
    ]
    for number, (kind, stage) in enumerate(stages.items(), start=1):
        days = {"opens": date_format(stage.opens), "closes": date_format(stage.closes)}
        said = _("%(number)s. %(stage)s: from %(opens)s to %(closes)s.") % {"number": number, "stage": stage, **days}
        if kind in PHASES:
            due = date_format(stage.due_to_region)
            said += _(" What goes to the region is reported by %s.") % due
        lines.append(said)
    lines.append(_("The leading groups of the units and their offices see to it that each stage is finished in time."))
    return title, "\n".join(lines)
