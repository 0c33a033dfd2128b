"""Draws: freeze the list, commit to a seed, reveal, replay; and the pool of experts (part III §4(3), part IV)."""

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.actions.audit import entry_digest, record
from registry.actions.encryption import Unreadable, seal, unseal
from registry.actions.writing import change, next_number
from registry.models import AuditEntry, Organization, Person, PointVersion, Post, RiskPoint
from registry.rules import (
    STANDING_STATES,
    Category,
    Changed,
    Grade,
    OrganizationKind,
    Refused,
    algorithm_of,
    digest,
)

from .. import access
from ..models import Draw, Expert
from ..rules import (
    Check,
    DrawFacts,
    DrawKind,
    DrawState,
    Exclusion,
    Holding,
    Member,
    commitment_of,
    drawn,
    final_seed,
    make_list,
    replay,
)
from ..rules.draw import SEED_BYTES

_PURPOSE = "controls.draw"
_COMMIT, _REVEAL = "draw.commit", "draw.reveal"


@dataclass(frozen=True)
class Wanted:
    """What is drawn from: a kind, within an organization, and for what; empty values do not filter."""

    organization: Organization
    kind: str
    grade: int | None = None
    category: str = ""
    speciality: str = ""

    @property
    def words(self) -> str:
        """The filter in words, in the language of the house: it is kept with the draw."""
        with translation.override(settings.LANGUAGE_CODE):
            return self._words()

    def _words(self) -> str:
        parts = [self.organization.name, str(DrawKind(self.kind).label)]
        if self.grade:
            parts.append(str(Grade(self.grade).label))
        if self.category:
            parts.append(str(Category(self.category).label))
        if self.speciality:
            parts.append(self.speciality)
        return _("; ").join(parts)


# --- The list ----------------------------------------------------------------------------------------------------------


def _key(kind: str, pk: int) -> str:
    return f"{kind}-{pk:010d}"


def _id(key: str) -> int:
    return int(key.rpartition("-")[2])


def _standing(wanted: Wanted) -> QuerySet[PointVersion]:
    found = PointVersion.objects.filter(state__in=STANDING_STATES, position__range=wanted.organization.interval)
    if wanted.grade:
        found = found.filter(grade=wanted.grade)
    return found.filter(category=wanted.category) if wanted.category else found


def _posts(wanted: Wanted) -> list[Member]:
    posts = Post.objects.filter(pk__in=_standing(wanted).exclude(post=None).order_by().values("post"))
    return [
        Member(_key("post", post.pk), f"{post.organization} · {post}") for post in posts.select_related("organization")
    ]


def _sections(wanted: Wanted) -> list[Member]:
    inside = Organization.objects.filter(
        kind=OrganizationKind.SECTION,
        tree_from__in=_standing(wanted).order_by().values("position"),
    )
    return [
        Member(_key("section", section.pk), f"{section.parent} · {section}")
        for section in inside.select_related("parent")
    ]


def _points(wanted: Wanted) -> list[Member]:
    rows = _standing(wanted).values_list("point", "point__code", "organization_name", "post_name", "title")
    return [
        Member(_key("point", point), " · ".join(filter(None, (code, organization, post, title))))
        for point, code, organization, post, title in rows
    ]


def _experts(wanted: Wanted) -> list[Member]:
    today = timezone.localdate()
    found = Expert.objects.filter(region=wanted.organization, starts_on__lte=today)
    return [
        Member(_key("expert", expert.pk), f"{expert.name} · {expert.employer}")
        for expert in found
        if (expert.ends_on is None or expert.ends_on >= today)
        and (not wanted.speciality or wanted.speciality in expert.specialities)
    ]


_POPULATIONS: dict[DrawKind, Callable[[Wanted], list[Member]]] = {
    DrawKind.POSTS: _posts,
    DrawKind.SECTIONS: _sections,
    DrawKind.POINTS: _points,
    DrawKind.EXPERTS: _experts,
}


def population(wanted: Wanted) -> list[Member]:
    """Return everybody and everything that answers the filter today, in the order of their keys."""
    return sorted(_POPULATIONS[DrawKind(wanted.kind)](wanted), key=lambda member: member.key)


