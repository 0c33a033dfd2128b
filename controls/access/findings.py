"""Who raises, corrects, verifies and reads findings; and who learns where one came from."""

import datetime as dt

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registry import access
from registry.models import Appointment, Assignment, Organization, Person, RiskPoint
from registry.querysets.places import lies_within
from registry.roles import Permission
from registry.rules import ADMINISTRATORS, Interval, NotAllowed, OrganizationKind, Refused, contains, merge

from ..models import Finding, InspectionLine, Signal
from ..rules import REPEATED_WITHIN, FindingState, FindingVerb, finding_after

# Who leads a section, who a unit.
_LEADS = {Permission.REVIEW_SECTION: "sections", Permission.REVIEW_PRINCIPAL: "units"}
_SEEING_SIGNALS = (Permission.HANDLE_SIGNALS, Permission.ENTER_SIGNALS)


def handles_findings(person: Person) -> list[Interval]:
    """Return where the person raises and verifies findings."""
    return access.scope(person, Permission.HANDLE_FINDINGS)


def _read_by(person: Person) -> list[Interval]:
    return merge([*handles_findings(person), *access.scope(person, Permission.VIEW_WORK)])


def visible_findings(person: Person) -> QuerySet[Finding]:
    """Return the findings the person reads: by role at their place, and those they correct themselves."""
    own = Q(pk__in=findings_to_correct(person, also_done=True).values("pk"))
    return Finding.objects.filter(lies_within(_read_by(person), Organization) | own)


def findings_to_correct(person: Person, also_done: bool = False) -> QuerySet[Finding]:
    """Return what the person is to correct: what names them, and without a name what they lead; `also_done`: whatever its state."""
    led: dict[str, list[int]] = {"sections": [], "units": []}
    below = []
    for right in access.rights_of(person):
        if right.permission in _LEADS:
            led[_LEADS[right.permission]].append(right.organization_id)
            if right.permission == Permission.REVIEW_PRINCIPAL:
                below.append(right.interval)
    found = Finding.objects.corrected_by(person.pk, **led, below=merge(below), on=timezone.localdate())
    found = found.exclude(lies_within(access.withheld_from(person), Organization))
    return found if also_done else found.filter(state=FindingState.OPEN)


def findings_to_verify(person: Person) -> QuerySet[Finding]:
    """Return what was reported as corrected and the person may verify."""
    return Finding.objects.at(handles_findings(person)).reported_by_others(person.pk)


def reads_findings(person: Person) -> bool:
    """Say whether findings stand in the person's navigation."""
    return bool(_read_by(person)) or findings_to_correct(person, also_done=True).exists()


def door_to_findings(person: Person) -> int | None:
    """Return how many findings the person is to correct, for the navigation; None: findings do not stand in it. One query."""
    is_open = Count("pk", filter=Q(state=FindingState.OPEN))
    found = findings_to_correct(person, also_done=True).order_by().aggregate(every=Count("pk"), open=is_open)
    return found["open"] if found["every"] or _read_by(person) else None


def stands_in_at(person: Person, permission: str, position: int) -> int | None:
    """Return for whom the person acts there by a permission: None where it is their own."""
    at = [
        right
        for right in access.rights_of(person)
        if right.permission == permission and contains([right.interval], position)
    ]
    return None if any(right.whom is None for right in at) else next((right.whom for right in at), None)


def corrects_for(finding: Finding, person: Person) -> int | None:
    """Return for whom the person reports a correction: None where it is their own."""
    if finding.responsible_id == person.pk:
        return None
    permission = (
        Permission.REVIEW_PRINCIPAL
        if finding.organization.kind == OrganizationKind.UNIT
        or not access.holds(person, Permission.REVIEW_SECTION, finding.organization)
        else Permission.REVIEW_SECTION
    )
    return stands_in_at(person, permission, finding.position)


def units_to_raise_for(person: Person) -> QuerySet[Organization]:
    """Return the units and sections about which the person raises findings, in the order of the tree."""
    inside = access.within(handles_findings(person))
    kinds = (OrganizationKind.UNIT, OrganizationKind.SECTION)
    return Organization.objects.filter(inside, kind__in=kinds, closed_on=None).order_by("tree_from")


def has_signed(line: InspectionLine | None, person: Person) -> bool:
    """Say whether the person signed the check sheet on which a line stands."""
    return line is not None and person.pk in (line.inspection.signed_by_id, line.inspection.signed_for_id)


