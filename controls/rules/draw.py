"""Draws that anybody can replay: what is digested, how the seed comes about, how names are drawn from it.

Part III §4(3): 定期或不定期的抽查; part IV: 随机抽取相关专业专家3—5名. How it is drawn is our own and written down, for people and
for other programs, in docs/how-to/draws.md: SHA-256 and whole numbers, nothing else.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from registry.rules import Refused

from .vocabulary import DrawKind, DrawState

FORM = "1"
# A list is read by people, and stored in one piece.
MOST_MEMBERS = 5_000
# Part IV: three to five experts.
EXPERTS_WANTED = (3, 5)
MOST_WANTED = 200
SEED_BYTES = 32
_RANGE = 2**64


class Check(TextChoices):
    """What a replay looks at, in its order."""

    LIST = "list", gettext_lazy("The list gives the digest that was committed to")
    COMMITMENT = "commitment", gettext_lazy("The seed gives the commitment")
    COMMITTED = "committed", gettext_lazy("The audit chain holds list and commitment, from before the reveal")
    VALUE = "value", gettext_lazy("The value nobody knew before is the digest of the reveal in the audit chain")
    FINAL = "final", gettext_lazy("Seed, list and value give the final seed")
    RESULT = "result", gettext_lazy("The final seed gives the same names in the same order")


class Holding(TextChoices):
    """Of one check."""

    HOLDS = "holds", pgettext_lazy("check of a draw", "holds")
    FAILS = "fails", pgettext_lazy("check of a draw", "does not hold")
    LATER = "later", pgettext_lazy("check of a draw", "after the reveal")


@dataclass(frozen=True)
class Member:
    """One of those drawn from: a key that sorts and lasts, and what people call it."""

    key: str
    label: str


@dataclass(frozen=True)
class Exclusion:
    """Who is not drawn from although on the list, and why; named before the commitment."""

    key: str
    label: str
    reason: str


@dataclass(frozen=True)
class DrawList:
    """All that is committed to: those drawn from in the order of their keys, those excluded, how many are wanted."""

    kind: str
    wanted: int
    members: tuple[Member, ...]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def text(self) -> str:
        """The list as a text: fields parted by a tab, each line ended by a line feed, UTF-8 when digested."""
        rows = [
            ("draw", FORM),
            ("kind", self.kind),
            ("wanted", str(self.wanted)),
            *(("member", each.key, each.label) for each in self.members),
            *(("excluded", each.key, each.label, each.reason) for each in self.exclusions),
        ]
        return "".join("\t".join(map(_one_field, row)) + "\n" for row in rows)

    @property
    def digest(self) -> str:
        """The SHA-256 of the text, as 64 hexadecimal digits."""
        return _sha256(self.text)


def _one_field(text: str) -> str:
    return " ".join(text.split())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def make_list(kind: str, wanted: int, population: Sequence[Member], exclusions: Sequence[Exclusion] = ()) -> DrawList:
    """Return the list of a draw; refuse one that cannot be drawn from."""
    keys = {member.key for member in population}
    excluded = {each.key for each in exclusions}
    if not population:
        raise Refused(_("There is nobody and nothing to draw from. Choose another filter."))
    if len(population) > MOST_MEMBERS:
        raise Refused(
            _("This is a list of %(count)s; at most %(most)s are drawn from. Narrow the filter.")
            % {"count": len(population), "most": MOST_MEMBERS}
        )
    if excluded - keys or len(excluded) != len(exclusions):
        raise Refused(_("Only who is on the list can be excluded, each once."))
    if not all(each.reason.strip() for each in exclusions):
        raise Refused(_("Say of each who is excluded why."))
    members = sorted((each for each in population if each.key not in excluded), key=lambda each: each.key)
    low, high = EXPERTS_WANTED if kind == DrawKind.EXPERTS else (1, MOST_WANTED)
    if not low <= wanted <= high:
        raise Refused(_("From %(low)s to %(high)s are drawn at a time.") % {"low": low, "high": high})
    if wanted > len(members):
        raise Refused(
            _("%(wanted)s are wanted, and %(count)s are left to draw from.") % {"wanted": wanted, "count": len(members)}
        )
    left_out = sorted(exclusions, key=lambda each: each.key)
    return DrawList(str(kind), wanted, tuple(members), tuple(left_out))


def commitment_of(seed: str) -> str:
    """Return what is recorded of the seed before the draw: its SHA-256."""
    return _sha256(seed)


def final_seed(seed: str, list_digest: str, value: str) -> str:
    """Return the seed the names come from.

    `value` is the digest of the audit entry by which the draw was revealed. Nobody knows it before, so neither who
    committed nor whoever can read the seed chooses what comes out.
    """
    return _sha256(f"{seed}\n{list_digest}\n{value}\n")


def numbers(seed: str) -> Iterator[int]:
    """Yield whole numbers from 0 to 2^64 - 1: the first 8 bytes of SHA-256 of "seed:counter", counter from 0 on."""
    counter = 0
    while True:
        block = hashlib.sha256(f"{seed}:{counter}".encode("ascii")).digest()
        yield int.from_bytes(block[:8], "big")
        counter += 1


def below(source: Iterator[int], limit: int) -> int:
    """Return the next number below `limit`, each equally likely: what would favour the lower ones is passed over."""
    fair = _RANGE - _RANGE % limit
    while (number := next(source)) >= fair:
        pass
    return number % limit


def drawn(seed: str, keys: Sequence[str], wanted: int) -> list[str]:
    """Return `wanted` of `keys` in the order in which they are drawn (partial Fisher–Yates over the sorted keys)."""
    places = sorted(keys)
    source = numbers(seed)
    for place in range(min(wanted, len(places))):  # a list changed behind the back may be shorter
        other = place + below(source, len(places) - place)
        places[place], places[other] = places[other], places[place]
    return places[:wanted]


@dataclass(frozen=True)
class DrawFacts:
    """What is stored of a draw, and what stands in the audit chain about it (`None`: no such entry)."""

    state: str
    drawn_from: DrawList
    list_digest: str
    commitment: str
    seed: str
    value: str
    final: str
    result: tuple[str, ...]
    committed: bool
    revealed_by: str | None


def replay(facts: DrawFacts) -> list[tuple[Check, Holding]]:
    """Work everything out again from the stored inputs, and say of each check whether it holds."""
    again = facts.drawn_from
    is_listed = again.digest == facts.list_digest
    found = [(Check.LIST, is_listed), (Check.COMMITTED, facts.committed)]
    if facts.state != DrawState.REVEALED:
        return [_told(check, dict(found).get(check)) for check in Check]
    final = final_seed(facts.seed, again.digest, facts.value)
    names = drawn(final, [member.key for member in again.members], again.wanted)
    found += [
        (Check.COMMITMENT, commitment_of(facts.seed) == facts.commitment),
        (Check.VALUE, facts.revealed_by is not None and facts.revealed_by == facts.value),
        (Check.FINAL, final == facts.final),
        (Check.RESULT, tuple(names) == facts.result),
    ]
    return [_told(check, dict(found)[check]) for check in Check]


def _told(check: Check, holds: bool | None) -> tuple[Check, Holding]:
    if holds is None:
        return check, Holding.LATER
    return check, Holding.HOLDS if holds else Holding.FAILS
