"""Which organization stands below which, which roles one person may hold together, and dates that overlap."""

import datetime as dt

from ..roles import Role
from .vocabulary import OrganizationKind

CODE_LENGTH = 20
NAME_LENGTH = 100
# A history row keeps 100 characters of a reason; what the act itself notes in front of it needs some of them.
NOTE_LENGTH = 70

# kind → the kinds it may be a part of; None: of nothing
PARENTS: dict[OrganizationKind, tuple[OrganizationKind | None, ...]] = {
    OrganizationKind.REGION: (None, OrganizationKind.REGION),
    OrganizationKind.UNIT: (OrganizationKind.REGION,),
    OrganizationKind.SECTION: (OrganizationKind.UNIT,),
}

# One person never holds two of these, nor one of these beside any other role.
ADMINISTRATORS = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)


def overlap(first: tuple[dt.date, dt.date | None], second: tuple[dt.date, dt.date | None]) -> bool:
    """Say whether two stretches of days have one in common; both ends count, None is open."""
    return (second[1] is None or first[0] <= second[1]) and (first[1] is None or second[0] <= first[1])


def exclude_each_other(role: str, other: str) -> bool:
    """Say whether nobody may hold both roles at the same time, wherever.

    Administrators are kept apart from each other, and from every role that reads, decides or publishes: all others do.
    """
    return role != other and (role in ADMINISTRATORS or other in ADMINISTRATORS)