def population_digest(members: Sequence[Member]) -> str:
    """Return the digest of a list before anybody is excluded: who commits has looked at exactly it."""
    return digest([[member.key, member.label] for member in members])


# --- Commit, reveal ------------------------------------------------------------------------------------------------------


@transaction.atomic
def commit_draw(
    *, by: Person, wanted: Wanted, count: int, purpose: str, exclusions: Sequence[tuple[str, str]], seen_digest: str
) -> Draw:
    """Freeze the list, make a seed nobody reads, and put the digests of both into the audit chain.

    `exclusions` are keys with the reason for each.
    """
    place = Organization.objects.select_for_update(of=("self",), no_key=True).get(pk=wanted.organization.pk)
    check_draw(place, wanted.kind, by)
    if not purpose.strip():
        raise Refused(_("Say what the draw is for."))
    members = population(wanted)
    labels = {member.key: member.label for member in members}
    left_out = [Exclusion(key, labels.get(key, ""), reason.strip()) for key, reason in exclusions]
    frozen = make_list(wanted.kind, count, members, left_out)
    if population_digest(members) != seen_digest:
        raise Changed(_("The list has changed since you looked at it. Look at it again before you commit to it."))
    seed = secrets.token_hex(SEED_BYTES)
    year = timezone.localdate().year
    draw = Draw.objects.create(
        number=f"CQ-{place.code}-{year}-{next_number(f'draw:{place.code}:{year}'):03d}",
        organization=place,
        position=place.tree_from,
        kind=wanted.kind,
        purpose=purpose.strip(),
        filter_words=wanted.words[:500],
        wanted=count,
        members=[[each.key, each.label] for each in frozen.members],
        exclusions=[[each.key, each.label, each.reason] for each in frozen.exclusions],
        list_digest=frozen.digest,
        secret=seal(seed, _PURPOSE),
        commitment=commitment_of(seed),
        committed_by=by,
        committed_at=timezone.now(),
    )
    record(_COMMIT, by=by, subject=draw, content=_committed(draw), seals=[draw])
    return draw


def check_draw(place: Organization, kind: str, person: Person) -> None:
    """Refuse a draw the person may not make, and one of experts where no pool is kept."""
    access.check_commit(place, person)
    if kind == DrawKind.EXPERTS and place.kind != OrganizationKind.REGION:
        raise Refused(_("Experts are drawn from the pool of a region."))


def _committed(draw: Draw) -> list[str]:
    return [draw.number, draw.list_digest, draw.commitment]


@transaction.atomic
def reveal_draw(*, by: Person, draw: Draw, expected: int) -> Draw:
    """Draw: the digest of the entry by which it is revealed joins seed and list, and the names follow from the three."""
    draw = Draw.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=draw.pk)
    if draw.state != DrawState.COMMITTED:
        raise Refused(_("This draw was revealed already; it is not drawn twice."))
    access.check_reveal(draw, by)
    frozen = draw.drawn_from
    try:
        seed = unseal(draw.secret, _PURPOSE)
    except Unreadable:
        raise Refused(
            _("The seed cannot be read: it was changed, or the key of the installation is another one.")
        ) from None
    if frozen.digest != draw.list_digest or commitment_of(seed) != draw.commitment:
        raise Refused(_("List or seed are not those that were committed to. Nothing is drawn from them."))
    value = record(_REVEAL, by=by, subject=draw, content=_committed(draw)).digest
    final = final_seed(seed, draw.list_digest, value)
    change(
        draw,
        by=by,
        expected=expected,
        state=DrawState.REVEALED,
        seed=seed,
        value=value,
        final=final,
        result=drawn(final, [member.key for member in frozen.members], draw.wanted),
        revealed_by=by,
        revealed_at=timezone.now(),
    )
    record("draw.record", by=by, subject=draw, content=[draw.number, final, draw.result], seals=[draw])
    return draw


def replay_draw(draw: Draw) -> list[tuple[Check, Holding]]:
    """Work the draw out again from what is stored, and compare it with what the audit chain holds."""
    committed, revealed = (_entry(draw, act) for act in (_COMMIT, _REVEAL))
    is_committed = committed is not None and committed.content_digest == digest(
        [committed.salt, _committed(draw)], algorithm_of(committed.content_digest)
    )
    return replay(
        DrawFacts(
            state=draw.state,
            drawn_from=draw.drawn_from,
            list_digest=draw.list_digest,
            commitment=draw.commitment,
            seed=draw.seed,
            value=draw.value,
            final=draw.final,
            result=tuple(draw.result),
            committed=is_committed and (revealed is None or committed.sequence < revealed.sequence),
            revealed_by=revealed and revealed.digest,
        )
    )


