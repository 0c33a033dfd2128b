"""When guessing is stopped, and how long a session may rest. Clause: none; the promises of docs/security.md."""

import datetime as dt
from dataclasses import dataclass, replace

# Of one staff number; of one address, behind which a whole office may sit.
FAILURES_OF_PERSON = 5
FAILURES_OF_ADDRESS = 50
LOCKED_FOR = dt.timedelta(minutes=15)
# How many passwords may not come back, the present one among them.
PASSWORDS_REMEMBERED = 5
# How long what was typed in a session that ended is kept for the person.
FORM_KEPT_FOR = dt.timedelta(hours=1)
FORMS_KEPT = 10  # of one person
# Between the password and the code.
CODE_AWAITED_FOR = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Tally:
    """Attempts under one name, or from one address, that have not succeeded."""

    failures: int = 0
    last: dt.datetime | None = None
    locked_until: dt.datetime | None = None

    def is_locked(self, now: dt.datetime) -> bool:
        """Say whether no attempt is looked at now, right or wrong."""
        return self.locked_until is not None and now < self.locked_until

    def tried(self, now: dt.datetime, most: int) -> "Tally":
        """Count an attempt before it is looked at, so that many at once are not more than `most`.

        The attempt that reaches `most` locks; if it succeeds, `undone` or forgetting the tally opens again.
        """
        rested = self.last is None or now - self.last >= LOCKED_FOR
        failures = 1 if rested else self.failures + 1
        return Tally(failures, now, now + LOCKED_FOR if failures >= most else None)

    def undone(self, most: int) -> "Tally":
        """Take back an attempt that succeeded, and the lock if it was the one that reached `most`."""
        failures = max(self.failures - 1, 0)
        return replace(self, failures=failures, locked_until=self.locked_until if failures >= most else None)
