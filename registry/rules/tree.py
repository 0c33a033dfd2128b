"""Numbered places in the organization tree: a subtree is one range of integers.

Each depth has a fixed width, a power of 4,096. A node owns `[place, place + width - 1]`; the first number is its own,
the following slots of the next smaller width belong to its children. No neighbour ever has to be renumbered; moving a
subtree gives new numbers to that subtree only.
"""

from collections.abc import Iterable

Interval = tuple[int, int]

FAN_OUT = 4096
DEEPEST = 4
WIDTHS = tuple(FAN_OUT ** (DEEPEST - depth) for depth in range(DEEPEST + 1))
ROOTS: Interval = (0, FAN_OUT ** (DEEPEST + 1) - 1)


def free_place(parent: Interval, depth: int, taken: Iterable[int]) -> Interval:
    """Return the interval of a new child at `depth` (0 for a root) of `parent`, after all `taken` first numbers.

    Raises ValueError when the tree is too deep or the parent full (4,095 children).
    """
    if depth > DEEPEST:
        raise ValueError(f"the tree has at most {DEEPEST + 1} floors")
    width = WIDTHS[depth]
    first = max(taken, default=parent[0]) + width
    if first + width - 1 > parent[1]:
        raise ValueError("no place left below this organization")
    return first, first + width - 1


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same numbers as the fewest intervals, in order; neighbours are joined."""
    merged: list[Interval] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def subtract(intervals: Iterable[Interval], removed: Iterable[Interval]) -> list[Interval]:
    """Return `intervals` without every number in `removed`: an exception beats every grant."""
    rest = merge(intervals)
    for cut_low, cut_high in merge(removed):
        kept = []
        for low, high in rest:
            if high < cut_low or low > cut_high:
                kept.append((low, high))
                continue
            if low < cut_low:
                kept.append((low, min(high, cut_low - 1)))
            if high > cut_high:
                kept.append((max(low, cut_high + 1), high))
        rest = kept
    return rest


def contains(intervals: Iterable[Interval], number: int) -> bool:
    """Say whether `number` lies in one of `intervals`."""
    return any(low <= number <= high for low, high in intervals)


def intersect(first: Iterable[Interval], second: Iterable[Interval]) -> list[Interval]:
    """Return what lies in both lists of intervals, merged."""
    seconds = list(second)
    return merge(
        (max(low, other_low), min(high, other_high))
        for low, high in first
        for other_low, other_high in seconds
        if max(low, other_low) <= min(high, other_high)
    )
