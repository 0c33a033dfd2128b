"""What must be true of the whole database at any moment, whoever did what: one function a sentence.

`problems()` is empty or names what is wrong. The trials ask it after every kill, the races after every run and the state
machine after every step. Nothing here asks `registry.rules` or `registry.access` for the answer, but for the check of the
chain and the fresh computation that the stored one is compared with.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from django.apps import apps
from django.db import connection
from django.db.models import Count, F, Model, Q, QuerySet
from django.utils import timezone

from registry import access
from registry.actions.verification import verify
from registry.models import (
    Approval,
    Assignment,
    AuditEntry,
    Decision,
    Declaration,
    ImportBatch,
    MeasureVersion,
    Meeting,
    MeetingItem,
    NoticeExtension,
    NoticeLine,
    Objection,
    Organization,
    OrganizationUserObjectPermission,
    PointVersion,
    PublicNotice,
    RiskPoint,
    Submission,
)
from registry.models import Counter as Numbers
from registry.roles import ROLES
from registry.rules import CONFIDENTIAL_APPROVALS, digest

STANDING = ("filed", "published", "in_force", "to_change")
Check = Callable[[], Iterator[str]]


# --- What happened -----------------------------------------------------------------------------------------------------


def chain_verifies() -> Iterator[str]:
    """The chain is sound, and every final row is as it was sealed."""
    verdict = verify()
    if not verdict.ok:
        yield f"{verdict.row}: {verdict.reason}"


def every_decision_is_in_the_chain() -> Iterator[str]:
    """For each decision, submission and answer there is exactly one entry of its act, and none without it.

    Entries about confidential kinds do not say which; their rows are found by their seals.
    """
    rows: Counter = Counter()
    for kind, pk, verdict in _told(Decision).values_list("approval__kind", "approval", "verdict"):
        rows[f"{kind}.{verdict}", f"approval:{pk}"] += 1
    for kind, pk, withdrawn in _told(Submission).values_list("approval__kind", "approval", "withdrawn_at"):
        rows[f"{kind}.submit", f"approval:{pk}"] += 1
        rows[f"{kind}.withdraw", f"approval:{pk}"] += withdrawn is not None
    for pk, ruling in Objection.objects.values_list("pk", "ruling"):
        rows["objection.record", f"objection:{pk}"] += 1
        rows[f"objection.{ruling}", f"objection:{pk}"] += bool(ruling)
    for pk in PublicNotice.objects.exclude(result=None).values_list("pk", flat=True):
        rows["notice.end", f"notice:{pk}"] += 1
    for pk, undoes in ImportBatch.objects.values_list("pk", "undoes"):
        rows["ledger.take_back" if undoes else "ledger.import", f"import_batch:{pk}"] += 1
    acts = {act for act, _subject in rows}
    entries = Counter(AuditEntry.objects.filter(act__in=acts).values_list("act", "subject"))
    for act, subject in sorted((rows | entries).keys()):
        if rows[act, subject] != entries[act, subject]:
            yield f"{act} of {subject}: {rows[act, subject]} rows, {entries[act, subject]} entries"


def _told(model: type[Model]) -> QuerySet:
    return model.objects.exclude(approval__kind__in=CONFIDENTIAL_APPROVALS)


def nobody_decided_on_their_own_matter() -> Iterator[str]:
    """No decision is by an owner: the holder of the post, who prepared it, who composed the notice."""
    own = Q(approval__owners=F("decided_by"))
    own |= Q(approval__declaration__appointment__person=F("decided_by"))
    own |= Q(approval__reviewed_declaration__appointment__person=F("decided_by"))
    own |= Q(approval__notice__composers=F("decided_by")) | Q(approval__extension__asked_by=F("decided_by"))
    for decision in Decision.objects.filter(own).distinct():
        yield f"decision {decision.pk} is on their own matter"


def nobody_decided_twice() -> Iterator[str]:
    """In a round a person decides once at most, and a step is decided once."""
    for names in (("approval", "round", "decided_by"), ("approval", "round", "step")):
        for found in Decision.objects.order_by().values(*names).annotate(n=Count("pk")).filter(n__gt=1):
            yield f"decided more than once: {found}"


def decisions_are_about_what_was_submitted() -> Iterator[str]:
    """A decision on a declaration bears the digest of the content submitted in its round.

    What a notice shows can change until it is posted (a point is changed meanwhile), and so can what the region is shown;
    there the decision bears the digest of what was seen.
    """
    digests = {(s.approval_id, s.round): s.digest for s in Submission.objects.defer("content")}
    for decision in Decision.objects.filter(approval__kind="declaration"):
        if decision.seen_digest != digests.get((decision.approval_id, decision.round)):
            yield f"decision {decision.pk} is about another content than round {decision.round} submitted"
    for submission in Submission.objects.all():
        if digest(submission.content) != submission.digest:
            yield f"submission {submission.pk} has another digest than its content"


def steps_were_taken_in_order() -> Iterator[str]:
    """The decisions of a round are its steps from the first on; only the last may say no."""
    rounds = defaultdict(list)
    for decision in Decision.objects.select_related("approval").order_by("pk"):
        rounds[decision.approval, decision.round].append(decision)
    for (approval, number), decisions in rounds.items():
        steps = [decision.step for decision in decisions]
        # The steps of an earlier round may have been others (a role changed between the two).
        if number == approval.round and steps != approval.steps[: len(steps)]:
            yield f"approval {approval.pk}, round {number}: {steps}"
        if any(decision.verdict in ("return", "ask") for decision in decisions[:-1]):
            yield f"approval {approval.pk}, round {number}: decided on after it was returned"


# --- What things are ---------------------------------------------------------------------------------------------------


def approvals_agree_with_their_subjects() -> Iterator[str]:
    """An approval is open exactly while its subject is under review, and completed exactly when it took effect."""
    expected = {
        "draft": ("withdrawn",),
        "submitted": ("open",),
        "returned": ("returned", "withdrawn"),
        "filed": ("completed",),
    }
    for declaration in Declaration.objects.filter(origin="declared").select_related("approval", "region_approval"):
        approval = declaration.approval
        state = approval.state if approval else "withdrawn"
        if state not in expected[declaration.state] or (approval is None and declaration.state != "draft"):
            yield f"declaration {declaration.pk} is {declaration.state}, its approval {state}"
        if declaration.region_approval is not None:
            wanted = {"sent": "open", "asked": "returned", "accepted": "completed", "returned": "returned"}
            if declaration.region_approval.state != wanted[declaration.region_state]:
                yield f"declaration {declaration.pk} is {declaration.region_state} at the region"
    shown = ("posted", "ended", "superseded", "taken_down")
    expected |= dict.fromkeys(shown, ("completed",))
    for notice in PublicNotice.objects.select_related("approval"):
        state = notice.approval.state if notice.approval else "withdrawn"
        if state not in expected[notice.state] or (notice.approval is None and notice.state != "draft"):
            yield f"notice {notice.pk} is {notice.state}, its approval {state}"
    expected = {
        "asked": "open",
        "extended": "completed",
        "returned": "returned",
        "withdrawn": "withdrawn",
        "lapsed": "withdrawn",
    }
    for extension in NoticeExtension.objects.exclude(approval=None).select_related("approval"):
        if extension.approval.state != expected[extension.state]:
            yield f"extension {extension.pk} is {extension.state}, its approval {extension.approval.state}"
    for approval in Approval.objects.annotate(last=Count("decisions", filter=Q(decisions__round=F("round")))):
        if approval.state in ("open", "withdrawn") and approval.last != approval.step:
            yield f"approval {approval.pk} stands at step {approval.step} after {approval.last} decisions"
        if approval.state == "completed" and approval.last != len(approval.steps):
            yield f"approval {approval.pk} is completed after {approval.last} decisions"
        if approval.state == "returned" and approval.last != approval.step + 1:
            yield f"approval {approval.pk} was returned at step {approval.step} after {approval.last} decisions"


def declarations_are_filed_whole() -> Iterator[str]:
    """With a filed declaration all its points and measures are filed and dated; with an open one none is."""
    for version in PointVersion.objects.select_related("declaration", "point"):
        is_filed = version.declaration.state == "filed"
        if (version.state != "draft", version.valid_from is not None) != (is_filed, is_filed):
            yield f"point version {version.pk} is {version.state} on a declaration that is {version.declaration.state}"
        if is_filed and (not version.point.code or not version.organization_name and version.origin == "declared"):
            yield f"point version {version.pk} is filed without code or names"
        if is_filed and (version.valid_to is None) != (version.state in STANDING):
            yield f"point version {version.pk} is {version.state} until {version.valid_to}"
    for measure in MeasureVersion.objects.select_related("declaration"):
        is_filed = measure.declaration.state == "filed"
        if (measure.state != "draft", measure.valid_from is not None) != (is_filed, is_filed):
            yield f"measure version {measure.pk} is {measure.state} on a declaration that is {measure.declaration.state}"
        if is_filed and (measure.valid_to is None) != (measure.state in ("proposed", "filed")):
            yield f"measure version {measure.pk} is {measure.state} until {measure.valid_to}"
    for declaration in Declaration.objects.exclude(state="draft").filter(origin="declared"):
        if not declaration.number or declaration.submitted_at is None:
            yield f"declaration {declaration.pk} is {declaration.state} without a number"
        if (declaration.filed_at is not None) != (declaration.state == "filed"):
            yield f"declaration {declaration.pk} is {declaration.state}, filed at {declaration.filed_at}"


def chains_of_versions_have_no_fork() -> Iterator[str]:
    """A version is replaced by one at most; a point stands once; one open declaration touches it; what is replaced has ended."""
    for model in (PointVersion, MeasureVersion):
        replaced = Counter(model.objects.exclude(replaces=None).values_list("replaces", flat=True))
        for pk, times in replaced.items():
            if times > 1:
                yield f"{model.__name__} {pk} is replaced {times} times"
    standing = Counter(PointVersion.objects.filter(state__in=STANDING).values_list("point", flat=True))
    # Of an appointment that has ended nobody can go on with the draft; it is taken over when somebody else begins.
    over = Q(declaration__appointment__ends_on__lt=timezone.localdate())
    touched = Counter(PointVersion.objects.filter(state="draft").exclude(over).values_list("point", flat=True))
    for what, found in (("stands", standing), ("is open", touched)):
        for point, times in found.items():
            if times > 1:
                yield f"point {point} {what} {times} times"
    for version in PointVersion.objects.filter(replaces__isnull=False).select_related("replaces"):
        if version.point_id != version.replaces.point_id:
            yield f"point version {version.pk} replaces one of another point"
        if version.state != "draft":
            ended = "withdrawn" if version.change == "withdrawn" else "superseded"
            if (version.replaces.state, version.replaces.valid_to) != (ended, version.valid_from):
                yield f"point version {version.replaces_id} does not end where {version.pk} begins"


def numbers_have_no_gap() -> Iterator[str]:
    """Codes of points, numbers of declarations and of notices are given out one after the other, as far as their counter."""
    given = defaultdict(list)
    for code in RiskPoint.objects.exclude(code=None).values_list("code", flat=True):
        unit, _dash, number = code.rpartition("-")
        given[f"point:{unit}"].append(int(number))
    for number in Declaration.objects.exclude(number=None).filter(origin="declared").values_list("number", flat=True):
        unit, year, running = number.removeprefix("DJ-").rsplit("-", 2)
        given[f"declaration:{unit}:{year}"].append(int(running))
    for number in PublicNotice.objects.exclude(number=None).values_list("number", flat=True):
        unit, year, running = number.removeprefix("GS-").rsplit("-", 2)
        given[f"notice:{unit}:{year}"].append(int(running))
    last = dict(Numbers.objects.values_list("name", "last"))
    for name in {*given, *(name for name in last if name.partition(":")[0] in ("point", "declaration", "notice"))}:
        if sorted(given[name]) != list(range(1, last.get(name, 0) + 1)):
            yield f"{name}: given {sorted(given[name])}, counted to {last.get(name, 0)}"


def notices_run_longer_by_extensions_only() -> Iterator[str]:
    """Each extension begins where the one before it ended, only makes it later, and the last one says how long it runs."""
    for notice in PublicNotice.objects.exclude(number=None).prefetch_related("extensions"):
        ends = None
        extended = [each for each in notice.extensions.all() if each.state == "extended"]
        for each in sorted(extended, key=lambda extension: extension.extended_at):
            if each.ends_on <= each.ends_before or ends not in (None, each.ends_before):
                yield f"extension {each.pk} runs from {each.ends_before} to {each.ends_on}, the one before to {ends}"
            ends = each.ends_on
        if ends not in (None, notice.ends_on):
            yield f"notice {notice.pk} ends on {notice.ends_on}, its last extension says {ends}"
        if notice.state != "posted" and any(each.state == "asked" for each in notice.extensions.all()):
            yield f"notice {notice.pk} is {notice.state}, and an extension still waits"


def notices_are_posted_whole() -> Iterator[str]:
    """A posted notice has its number and lines, none that was not submitted; the points of one that runs are published."""
    lines = defaultdict(list)
    for line in NoticeLine.objects.select_related("point_version").order_by("ordinal"):
        lines[line.notice_id].append(line)
        if digest(line.content) != line.digest:
            yield f"line {line.pk} has another digest than its content"
    for notice in PublicNotice.objects.select_related("approval"):
        own = lines[notice.pk]
        is_posted = notice.number is not None
        if is_posted != (notice.state in ("posted", "ended", "superseded", "taken_down")) or is_posted != bool(own):
            yield f"notice {notice.pk} is {notice.state} with number {notice.number} and {len(own)} lines"
        if is_posted:
            content = notice.approval.submissions.get(round=notice.approval.round).content
            if not {line.point_version_id for line in own} <= {line["version"] for line in content["lines"]}:
                yield f"notice {notice.pk} shows lines that were not submitted"
        if (notice.result is not None) != (notice.result_at is not None) or (
            notice.state == "ended" and notice.result is None
        ):
            yield f"notice {notice.pk} is {notice.state} with result {notice.result}"
        if notice.kind == "points":
            for line in own:
                state = line.point_version.state
                if notice.state == "posted" and state not in ("published", "to_change", "superseded", "withdrawn"):
                    # Another notice of the same point may have ended before.
                    if not any(each.notice_id != notice.pk for each in line.point_version.notice_lines.all()):
                        yield f"notice {notice.pk} shows point version {line.point_version_id}, which is {state}"
                if line.upheld_by_id and state in ("filed", "published", "in_force"):
                    yield f"point version {line.point_version_id} is {state} although an objection to it was upheld"


def meetings_are_confirmed_whole() -> Iterator[str]:
    """A line that was decided bears the meeting's verdict; a closed meeting left none that could still be decided."""
    for item in MeetingItem.objects.exclude(decision=None).select_related("decision"):
        if (item.decision.approval_id, item.decision.verdict) != (item.approval_id, item.verdict):
            yield f"line {item.pk} of a meeting and its decision differ"
    for meeting in Meeting.objects.filter(purpose="deciding"):
        entries = AuditEntry.objects.filter(subject=f"meeting:{meeting.pk}")
        if not entries.filter(act="meeting.enter").exists():
            yield f"meeting {meeting.pk} was never entered"
        if meeting.state == "put" and not entries.filter(act="meeting.put").exists():
            yield f"meeting {meeting.pk} was never put"


