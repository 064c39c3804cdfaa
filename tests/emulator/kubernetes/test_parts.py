"""The stores and decisions under the embedded API, without a network."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.emulator.kubernetes import apply, fieldsets, jsonpath, patches, resources, tables
from controller.emulator.kubernetes.apply import Manager
from controller.emulator.kubernetes.resources import BUILT_IN
from tests.emulator.kubernetes.widgets import SPEC

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
ME, OTHER = (Manager(name, "Apply", "v1") for name in ("me", "other"))
NAMES = st.sampled_from(["a", "b", "c"])
PARTS = st.dictionaries(NAMES, st.integers(0, 2), max_size=3).map(
    lambda weights: [{"name": name, "weight": weight} for name, weight in weights.items()]
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "size": st.integers(1, 3),
        "parts": PARTS.filter(bool),
        "tags": st.lists(NAMES, unique=True, min_size=1),
        "free": st.dictionaries(NAMES, st.integers(), min_size=1),
    },
)


def plain(spec: dict[str, Any]) -> dict[str, Any]:
    """The same spec without the order of its keyed lists."""
    parts = {part["name"]: part for part in spec.get("parts", ())}
    return {**spec, "parts": parts, "tags": set(spec.get("tags", ()))}


@given(SPECS)
def test_the_paths_of_an_object_survive_their_written_form(spec: dict[str, Any]) -> None:
    paths = frozenset(path for path, _ in fieldsets.fields(SPEC, spec))

    assert frozenset(fieldsets.decode(fieldsets.encode(paths))) == paths


@given(SPECS, SPECS)
def test_applying_again_leaves_what_was_applied_last(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    one = apply.applied(SPEC, {}, first, owners={}, manager=ME)

    two = apply.applied(SPEC, one.body, second, owners=one.owners({}, ME), manager=ME)

    assert plain(two.body) == plain(second)


@given(SPECS, SPECS)
def test_leaving_gives_back_exactly_what_the_other_applied(
    mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    first = apply.applied(SPEC, {}, mine, owners={}, manager=ME)
    owners = first.owners({}, ME)
    second = apply.applied(SPEC, first.body, theirs, owners=owners, manager=OTHER)
    owners = second.owners(owners, OTHER)

    left = apply.applied(SPEC, second.body, {}, owners=owners, manager=ME)

    assert plain(left.body) == plain(theirs)


def test_the_applied_order_of_a_list_counts_and_items_of_others_keep_their_place() -> None:
    live = {"parts": [{"name": "a"}, {"name": "theirs"}, {"name": "b"}]}

    merged = apply.merge(SPEC, live, {"parts": [{"name": "b"}, {"name": "a"}]})

    assert [part["name"] for part in merged["parts"]] == ["b", "a", "theirs"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (119, "119s"),
        (200, "3m20s"),
        (600, "10m"),
        (3 * 3600 + 60, "3h1m"),
        (9 * 3600, "9h"),
        (50 * 3600, "2d2h"),
        (100 * 86400, "100d"),
        (800 * 86400, "2y70d"),
    ],
)
def test_ages_read_as_kubectl_writes_them(seconds: int, shown: str) -> None:
    then = NOW - datetime.timedelta(seconds=seconds)

    assert tables.age(then.strftime("%Y-%m-%dT%H:%M:%SZ"), NOW) == shown


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".a.b", [1]),
        (".items[*].n", [1, 2]),
        (".items[1].n", [2]),
        (".items[-1].n", [2]),
        ('.items[?(@.t=="y")].n', [2]),
        (".items[?(@.on==true)].n", [1]),
        (".labels.test\\.contoso\\.com/x", ["v"]),
        (".nothing.here", []),
    ],
)
def test_a_path_finds_what_printer_columns_name(path: str, found: list[Any]) -> None:
    body = {
        "a": {"b": 1},
        "items": [{"n": 1, "t": "x", "on": True}, {"n": 2, "t": "y"}],
        "labels": {"test.contoso.com/x": "v"},
    }

    assert jsonpath.find(body, path) == found


def test_a_strategic_patch_merges_finalizers_and_obeys_its_directives() -> None:
    target = {"metadata": {"finalizers": ["a", "b"], "labels": {"x": "1", "y": "2"}}}
    patch = {
        "metadata": {
            "$setElementOrder/finalizers": ["c"],
            "$deleteFromPrimitiveList/finalizers": ["a"],
            "finalizers": ["c"],
            "labels": {"$patch": "replace", "z": "3"},
        }
    }

    merged = patches.strategic_patch(target, patch)

    assert merged == {"metadata": {"finalizers": ["b", "c"], "labels": {"z": "3"}}}


def test_a_date_that_is_not_there_yet_leaves_its_cell_empty() -> None:
    resource = dataclasses.replace(
        BUILT_IN[0], columns=(resources.column("Last", ".status.last", type="date"),)
    )
    item = {"metadata": {"name": "a"}}

    shown = tables.table(resource, [item], now=NOW, include="None")

    assert shown["rows"] == [{"cells": ["a", None]}]
