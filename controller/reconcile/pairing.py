"""Which element of one list is which of the other, once they are known to differ.

A distance says how far two elements are apart; 0: the second is as the first wants it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Distance = Callable[[Any, Any], int]
Pair = tuple[int | None, int | None]
"""An index on each side; None where the element has no partner."""


def in_order(want: Sequence[Any], have: Sequence[Any], distance: Distance) -> Iterator[Pair]:
    """The fewest edits that turn one list into the other; equal ends cost one look each."""
    start, shorter = 0, min(len(want), len(have))
    while start < shorter and not distance(want[start], have[start]):
        start += 1
    end = 0
    while end < shorter - start and not distance(want[-1 - end], have[-1 - end]):
        end += 1
    middle = _edits(want[start : len(want) - end], have[start : len(have) - end], distance)
    for ours, theirs in middle:
        yield (None if ours is None else start + ours, None if theirs is None else start + theirs)


def _edits(want: Sequence[Any], have: Sequence[Any], distance: Distance) -> Iterator[Pair]:
    """Levenshtein's walk: an element added or missing costs 1, a changed one little more."""
    costs, gaps = _costs(want, have, distance)
    i = j = 0
    while i < len(want) or j < len(have):
        if i < len(want) and costs[i][j] == 1 + costs[i + 1][j]:
            yield i, None
            i += 1
        elif j < len(have) and costs[i][j] == 1 + costs[i][j + 1]:
            yield None, j
            j += 1
        else:
            if gaps[i][j]:
                yield i, j
            i, j = i + 1, j + 1


def _costs(
    want: Sequence[Any], have: Sequence[Any], distance: Distance
) -> tuple[list[list[float]], list[list[int]]]:
    """The cost of all that is left from each pair of places on, and the distance there."""
    gaps = [[distance(ours, theirs) for theirs in have] for ours in want]
    costs = [[0.0] * (len(have) + 1) for _ in range(len(want) + 1)]
    for i in range(len(want), -1, -1):
        for j in range(len(have), -1, -1):
            choices = []
            if i < len(want):
                choices.append(1 + costs[i + 1][j])
            if j < len(have):
                choices.append(1 + costs[i][j + 1])
            if i < len(want) and j < len(have):
                gap = gaps[i][j]
                choices.append((1 + min(gap, 999) / 1000 if gap else 0) + costs[i + 1][j + 1])
            costs[i][j] = min(choices, default=0.0)
    return costs, gaps


def in_any_order(want: Sequence[Any], have: Sequence[Any], distance: Distance) -> Iterator[Pair]:
    """As many as possible that fit, then what is nearest to what, then who is left alone.

    Pairs that fit are left out.
    """
    gaps = [[distance(ours, theirs) for theirs in have] for ours in want]
    fits = [
        # an exact twin first: an open object may fit what another one asks more of
        sorted((j for j, gap in enumerate(row) if not gap), key=lambda j: have[j] != ours)
        for ours, row in zip(want, gaps, strict=True)
    ]
    twins = _most(fits)
    ours = [i for i in range(len(want)) if i not in twins]
    theirs = [j for j in range(len(have)) if j not in twins.values()]
    for _, i, j in sorted((gaps[i][j], i, j) for i in ours for j in theirs):
        if i in ours and j in theirs:
            ours.remove(i)
            theirs.remove(j)
            yield i, j
    yield from ((i, None) for i in ours)
    yield from ((None, j) for j in theirs)


def _most(fits: Sequence[Sequence[int]]) -> dict[int, int]:
    """A partner for as many as possible: one that took the only partner of another moves on."""
    taken: dict[int, int] = {}

    def placed(index: int, tried: set[int]) -> bool:
        for place in fits[index]:
            if place in tried:
                continue
            tried.add(place)
            if place not in taken or placed(taken[place], tried):
                taken[place] = index
                return True
        return False

    for index in range(len(fits)):
        placed(index, set())
    return {index: place for place, index in taken.items()}