def imports_are_whole() -> Iterator[str]:
    """A batch holds as many versions as it counted, all filed."""
    for batch in ImportBatch.objects.all():
        versions = PointVersion.objects.filter(declaration__batch=batch)
        counted = sum(batch.counts.get(name, 0) for name in ("new", "changed", "carried", "withdrawn"))
        if versions.exclude(state="draft").count() != counted or batch.declarations.exclude(state="filed").exists():
            yield f"import {batch.pk} counted {counted} points"


def versions_have_their_history() -> Iterator[str]:
    """The last history row of what is kept with a history is the row as it is now."""
    for model in (PointVersion, PublicNotice, Meeting):
        latest: dict[int, int] = {}
        for pk, version in model.history.order_by("history_id").values_list("id", "version"):
            latest[pk] = version
        rows = model.objects.all()
        if model is PointVersion:  # what was taken in from paper begins its history with its first change
            rows = rows.filter(Q(origin="declared") | Q(pk__in=list(latest)))
        for pk, version in rows.values_list("pk", "version"):
            if latest.get(pk) != version:
                yield f"{model.__name__} {pk} has version {version}, its history {latest.get(pk)}"


# --- Where things are, and who may ------------------------------------------------------------------------------------


def places_are_those_of_the_tree() -> Iterator[str]:
    """Every organization lies within its parent and beside its siblings; every row stands where its organization stands."""
    organizations = list(Organization.objects.select_related("parent").order_by("tree_from"))
    for organization in organizations:
        parent = organization.parent
        if parent and not parent.tree_from < organization.tree_from <= organization.tree_to <= parent.tree_to:
            yield f"{organization.code} does not lie within {parent.code}"
    for one, next_one in zip(organizations, organizations[1:], strict=False):
        if one.tree_from == next_one.tree_from or (one.tree_to >= next_one.tree_from) != (
            one.tree_to >= next_one.tree_to
        ):
            yield f"{one.code} and {next_one.code} overlap"
    places = {organization.tree_from for organization in organizations}
    for model in (Declaration, PointVersion, Approval, PublicNotice, NoticeLine, Meeting):
        for pk, position in model.objects.values_list("pk", "position"):
            if position not in places:
                yield f"{model.__name__} {pk} stands at {position}, where nothing is"
    unfiled = Declaration.objects.exclude(state="filed").select_related("organization", "approval", "post")
    for declaration in unfiled:
        if declaration.position != declaration.organization.tree_from or (
            declaration.post and declaration.post.organization_id != declaration.organization_id
        ):
            yield f"declaration {declaration.pk} stands at {declaration.position}, not where {declaration.organization_id} is"
        if declaration.approval and declaration.approval.position != declaration.position:
            yield f"declaration {declaration.pk} and its approval stand at different places"
    for version in PointVersion.objects.exclude(position=F("declaration__position")).filter(
        post=F("declaration__post")
    ):
        yield f"point version {version.pk} does not stand where its declaration stands"


