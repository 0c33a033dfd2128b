"""What is filed goes to the region (part III §4(2), (3)): sending it, the region's review, answering what it asks."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import access
from ..models import Approval, Declaration, Organization, Period, Person
from ..rules import (
    REGION_VERDICTS,
    STANDING_STATES,
    DeclarationState,
    Gap,
    Incomplete,
    NotAllowed,
    OrganizationKind,
    PointState,
    Refused,
    RegionVerb,
    StepKey,
    Trigger,
    Verdict,
    region_after,
)
from . import approvals, supplements
from .approvals import Outcome
from .audit import record
from .declarations import entry_titles
from .measures import lock_declarant
from .writing import change

REGION_REVIEW = "region_review"


# --- Sending -----------------------------------------------------------------------------------------------------------


def check_sendable(declaration: Declaration, person: Person) -> None:
    """Refuse sending what is not the person's to send, not filed, stays within the unit or was sent already."""
    access.check_send(declaration, person)
    if declaration.state != DeclarationState.FILED:
        raise Refused(_("It is not filed yet."))
    if not declaration.to_region:
        raise Refused(_("It stays within the unit."))
    region_after(declaration.region_state, RegionVerb.SEND)
    if access.nearest(_place_of(declaration), OrganizationKind.REGION) is None:
        raise Refused(_("The unit belongs to no region."))


@transaction.atomic
def send_to_region(*, by: Person, declarations: Collection[Declaration]) -> list[Declaration]:
    """Send filed declarations to the region: all of them, or none, and then Incomplete names every refusal."""
    locked = list(
        Declaration.objects.select_for_update(of=("self",))
        .filter(pk__in=[declaration.pk for declaration in declarations])
        .order_by("pk")
    )
    if not locked:
        raise Refused(_("Choose what is to be sent."))
    refused = []
    for declaration in locked:
        try:
            check_sendable(declaration, by)
        except NotAllowed:
            raise
        except Refused as why:
            told = {"number": declaration.number, "title": declaration.approval.title, "why": why}
            refused.append(Gap(_("%(title)s (%(number)s): %(why)s") % told, f"declaration:{declaration.pk}"))
    if refused:
        raise Incomplete(_("Nothing was sent."), refused)
    now = timezone.now()
    for declaration in locked:
        approval = _open_round(declaration, by=by, content=filed_content(declaration))
        change(
            declaration,
            by=by,
            expected=declaration.version,
            region_state=region_after(declaration.region_state, RegionVerb.SEND),
            region_approval=approval,
            sent_at=now,
            sent_by=by,
        )
    return locked


def filed_content(declaration: Declaration) -> dict[str, Any]:
    """Return exactly what the unit's last round approved, whatever has been filed since: what the region reviews.

    Who suggested what stays within the unit.
    """
    approval = declaration.approval
    content = approval.submissions.get(round=approval.round).content
    return {name: value for name, value in content.items() if name != "suggestions"}


def review_content(declaration: Declaration) -> dict[str, Any]:
    """Return what the region's current round is about: what was filed, with the "answer" to what was asked before."""
    approval = declaration.region_approval
    return approval.submissions.get(round=approval.round).content


def _place_of(declaration: Declaration) -> Organization:
    """Return the organization it stands at today: it may have moved or been merged since it was filed.

    Not the unit: who is recused from the section has nothing to do with it.
    """
    return Organization.objects.get(tree_from=declaration.position)


def _open_round(declaration: Declaration, *, by: Person, content: dict[str, Any]) -> Approval:
    return approvals.open_round(
        declaration.region_approval,
        kind=REGION_REVIEW,
        by=by,
        organization=_place_of(declaration),
        title=declaration.approval.title,
        # Whoever sends or answers does not review it: the region's office may do either where the unit's has nobody.
        owners=[*declaration.approval.owners.all(), by],
        steps=[StepKey.REGION],
        content=content,
        # The region has the days between the one on which it is due there and the close of the stage.
        due_on=Period.objects.dates(declaration.position, declaration.year, declaration.phase).closes,
    )


# --- The region's review -----------------------------------------------------------------------------------------------


@transaction.atomic
def decide_region(
    *,
    by: Person,
    approval: Approval,
    verdict: str,
    version: int,
    seen_digest: str,
    reason: str = "",
    remarks: Mapping[str, str] | None = None,
) -> Outcome:
    """Accept, ask for more or return; the one deciding verb of its kind. A return opens a supplement where somebody can write it."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(region_approval=approval)
    approval = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    content = review_content(declaration)
    titles = entry_titles(content)
    if set(remarks or {}) - set(titles):
        raise NotAllowed(_("A remark names an entry that is not in this declaration."))
    if verdict == Verdict.RETURN:
        # What the return will write to, before the audit chain, as everybody does.
        mending = supplements.who_mends(declaration)
        if mending is not None:
            lock_declarant(mending)
        list(declaration.pointversions.select_for_update(of=("self",)).order_by("pk"))
    outcome = approvals.decide(
        approval,
        kind=REGION_REVIEW,
        by=by,
        verdict=verdict,
        version=version,
        seen_digest=seen_digest,
        content=content,
        reason=reason,
        remarks=remarks,
        titles=titles,
    )
    change(
        declaration,
        by=by,
        expected=declaration.version,
        region_state=region_after(declaration.region_state, REGION_VERDICTS[verdict]),
    )
    if verdict == Verdict.RETURN:
        marked = {target for target, text in (remarks or {}).items() if text.strip()}
        _give_back(declaration, marked, by=by)
    return outcome


def _give_back(declaration: Declaration, marked: Collection[str], *, by: Person) -> None:
    """Mark the points that still stand (with remarks: those remarked on) and open the supplement that will change them."""
    standing = declaration.pointversions.filter(state__in=STANDING_STATES)
    if marked:
        standing = standing.filter(pk__in=[int(each.partition(":")[2]) for each in marked if each.startswith("point:")])
    standing.update(state=PointState.TO_CHANGE)
    opened = supplements.open_supplement(of=declaration, trigger=Trigger.REGION, by=by)
    record(
        f"{REGION_REVIEW}.give_back",
        by=by,
        subject=declaration,
        content=opened.pk if opened else None,
    )


# --- Answering ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def answer_region(*, by: Person, declaration: Declaration, text: str, expected: int) -> Declaration:
    """Answer what the region asked; the answer stands in the next round, beside exactly what was filed."""
    declaration = Declaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
    check_answerable(declaration, by)
    state = region_after(declaration.region_state, RegionVerb.ANSWER)
    if not text.strip():
        raise Refused(_("Write what the region asked for."))
    Approval.objects.select_for_update(of=("self",)).get(pk=declaration.region_approval_id)
    change(declaration, by=by, expected=expected, region_state=state)
    _open_round(declaration, by=by, content=filed_content(declaration) | {"answer": text.strip()})
    return declaration


def check_answerable(declaration: Declaration, person: Person) -> None:
    """Refuse an answer by others than the unit's office, or where nothing is asked."""
    access.check_send(declaration, person)
    region_after(declaration.region_state, RegionVerb.ANSWER)
