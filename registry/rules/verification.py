"""Checking what somebody holds in their hand: codes as they are typed, digests of files, and how often one may ask.

Clause: none; whoever is shown a sheet must be able to tell whether it is genuine (part III §4(2): 公示).
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

# No character that is mistaken for another when somebody types it from paper.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GROUPS, GROUP = 3, 4
# From one address, behind which a whole office may sit.
MOST_CHECKS = 60
COUNTED_FOR = dt.timedelta(minutes=15)

_DIGEST = re.compile(r"[0-9a-f]{64}")


def read_code(typed: str) -> str:
    """Return a short code as it is stored, however it was typed: small or wide letters, other dashes, spaces; "" if it is none."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    letters = "".join(each for each in plain if not unicodedata.category(each).startswith(("P", "Z", "C")))
    if len(letters) != GROUPS * GROUP or not set(letters) <= set(ALPHABET):
        return ""
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def read_digest(typed: str) -> str:
    """Return a SHA-256 digest in small letters, however a program wrote it (in pairs, in capitals); "" if it is none."""
    plain = "".join(unicodedata.normalize("NFKC", typed).split()).replace(":", "").lower()
    return plain if _DIGEST.fullmatch(plain) else ""


@dataclass(frozen=True)
class Checks:
    """How many checks came from one address since a moment."""

    count: int = 0
    since: dt.datetime | None = None

    def asked(self, now: dt.datetime) -> "Checks":
        """Count one more; after the time is over counting begins anew."""
        if self.since is None or now - self.since >= COUNTED_FOR:
            return Checks(1, now)
        return Checks(self.count + 1, self.since)

    @property
    def are_too_many(self) -> bool:
        """Whether the last one counted is answered no more."""
        return self.count > MOST_CHECKS
