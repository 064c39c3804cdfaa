"""Lists are told apart by the fewest edits, or by who fits whom."""

from collections.abc import Callable, Iterator
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.reconcile.pairing import Pair, in_any_order, in_order

LISTS = st.lists(st.sampled_from("abc"), max_size=5)


def unlike(one: str, other: str) -> int:
    return int(one != other)


@given(LISTS, LISTS)
def test_edits_in_order_turn_one_list_into_the_other(want: list[str], have: list[str]) -> None:
    edits = list(in_order(want, have, unlike))
    touched = {theirs for _, theirs in edits}
    kept = [item for place, item in enumerate(want) if place not in {ours for ours, _ in edits}]

    assert kept == [item for place, item in enumerate(have) if place not in touched]


@given(LISTS, LISTS)
def test_edits_in_order_are_the_fewest(want: list[str], have: list[str]) -> None:
    def least(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        swap = least(i - 1, j - 1) + unlike(want[i - 1], have[j - 1])
        return min(swap, least(i - 1, j) + 1, least(i, j - 1) + 1)

    assert len(list(in_order(want, have, unlike))) == least(len(want), len(have))


@given(LISTS, LISTS)
def test_in_any_order_as_many_as_possible_fit(want: list[str], have: list[str]) -> None:
    pairs = list(in_any_order(want, have, unlike))
    longer = max(len(want), len(have))
    twins = sum(min(want.count(item), have.count(item)) for item in "abc")

    assert len(pairs) == longer - twins


@pytest.mark.parametrize("have", list(permutations(["one", "two", "tree"])))
def test_what_is_nearest_is_the_changed_form(have: tuple[str, ...]) -> None:
    def apart(one: str, other: str) -> int:
        return sum(a != b for a, b in zip(one.ljust(5), other.ljust(5), strict=True))

    want = ["one", "two", "three"]
    (pair,) = in_any_order(want, have, apart)

    assert pair == (2, have.index("tree"))


@pytest.mark.parametrize("pairing", [in_order, in_any_order])
def test_nothing_is_paired_with_nothing(
    pairing: Callable[[str, str, Callable[[str, str], int]], Iterator[Pair]],
) -> None:
    assert list(pairing("", "", unlike)) == []
    assert list(pairing("ab", "", unlike)) == [(0, None), (1, None)]
    assert list(pairing("", "ab", unlike)) == [(None, 0), (None, 1)]