def check_raise(
    organization: Organization, person: Person, *, signal: Signal | None, line: InspectionLine | None
) -> None:
    """Refuse raising a finding to all but those who handle them there, and to who signed the check sheet it comes from."""
    recused = contains(access.withheld_from(person), organization.tree_from)
    handles = contains(handles_findings(person), organization.tree_from)
    signed = has_signed(line, person) and organization.pk == line.inspection.organization_id
    if recused or not (handles or signed):
        raise NotAllowed(
            _("Findings are raised by the leading group's office and the discipline inspectors of the place.")
        )
    if signal is not None and not sees_signal(signal, person):
        raise NotAllowed(_("This monitoring signal is not shown to you."))


def people_to_correct(unit: Organization) -> QuerySet[Person]:
    """Return who can be named as the one who corrects: those with a post or role in the unit today, without administrators."""
    today = timezone.localdate()
    inside = {"organization__tree_from__range": unit.interval}
    posts = Appointment.objects.live(today).filter(post__organization__tree_from__range=unit.interval).values("person")
    roles = Assignment.objects.live(today).filter(**inside).values("person")
    administer = Assignment.objects.live(today).filter(role__in=ADMINISTRATORS).values("person")
    return (
        Person.objects.filter(Q(pk__in=posts) | Q(pk__in=roles), is_active=True)
        .exclude(pk__in=administer)
        .order_by("username")
    )


def check_act(finding: Finding, verb: str, person: Person) -> None:
    """Refuse a step about a finding the person reads: to who may not do it, or where its state does not allow it."""
    verb = FindingVerb(verb)
    if verb == FindingVerb.REPORT:
        if not findings_to_correct(person, also_done=True).filter(pk=finding.pk).exists():
            raise NotAllowed(_("It is reported as corrected by %s.") % who_corrects(finding))
    elif verb == FindingVerb.HAND_OVER:
        if not contains(access.scope(person, Permission.HANDLE_DISPOSALS), finding.position):
            raise NotAllowed(_("Only the discipline inspectors of the place do this."))
        if finding.responsible_id == person.pk:
            raise NotAllowed(_("It is yours to correct; another person goes on with it."))
    else:
        if not contains(handles_findings(person), finding.position):
            raise NotAllowed(_("Only the leading group's office and the discipline inspectors of the place do this."))
        if verb in (FindingVerb.VERIFY, FindingVerb.SEND_BACK, FindingVerb.EXTEND):
            _check_not_own(finding, person)
    finding_after(finding.state, verb)
    if verb == FindingVerb.SUPPLEMENT and finding.point_id is None:
        raise Refused(_("This finding is about no filed risk point."))


def _check_not_own(finding: Finding, person: Person) -> None:
    """What one of two may not verify, the other does not verify for them."""
    behind = {person.pk, stands_in_at(person, Permission.HANDLE_FINDINGS, finding.position)} - {None}
    if finding.responsible_id in behind:
        raise NotAllowed(_("Nobody verifies what is theirs to correct."))
    reports = finding.steps.filter(verb=FindingVerb.REPORT)
    if reports.filter(Q(by__in=behind) | Q(for_whom__in=behind)).exists():
        raise NotAllowed(_("Nobody verifies what they reported as corrected."))


def who_corrects(finding: Finding) -> str:
    """Return in words who corrects a finding."""
    if finding.responsible_id and finding.responsible.is_active:
        return finding.responsible.name
    if finding.organization.kind == OrganizationKind.SECTION:
        return _("who leads %s") % finding.organization
    return _("a principal leader of %s") % finding.organization


def sees_signal(signal: Signal, person: Person) -> bool:
    """Say whether the person learns that a finding came from this signal: a confidential one is shown to who judges signals."""
    wanted = _SEEING_SIGNALS[:1] if signal.is_confidential else _SEEING_SIGNALS
    return any(contains(access.scope(person, permission), signal.position) for permission in wanted)


def sees_disposals_at(position: int, person: Person) -> bool:
    """Say whether the person learns that a finding there was handed over for disposal, and why."""
    return any(
        contains(access.scope(person, permission), position)
        for permission in (Permission.HANDLE_DISPOSALS, Permission.DECIDE_DISPOSALS)
    )


def findings_on_point(point: RiskPoint, person: Person) -> QuerySet[Finding]:
    """Return the findings on a risk point that the person reads, the latest first."""
    return visible_findings(person).filter(point=point).order_by("-raised_at", "-pk")


def repeated(point: RiskPoint, person: Person, *, on: dt.date) -> int:
    """Return how many findings on this point the person sees of the last twelve months."""
    since = on - REPEATED_WITHIN
    return visible_findings(person).filter(point=point, raised_at__date__gt=since).count()
