"""A scheme in words, how two differ, and what a new one would do to the grades that stand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import npgettext, pgettext

from ..models import Declaration, Organization, PointVersion, Scheme
from ..rules import (
    OPTIONAL_STEPS,
    AlertColour,
    AlertTable,
    Category,
    DeclarationState,
    Degree,
    Grade,
    Interval,
    Level,
    Origin,
    Phase,
    Scoring,
    StepKey,
    intersect,
    subtract,
)
from ..rules import Scheme as SchemeRule


def facts(rule: SchemeRule) -> list[tuple[str, str]]:
    """Return every setting of a scheme as (label, what it says), lines of a list apart."""
    standard = replace(rule, words=())
    found = [
        (_("How points are graded"), str(Scoring(rule.scoring).label)),
        (_("Thresholds"), "\n".join(sentence for _grade, sentence in standard.sentences())),
    ]
    if rule.counts_criteria:
        found.append((_("Criteria"), "\n".join(_criterion(each.text, each.alone) for each in rule.criteria)))
    else:
        likelihoods, harms = rule.scales
        found += [(_("Likelihood"), _scale(likelihoods)), (_("Harm"), _scale(harms))]
    direct = _("yes, with a reason") if rule.allows_direct else pgettext("setting", "no")
    found += [
        (_("A grade may be set directly"), direct),
        (_("Words for the grades"), _listed(rule.word(grade) for grade in Grade)),
    ]
    for level in Level:
        expected = [str(category.label) for category in Category if category in rule.expected[level]]
        found.append((_("Expected: %s") % level.label, _listed(expected) or _("none in particular")))
    left_out = [str(StepKey(step).label) for step in OPTIONAL_STEPS if step in rule.left_out]
    return [
        *found,
        (_("Steps left out"), _listed(left_out) or pgettext("steps", "none")),
        (_("Working days of a public notice"), str(rule.notice_days)),
        (_("A notice names the holders of posts"), _yes(rule.notice_names)),
        (_("Publication waits for the region's answer"), _yes(rule.publish_after_region)),
        *alert_facts(rule.alerts),
        (_("Inspected"), "\n".join(_inspected(grade, rule) for grade in Grade)),
    ]


def alert_facts(table: AlertTable) -> list[tuple[str, str]]:
    """Return the table of alerts as (label, what it says), a row each."""
    rows = {
        "point": _("Alerts: signals about the same risk point"),
        "post": _("Alerts: signals about the same post"),
        "organization": _("Alerts: signals about the same organization"),
        "signal": _("Alerts: days a signal is not judged"),
        "finding": _("Alerts: days a finding is not corrected in time"),
        "task": _("Alerts: days a task is not done in time"),
        "answer": _("Alerts: days to answer"),
    }
    found = []
    for row, label in rows.items():
        given = zip(AlertColour, getattr(table, row), strict=True)
        words = [
            _("%(colour)s: %(number)s") % {"colour": each.label, "number": number} for each, number in given if number
        ]
        found.append((label, _listed(words) or _("no alert")))
    grades = [
        _("%(grade)s: %(colour)s")
        % {"grade": grade.label, "colour": AlertColour(colour).label if colour else _("no alert")}
        for grade, colour in zip(Grade, table.grades, strict=True)
    ]
    return [*found, (_("Alerts: by the grade of the point"), _listed(grades))]


def _inspected(grade: Grade, rule: SchemeRule) -> str:
    months = rule.inspect_months[grade - 1]
    every = npgettext("inspected", "every month", "every %(months)s months", months) % {"months": months}
    return _("%(word)s: %(every)s") % {"word": grade.label, "every": every}


def _criterion(text: str, alone: bool) -> str:
    return _("%s (alone makes it the highest grade)") % text if alone else text


def _scale(scale: Sequence[Degree]) -> str:
    return "\n".join(degree.label for degree in scale)


def _listed(words) -> str:
    return _(", ").join(words)


def _yes(value: bool) -> str:
    return pgettext("setting", "yes") if value else pgettext("setting", "no")


def differences(before: SchemeRule, after: SchemeRule) -> list[dict[str, str]]:
    """Return the settings that differ: label, before, after; an empty text where one does not have it."""
    old, new = dict(facts(before)), dict(facts(after))
    return [
        {"label": label, "before": old.get(label, ""), "after": new.get(label, "")}
        for label in (*new, *(label for label in old if label not in new))
        if old.get(label) != new.get(label)
    ]


def source_of(scheme: Scheme | None, organization: Organization) -> str:
    """Return in words which scheme it is: the organization's own, one from above, or the standard one."""
    if scheme is None:
        return _("the standard scheme")
    about = {"name": scheme.organization.name, "year": scheme.year, "version": scheme.version}
    if scheme.organization_id == organization.pk:
        return _("its own of %(year)s, version %(version)s") % about
    return _("that of %(name)s of %(year)s, version %(version)s") % about


@dataclass
class Regraded:
    """The points of one grade: how many would be given each of the grades, and of how many that cannot be said."""

    grade: Grade
    given: dict[Grade, int] = field(default_factory=lambda: dict.fromkeys(Grade, 0))
    unknown: int = 0


@dataclass
class Preview:
    """What a scheme would do: to the grades of the points that stand of `year`, and to what has been started.

    `ungraded` points have no grade yet; `started` declarations keep the scheme they were started under; `apart` are the
    organizations below with a scheme of their own for that year, which this one does not touch.
    """

    year: int
    rows: list[Regraded]
    ungraded: int
    started: int
    apart: list[Organization]

    @property
    def total(self) -> int:
        return sum(sum(row.given.values()) + row.unknown for row in self.rows) + self.ungraded

    @property
    def moved(self) -> int:
        """How many would be given another grade."""
        return sum(count for row in self.rows for grade, count in row.given.items() if grade != row.grade)

    @property
    def unknown(self) -> int:
        return sum(row.unknown for row in self.rows)


def preview(organization: Organization, year: int, rule: SchemeRule, counted: Sequence[Interval]) -> Preview:
    """Return what `rule` would do in an organization; `counted` is where the reader may count.

    The points are those that stand of the year, for the next year those of this one: the database groups them by what was
    scored, so that their number does not matter.
    """
    apart = list(
        Organization.objects.filter(
            schemes__year=year, tree_from__gt=organization.tree_from, tree_to__lte=organization.tree_to
        )
        .distinct()
        .order_by("tree_from")
    )
    intervals = subtract(intersect(counted, [organization.interval]), [each.interval for each in apart])
    year_counted = min(year, timezone.localdate().year)
    rows = {grade: Regraded(grade) for grade in Grade}
    ungraded = 0
    rules: dict[int | None, SchemeRule] = {None: SchemeRule()}
    groups = list(PointVersion.objects.within(intervals).by_scores(year_counted))
    stored = Scheme.objects.filter(pk__in={group["declaration__scheme"] for group in groups} - {None})
    rules |= {scheme.pk: scheme.rule for scheme in stored}
    for group in groups:
        if group["grade"] is None:
            ungraded += group["count"]
            continue
        row = rows[Grade(group["grade"])]
        given = rule.regraded(group, under=rules[group["declaration__scheme"]])
        if given is None:
            row.unknown += group["count"]
        else:
            row.given[given] += group["count"]
    started = (
        Declaration.objects.within(intervals)
        .filter(year=year, phase=Phase.POINTS, origin=Origin.DECLARED)
        .exclude(state=DeclarationState.FILED)
        .count()
    )
    return Preview(year_counted, list(rows.values()), ungraded, started, apart)