def grants_follow_roles() -> Iterator[str]:
    """Guardian's rows are exactly the permissions of the roles held today (a role that only ended by the clock may lag)."""
    held = defaultdict(set)
    for person, organization, role in Assignment.objects.live(timezone.localdate()).values_list(
        "person", "organization", "role"
    ):
        held[person, organization] |= {permission.value for permission in ROLES[role].permissions}
    granted = defaultdict(set)
    for person, organization, permission in OrganizationUserObjectPermission.objects.values_list(
        "user", "content_object", "permission__codename"
    ):
        granted[person, organization].add(permission)
    for key in {*held, *granted}:
        if held[key] != granted[key]:
            yield f"person {key[0]} is granted {sorted(granted[key] ^ held[key])} on {key[1]} too many or too few"


def asked_is_what_is_stored() -> Iterator[str]:
    """For every open approval the stored answer to "who is asked" is what a fresh computation gives."""
    for approval in Approval.objects.filter(state="open").select_related("organization"):
        asked = access.asked_now(approval)
        named = next(iter(asked.people), None) if not asked.permission else None
        wanted = (asked.permission, asked.organization.pk if asked.organization else None, named)
        stored = (approval.asked_permission, approval.asked_organization_id, approval.asked_person_id)
        if wanted != stored:
            yield f"approval {approval.pk}: stored {stored}, asked {wanted}"


