"""What `diff.changes` shows: the laws of the desired-scoped comparison, and each of the rules."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.resource import (
    Body,
    Change,
    Kind,
    KindName,
    Refs,
    Rules,
    Unknown,
    Verb,
    Write,
)
from controller.model.spelling import caseless
from controller.reconcile.diff import changes

PLAIN = Kind(
    name=KindName.RULE,
    after=frozenset(),
    resources=lambda _: (),
    desired=lambda _derived, _resource, _refs: {},
    rules=Rules(),
    write=lambda desired, _readback, _changes: Write(Verb.PUT, desired),
    provides=lambda _derived, _resource, _body: {},
)

# neither ids nor locations, whose case does not count; no null, which is the same as absent
NAMES = st.text("abcXYZ/~", min_size=1, max_size=4)
SCALARS = st.one_of(st.booleans(), st.integers(2, 99), st.text("aA b", min_size=1, max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=12,
)
BODIES = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def shown(desired: Body, readback: Body, **rules: Any) -> tuple[Change, ...]:
    return changes(replace(PLAIN, rules=Rules(**rules)), desired, readback)


def paths(desired: Body, readback: Body, **rules: Any) -> list[str]:
    return [change.path for change in shown(desired, readback, **rules)]


def pointer(*parts: str) -> str:
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


@given(BODIES, BODIES)
def test_a_body_equals_itself_also_where_something_else_differs(body: Body, other: Body) -> None:
    assert paths({"same": body, "other": 1}, {"same": deepcopy(body), "other": 2}) == ["/other"]


def grown(value: Any) -> Any:
    """The value with one more key in each of its objects."""
    if isinstance(value, Mapping):
        return {**{key: grown(item) for key, item in value.items()}, "added": "by Azure"}
    if isinstance(value, list):
        return [grown(item) for item in value]
    return value


@given(BODIES)
def test_what_azure_adds_to_objects_never_shows(body: Body) -> None:
    assert shown(body, grown(body)) == ()


@given(BODIES, NAMES, SCALARS)
def test_a_changed_scalar_shows_exactly_its_path(body: Body, name: str, scalar: Any) -> None:
    desired = {"under": {**body, name: scalar}}
    readback = {"under": {**body, name: "something else"}}
    expected = Change(pointer("under", name), scalar, "something else")
    assert shown(desired, readback) == (expected,)


@given(st.lists(VALUES, max_size=4), VALUES)
def test_one_more_element_in_a_closed_list_shows_its_path(items: list[Any], extra: Any) -> None:
    assert paths({"list": items}, {"list": [*items, extra]}) == [f"/list/{len(items)}"]


@given(st.lists(VALUES, max_size=4), VALUES)
def test_one_element_too_few_shows_its_path(items: list[Any], extra: Any) -> None:
    assert paths({"list": [*items, extra]}, {"list": items}) == [f"/list/{len(items)}"]


@given(st.lists(VALUES, max_size=4), VALUES)
def test_one_more_element_in_an_open_list_does_not_show(items: list[Any], extra: Any) -> None:
    open_lists = frozenset({"/list"})
    assert shown({"list": items}, {"list": [*items, extra]}, open_lists=open_lists) == ()


@pytest.mark.parametrize("rules", [{}, {"ordered": frozenset({"/list"})}])
@pytest.mark.parametrize("blank", [None, "", {}])
def test_a_blank_element_counts_as_an_element(blank: Any, rules: dict[str, Any]) -> None:
    readback = {"list": ["a", blank]}
    blanks = frozenset({"/list"})
    assert paths({"list": ["a"]}, readback, blank_is_absent=blanks, **rules) == ["/list/1"]


@given(st.lists(VALUES, max_size=5), st.randoms(use_true_random=False))
def test_order_does_not_count(items: list[Any], random: Any) -> None:
    mixed = grown(items)
    random.shuffle(mixed)
    assert shown({"list": items}, {"list": mixed}) == ()


def test_order_counts_where_the_rules_say_so() -> None:
    found = paths({"steps": ["a", "b"]}, {"steps": ["b", "a"]}, ordered=frozenset({"/steps"}))
    assert found == ["/steps/0", "/steps/1"]


@given(st.dictionaries(NAMES, SCALARS, min_size=1), st.randoms(use_true_random=False))
def test_order_does_not_count_in_a_keyed_list(values: dict[str, Any], random: Any) -> None:
    items = [{"name": name, "value": value} for name, value in values.items()]
    mixed = deepcopy(items)
    random.shuffle(mixed)
    assert shown({"list": items}, {"list": mixed}) == ()


def test_a_keyed_element_shows_under_its_name() -> None:
    desired = {"columns": [{"name": "a/b", "type": "int"}, {"name": "new", "type": "int"}]}
    readback = {"columns": [{"name": "old", "type": "real"}, {"name": "a/b", "type": "long"}]}
    found = shown(desired, readback)
    assert found == (
        Change("/columns/a~1b/type", "int", "long"),
        Change("/columns/new", {"name": "new", "type": "int"}, None),
        Change("/columns/old", None, {"name": "old", "type": "real"}),
    )


def test_an_open_keyed_list_may_hold_more() -> None:
    rules = {"open_lists": frozenset({"/columns"})}
    desired, readback = {"columns": [{"name": "a"}]}, {"columns": [{"name": "b"}, {"name": "a"}]}
    assert shown(desired, readback, **rules) == ()


def test_rules_go_down_through_keyed_elements() -> None:
    """A pattern with `*` meets every element of a keyed list."""
    forms = {"/streams/*/columns/*/type": caseless}
    one = {"streams": [{"name": "s", "columns": [{"name": "b"}, {"name": "a", "type": "int"}]}]}
    two = {"streams": [{"name": "s", "columns": [{"name": "a", "type": "INT"}, {"name": "b"}]}]}
    assert shown(one, two, forms=forms) == ()


def test_a_key_that_is_not_unique_leaves_a_multiset() -> None:
    items = [{"name": "a", "to": 1}, {"name": "a", "to": 2}, {"to": 3}]
    readback = [items[2], items[0], {"name": "a", "to": 4}]
    found = shown({"list": items}, {"list": readback})
    assert found == (Change("/list/1/to", 2, 4),)


def test_what_changed_in_an_unordered_list_is_paired_with_what_is_nearest() -> None:
    flows = [
        {"streams": ["A"], "kql": "source | a", "to": "T1"},
        {"streams": ["B"], "kql": "source | b", "to": "T2"},
    ]
    readback = [{**flows[1], "kql": "source | other"}, flows[0]]
    found = shown({"flows": flows}, {"flows": readback})
    assert found == (Change("/flows/1/kql", "source | b", "source | other"),)


def test_an_unordered_list_shows_what_is_missing_and_what_is_too_much() -> None:
    assert shown({"list": ["a", "b"]}, {"list": ["b"]}) == (Change("/list/0", "a", None),)
    assert shown({"list": ["b"]}, {"list": ["a", "b"]}) == (Change("/list/1", None, "a"),)


def test_an_unordered_open_list_may_hold_more() -> None:
    rules = {"open_lists": frozenset({"/list"})}
    assert shown({"list": ["b"]}, {"list": ["a", "b"]}, **rules) == ()


def test_an_element_that_fits_several_leaves_the_others_their_only_partner() -> None:
    """Objects are open: {a} fits both, {a, b} only one of them."""
    desired = [{"a": 2}, {"a": 2, "b": 3}]
    readback = [{"a": 2, "b": 3, "c": 4}, {"a": 2, "d": 5}]
    assert shown({"list": desired}, {"list": readback}) == ()


@given(BODIES, NAMES, st.text("aAbB", min_size=1))
def test_case_is_ignored_where_the_rules_fold(body: Body, name: str, text: str) -> None:
    desired, readback = {**body, name: text}, {**body, name: text.swapcase()}
    assert shown(desired, readback, forms={"/*": caseless}) == ()


def test_case_counts_elsewhere() -> None:
    assert paths({"title": "Acme"}, {"title": "ACME"}) == ["/title"]


def test_ids_and_locations_compare_without_case_everywhere() -> None:
    desired = {"location": "francecentral", "to": "/subscriptions/a/resourceGroups/B"}
    assert (
        shown(desired, {"location": "France Central", "to": "/SUBSCRIPTIONS/A/resourcegroups/b"})
        == ()
    )


def test_names_of_keys_compare_without_case_where_the_rules_say_so() -> None:
    assert shown({"AppId": "a"}, {"appId": "a"}, fold_keys=frozenset({""})) == ()
    assert paths({"AppId": "a"}, {"appId": "a"}) == ["/AppId"]


def test_a_key_in_our_spelling_wins_over_a_recased_one() -> None:
    readback = {"url": "ours", "Url": "another"}
    assert shown({"url": "ours"}, readback, fold_keys=frozenset({""})) == ()


@pytest.mark.parametrize("blank", [None, False, "", [], {}])
@pytest.mark.parametrize("other", [{}, {"a": None}, {"a": False}, {"a": ""}, {"a": []}, {"a": {}}])
def test_blank_is_absent_where_the_rules_say_so(blank: Any, other: Body) -> None:
    blanks = frozenset({"/under"})
    desired, readback = {"under": {"a": blank}}, {"under": other}
    assert shown(desired, readback, blank_is_absent=blanks) == ()
    assert shown({"deep": [desired]}, {"deep": [readback]}, blank_is_absent=frozenset({""})) == ()


def test_blank_is_a_value_elsewhere() -> None:
    assert paths({"a": ""}, {}) == ["/a"]


def test_zero_is_not_blank() -> None:
    assert paths({"a": 0}, {}, blank_is_absent=frozenset({""})) == ["/a"]


def test_a_value_that_azure_may_leave_out_is_no_change_when_absent() -> None:
    unreported = frozenset({"/isActive"})
    assert shown({"isActive": True, "b": 2}, {"b": 2}, unreported=unreported) == ()
    assert paths({"isActive": True}, {"isActive": False}, unreported=unreported) == ["/isActive"]


def test_a_value_known_only_after_a_write_is_a_change() -> None:
    unknown = Refs()["rule.immutableId"]
    found = shown({"a": [{"id": unknown}]}, {"a": [{"id": "dcr-1"}]})
    assert found == (Change("/a/0/id", unknown, "dcr-1"),)


def test_an_unknown_in_an_unordered_list_is_a_change() -> None:
    unknown = Unknown(frozenset({"rule.id"}))
    found = paths({"a": [{"id": unknown}]}, {"a": [{"id": "x"}]})
    assert found == ["/a/0/id"]


def test_changes_are_sorted_by_path() -> None:
    found = paths({"c": 2, "a": 2, "b": {"z": 2, "y": 2}}, {})
    assert found == ["/a", "/b", "/c"]


def test_both_bodies_are_compared_in_the_form_that_the_kind_gives_them() -> None:
    kind = replace(PLAIN, comparable=lambda one, other: ({"n": len(one)}, {"n": len(other)}))
    assert changes(kind, {"a": 1}, {"b": 2}) == ()


def test_an_object_where_a_scalar_is_wanted_is_one_change() -> None:
    assert shown({"a": "x"}, {"a": {"b": 1}}) == (Change("/a", "x", {"b": 1}),)


def test_the_rules_for_any_part_and_for_a_named_one_join() -> None:
    rules = {"open_lists": frozenset({"/*/list"}), "forms": {"/a/text": caseless}}
    desired = {"a": {"text": "X", "list": ["p"]}}
    assert shown(desired, {"a": {"text": "x", "list": ["q", "p"]}}, **rules) == ()


@given(st.lists(VALUES, max_size=6), VALUES, st.integers(0, 6))
def test_an_element_put_into_an_ordered_list_shows_only_itself(
    items: list[Any], extra: Any, place: int
) -> None:
    place = min(place, len(items))
    longer = [*items[:place], extra, *items[place:]]
    ordered = frozenset({"/list"})

    (added,) = shown({"list": items}, {"list": longer}, ordered=ordered)
    (missing,) = shown({"list": longer}, {"list": items}, ordered=ordered)
    # among equal ones, any is the one that was put in; an open object equals one with more keys
    assert added.desired is None
    assert missing.actual is None
    assert longer[int(added.path.rpartition("/")[2])] == added.actual
    assert longer[int(missing.path.rpartition("/")[2])] == missing.desired


@given(st.lists(SCALARS, min_size=1, max_size=6), st.data(), st.booleans())
def test_a_replaced_element_shows_only_itself(
    items: list[Any], data: st.DataObject, ordered: bool
) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    readback = [*items[:place], "another", *items[place + 1 :]]
    rules = {"ordered": frozenset({"/list"} if ordered else ())}

    (change,) = shown({"list": items}, {"list": readback}, **rules)
    assert (change.desired, change.actual) == (items[place], "another")


def test_what_was_changed_and_what_was_put_in_are_told_apart() -> None:
    steps = [{"title": "A", "text": "first"}, {"title": "B", "text": "second"}]
    readback = [{"title": "new", "text": "x"}, {"title": "A", "text": "1st"}, steps[1]]
    found = shown({"steps": steps}, {"steps": readback}, ordered=frozenset({"/steps"}))

    assert found == (
        Change("/steps/0", None, readback[0]),
        Change("/steps/0/text", "first", "1st"),
    )


def test_an_element_with_another_name_and_nothing_else_changed_was_renamed() -> None:
    desired = {"list": [{"name": "a", "n": 1}, {"name": "b", "n": 2}]}
    readback = {"list": [{"name": "c", "n": 2}, {"name": "a", "n": 1}]}
    assert shown(desired, readback) == (Change("/list/b/name", "b", "c"),)


def test_an_element_of_which_azure_dropped_a_key_is_renamed_all_the_same() -> None:
    desired = {"list": [{"name": "a", "n": 1, "gone": "x"}, {"name": "b", "n": 2, "gone": "y"}]}
    readback = {"list": [{"name": "a", "n": 1}, {"name": "c", "n": 2}]}
    assert shown(desired, readback) == (
        Change("/list/a/gone", "x", None),
        Change("/list/b/gone", "y", None),
        Change("/list/b/name", "b", "c"),
    )


def test_an_element_with_another_name_and_another_value_is_another_element() -> None:
    desired = {"list": [{"name": "a", "n": 1}]}
    readback = {"list": [{"name": "b", "n": 2}]}
    assert paths(desired, readback) == ["/list/a", "/list/b"]


@pytest.mark.parametrize("nothing", [None, {}, [], {"deep": {"er": None}}])
def test_null_and_what_is_empty_ask_for_nothing(nothing: Any) -> None:
    assert shown({"a": nothing}, {}) == ()
    assert shown({"a": nothing}, {"a": None}) == ()


def test_an_empty_list_is_closed_all_the_same() -> None:
    assert paths({"a": []}, {"a": ["x"]}) == ["/a/0"]


def test_a_closed_object_shows_what_was_added_but_for_blanks() -> None:
    readback = {"a": {"b": "x", "more": "y", "blank": None, "off": False}}
    closed = frozenset({"/a"})
    assert shown({"a": {"b": "x"}}, readback, closed=closed) == (Change("/a/more", None, "y"),)


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (True, 1), ("1", 1)])
def test_a_number_is_no_truth_value_and_no_text(one: Any, other: Any) -> None:
    assert paths({"a": one}, {"a": other}) == ["/a"]
    assert paths({"a": [{"b": one}]}, {"a": [{"b": other}]}) == ["/a/0/b"]


def test_what_only_azure_writes_is_not_compared_whoever_sent_it() -> None:
    sent = {"etag": "1", "systemData": {"a": "b"}, "properties": {"provisioningState": "x", "n": 2}}
    readback = {"etag": "2", "properties": {"provisioningState": "y", "n": 3}}
    assert paths(sent, readback) == ["/properties/n"]
    assert paths(sent, readback, read_only=frozenset({"/properties/n"})) == []


def test_an_id_may_be_a_key() -> None:
    key = "/subscriptions/a/resourceGroups/b"
    assert shown({"ids": {key: {}}}, {"ids": {key.lower(): {"clientId": "c"}}}) == ()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"),
        ("2021-05-18", "2021-05-18T00:00:00Z"),
        ("9F5A2CB2-0000-4000-8000-00000000000A", "9f5a2cb2-0000-4000-8000-00000000000a"),
        ("/providers/Microsoft.Authorization/x", "/providers/microsoft.authorization/X"),
    ],
)
def test_times_guids_and_ids_are_the_same_in_any_spelling(sent: str, read: str) -> None:
    assert shown({"a": sent}, {"a": read}) == ()
    assert paths({"a": sent}, {"a": read.replace("0", "1", 1) + "1"}) == ["/a"]
