"""Stand-ins (代理): which roles are stood in for, what a stand-in carries, who confirms it, and for how long it may last.

The document does not speak of stand-ins; the rules are practice. That a member of a leadership team votes in person is the
rule of collective decision (集体领导、民主集中): who is absent may write, but has no vote.
"""

import datetime as dt
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..roles import ROLES, Permission, Role
from .routes import STEPS

MOST_STAND_IN_DAYS = 90  # whoever is away for longer has a successor, not a stand-in
# A member of the team sits in its meetings themselves; of a disposal nobody learns by standing in.
_IN_PERSON = frozenset({Permission.REVIEW_TEAM, Permission.DECIDE_DISPOSALS})


@cache
def carried(role: str) -> frozenset[Permission]:
    """Return the permissions a stand-in for this role carries: what reads and what decides, but for what is done in person."""
    return ROLES[Role(role)].permissions - _IN_PERSON if superiors(role) else frozenset()


@cache
def superiors(role: str) -> tuple[tuple[Permission, str], ...]:
    """Return who confirms a stand-in for this role: the rungs above it, the next one first; none: nobody stands in for it.

    The rungs are those of the ladders of STEPS; of a role on several, of the one with most above. Where the ladder ends,
    at the region's office, another person on that same rung confirms.
    """
    permissions = ROLES[Role(role)].permissions - _IN_PERSON
    found: list[tuple[tuple[Permission, str], ...]] = []
    for step in STEPS.values():
        own = [rung for rung, (permission, _place) in enumerate(step.ladder) if permission in permissions]
        if own:
            found.append(step.ladder[own[-1] + 1 :] or step.ladder[-1:])
    return max(found, key=len, default=())


def roles_carrying(permission: str) -> list[str]:
    """Return the roles whose stand-ins carry `permission`."""
    return [role.value for role in ROLES if permission in carried(role)]


def stand_in_faults(
    starts_on: dt.date, ends_on: dt.date, *, today: dt.date, role_ends_on: dt.date | None
) -> list[tuple[str, str]]:
    """Return what is wrong with the days of a stand-in, all at once: (field, sentence)."""
    found = []
    if starts_on < today:
        found.append(("starts_on", _("A stand-in begins today or later; nobody stood in for what is past.")))
    if ends_on < starts_on:
        found.append(("ends_on", _("The last day lies before the first.")))
    elif (ends_on - starts_on).days >= MOST_STAND_IN_DAYS:
        sentence = ngettext(
            "A stand-in lasts at most %(days)s day; for longer, somebody is given the role.",
            "A stand-in lasts at most %(days)s days; for longer, somebody is given the role.",
            MOST_STAND_IN_DAYS,
        )
        found.append(("ends_on", sentence % {"days": MOST_STAND_IN_DAYS}))
    if role_ends_on is not None and ends_on > role_ends_on:
        found.append(("ends_on", _("The role itself ends on %(day)s.") % {"day": role_ends_on}))
    return found
