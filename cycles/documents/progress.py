"""How far the units are, as rows: numbers and what they are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controls.rules import TaskState
from registry.models import Organization
from registry.rules import DeclarationState, PointState

from ..querysets.progress import Progress


@dataclass(frozen=True)
class Row:
    """One organization: counts by name, each what it is and, for a share, of how many."""

    organization: Organization
    people: int
    undeclared: int
    returned: int
    reviewed: int  # under review
    filed: int
    points: int
    published: int
    without_measure: int
    tasks_due: int
    tasks_done: int
    findings: int

    @property
    def declared(self) -> int:
        return self.people - self.undeclared

    @property
    def with_measure(self) -> int:
        return self.points - self.without_measure

    @property
    def declared_share(self) -> int:
        """Percent, 100 only when nobody is missing."""
        return 100 * self.declared // self.people if self.people else 100


def rows(progress: Progress, organizations: Sequence[Organization]) -> list[Row]:
    """Return a row for each organization with what is below it; a dozen queries whatever their number."""
    counted: dict[str, Mapping[int, int]] = {
        "people": progress.people(),
        "undeclared": progress.undeclared(),
        "returned": progress.declarations(DeclarationState.RETURNED),
        "reviewed": progress.declarations(DeclarationState.SUBMITTED),
        "filed": progress.declarations(DeclarationState.FILED),
        "points": progress.points(),
        "published": progress.points(PointState.PUBLISHED, PointState.IN_FORCE),
        "without_measure": progress.points(without_measure=True),
        "tasks_due": progress.tasks(TaskState.OPEN, TaskState.DONE),
        "tasks_done": progress.tasks(TaskState.DONE),
        "findings": progress.findings(),
    }
    return [
        Row(organization, **{name: _within(found, organization) for name, found in counted.items()})
        for organization in organizations
    ]


def _within(found: Mapping[int, int], organization: Organization) -> int:
    low, high = organization.interval
    return sum(count for place, count in found.items() if low <= place <= high)