def _entry(draw: Draw, act: str) -> AuditEntry | None:
    """Return the one entry of the chain by which this was done, if what it says of itself is so."""
    found = list(AuditEntry.objects.filter(act=act, subject=f"draw:{draw.pk}")[:2])
    return found[0] if len(found) == 1 and entry_digest(found[0]) == found[0].digest else None


def drawn_places(draw: Draw) -> list[dict[str, Any]]:
    """Return what was drawn as the places of special inspections; experts are none."""
    ids = [_id(key) for key in draw.result]
    if draw.kind == DrawKind.POSTS:
        posts = Post.objects.select_related("organization").in_bulk(ids)
        return [{"organization": posts[pk].organization, "post": posts[pk]} for pk in ids]
    if draw.kind == DrawKind.SECTIONS:
        sections = Organization.objects.in_bulk(ids)
        return [{"organization": sections[pk]} for pk in ids]
    standing = PointVersion.objects.filter(state__in=STANDING_STATES, point__in=ids)
    homes = {each.point_id: each for each in standing.select_related("organization", "post__organization", "point")}
    if missing := [pk for pk in ids if pk not in homes]:
        codes = RiskPoint.objects.filter(pk__in=missing).values_list("code", flat=True)
        raise Refused(_("These points do not stand any more: %s.") % _(", ").join(codes))
    return [
        {
            "organization": homes[pk].post.organization if homes[pk].post_id else homes[pk].organization,
            "post": homes[pk].post,
            "point": homes[pk].point,
        }
        for pk in ids
    ]


# --- The pool of experts ---------------------------------------------------------------------------------------------------


def _check_pool(region: Organization, person: Person) -> None:
    if not access.expert_regions(person).filter(pk=region.pk).exists():
        access.check_experts(person)
        raise Refused(_("This is the pool of another region."))


@transaction.atomic
def enter_expert(
    *, by: Person, region: Organization, name: str, employer: str, specialities: Sequence[str], starts_on: dt.date
) -> Expert:
    """Take an expert into the pool of a region."""
    _check_pool(region, by)
    now = timezone.now()
    expert = Expert.objects.create(
        region=region,
        name=name,
        employer=employer,
        specialities=list(specialities),
        starts_on=starts_on,
        entered_by=by,
        entered_at=now,
        changed_by=by,
        changed_at=now,
    )
    record("expert.enter", by=by, subject=expert, place=region, content=_expert_content(expert))
    return expert


@transaction.atomic
def change_expert(
    *, by: Person, expert: Expert, name: str, employer: str, specialities: Sequence[str], expected: int
) -> Expert:
    """Change what is known of an expert; draws that were made keep the words they were made with."""
    expert = Expert.objects.select_for_update(of=("self",), no_key=True).select_related("region").get(pk=expert.pk)
    _check_pool(expert.region, by)
    change(expert, by=by, expected=expected, name=name, employer=employer, specialities=list(specialities))
    record("expert.change", by=by, subject=expert, place=expert.region, content=_expert_content(expert))
    return expert


@transaction.atomic
def end_expert(*, by: Person, expert: Expert, ends_on: dt.date, expected: int) -> Expert:
    """Let an expert leave the pool after a day; earlier draws are not touched."""
    expert = Expert.objects.select_for_update(of=("self",), no_key=True).select_related("region").get(pk=expert.pk)
    _check_pool(expert.region, by)
    if ends_on < expert.starts_on:
        raise Refused(_("The last day lies before the first."))
    change(expert, by=by, expected=expected, ends_on=ends_on)
    record("expert.end", by=by, subject=expert, place=expert.region, content=_expert_content(expert))
    return expert


def _expert_content(expert: Expert) -> list:
    ends_on = expert.ends_on.isoformat() if expert.ends_on else ""
    return [expert.name, expert.employer, expert.specialities, expert.starts_on.isoformat(), ends_on]
