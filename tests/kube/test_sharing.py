"""Texts that objects repeat are the same text in memory."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controller.kube.sharing import DEEPEST, LONGEST, shared

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def _read(name: str) -> Any:
    """As two objects come from the API server: each text anew."""
    return shared(json.loads(json.dumps({"columns": [{"name": name, "type": "datetime"}]})))


@given(VALUES)
def test_a_shared_value_is_an_equal_one(value: Any) -> None:
    assert shared(value) == value


def test_two_objects_hold_the_same_keys_and_words() -> None:
    one, other = _read("TimeGenerated")["columns"][0], _read("TimeGenerated")["columns"][0]
    assert one["type"] is other["type"]
    assert [id(key) for key in one] == [id(key) for key in other]


def test_what_nests_deeper_than_anybody_reads_is_cut_off() -> None:
    deep: Any = []
    for _ in range(9_000):
        deep = [deep]
    found, levels = shared(deep), 0
    while found:
        found, levels = found[0], levels + 1
    assert (found, levels) == (None, DEEPEST)


def test_long_texts_are_left_alone() -> None:
    one, other = _read("x" * (LONGEST + 1)), _read("x" * (LONGEST + 1))
    assert one["columns"][0]["name"] is not other["columns"][0]["name"]