CHECKS: tuple[Check, ...] = (
    chain_verifies,
    every_decision_is_in_the_chain,
    nobody_decided_on_their_own_matter,
    nobody_decided_twice,
    decisions_are_about_what_was_submitted,
    steps_were_taken_in_order,
    approvals_agree_with_their_subjects,
    declarations_are_filed_whole,
    chains_of_versions_have_no_fork,
    numbers_have_no_gap,
    notices_are_posted_whole,
    notices_run_longer_by_extensions_only,
    meetings_are_confirmed_whole,
    imports_are_whole,
    versions_have_their_history,
    places_are_those_of_the_tree,
    grants_follow_roles,
    asked_is_what_is_stored,
)


def problems(checks: tuple[Check, ...] = CHECKS) -> list[str]:
    """Return everything that is wrong with the database, each with the check that found it."""
    return [f"{check.__name__}: {problem}" for check in checks for problem in check()]


# --- Everything that is stored -----------------------------------------------------------------------------------------

# An attempt that was refused may leave an entry that says so, and nothing else.
DENIED = "denied"
_CHAIN = ("registry_auditentry", "registry_audithead")


def everything() -> dict[str, str]:
    """Return a digest of every table of the application; refused attempts noted in the chain do not count."""
    found = {}
    tables = [
        model._meta.db_table
        for app in ("registry", "guardian")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    ]
    with connection.cursor() as cursor:
        for table in tables:
            if table in _CHAIN:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - the models' own names
            found[table] = digest(sorted(map(repr, cursor.fetchall())))
    entries = AuditEntry.objects.exclude(act__startswith=DENIED)
    found["registry_auditentry"] = digest(
        list(entries.order_by("sequence").values_list("act", "subject", "content_digest"))
    )
    return found
