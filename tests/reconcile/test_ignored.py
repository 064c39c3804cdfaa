"""`policy.ignore`: what is neither compared nor overwritten, and what beside it still is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.errors import SpecError
from controller.model.kind_name import KindName
from controller.model.resource import Resource
from controller.model.spec import Ignored, parse
from controller.reconcile.ignored import laid_over
from tests.reconcile.samples import RULE, connector, spec
from tests.reconcile.scene import Scene, ready

RESOURCE = Resource(KindName.RULE, "acme", RULE)
ALL_OF_IT = {"kind": "Rule", "path": "/properties/description"}


def over(path: str, desired: Any, readback: Any, name: str | None = None) -> Any:
    entry = Ignored(kind=KindName.RULE, name=name, path=path)
    return laid_over(desired, readback, [entry], RESOURCE)


@pytest.mark.parametrize(
    ("path", "desired", "readback", "expected"),
    [
        ("/a", {"a": 1, "b": 2}, {"a": 9, "b": 8}, {"a": 9, "b": 2}),
        ("/a", {"a": 1}, {}, {}),
        ("/a", {}, {"a": 9}, {"a": 9}),
        ("/a/x", {"a": {"x": 1, "y": 2}}, {"a": {"x": 9, "y": 8}}, {"a": {"x": 9, "y": 2}}),
        ("/a/x", {}, {"a": {"x": 9}}, {}),
        ("/a/x", {"a": {"x": 1}}, {}, {"a": {"x": 1}}),
        ("/a/x", {"a": 1}, {"a": 9}, {"a": 1}),
        ("/a~1b~0c", {"a/b~c": 1}, {"a/b~c": 9}, {"a/b~c": 9}),
        ("/AppId", {"appId": 1}, {"APPID": 9}, {"appId": 9}),
    ],
)
def test_the_readback_s_value_takes_the_place(
    path: str, desired: Any, readback: Any, expected: Any
) -> None:
    assert over(path, desired, readback) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/l/one/v", [{"name": "one", "v": 9}, {"name": "two", "v": 2}]),
        ("/l/two", [{"name": "one", "v": 1}]),
        ("/l/three", [{"name": "one", "v": 1}, {"name": "two", "v": 2}, {"name": "three"}]),
        ("/l/one", [{"name": "one", "v": 9}, {"name": "two", "v": 2}]),
        ("/l/0", [{"name": "one", "v": 1}, {"name": "two", "v": 2}]),
    ],
)
def test_elements_of_a_list_go_by_their_name(path: str, expected: Any) -> None:
    desired = {"l": [{"name": "one", "v": 1}, {"name": "two", "v": 2}]}
    readback = {"l": [{"name": "three"}, {"name": "one", "v": 9}]}
    assert over(path, desired, readback) == {"l": expected}


def test_other_kinds_and_names_are_left_as_they_are() -> None:
    entries = [
        Ignored(kind=KindName.TABLE, path="/a"),
        Ignored(kind=KindName.RULE, name="other", path="/a"),
    ]
    assert laid_over({"a": 1}, {"a": 9}, entries, RESOURCE) == {"a": 1}
    assert over("/a", {"a": 1}, {"a": 9}, name="ACME") == {"a": 9}


VALUES = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda below: (
        st.dictionaries(st.sampled_from("abc"), below, max_size=3) | st.lists(below, max_size=3)
    ),
    max_leaves=6,
)


@given(
    desired=st.dictionaries(st.sampled_from("abc"), VALUES), path=st.sampled_from(["/a", "/b/c"])
)
def test_a_readback_that_equals_the_wish_changes_nothing(desired: Any, path: str) -> None:
    assert over(path, desired, desired) == desired


@pytest.mark.parametrize("path", ["", "tags", "/tags/", "/a~2", "//"])
def test_what_is_no_pointer_is_refused_with_its_field(path: str) -> None:
    with pytest.raises(SpecError, match=r"spec\.policy\.ignore\[0\]\.path"):
        parse(spec(policy={"ignore": [{"kind": "Rule", "path": path}]}))


def ignoring(**replaced: Any) -> Scene:
    return Scene(
        connector(policy={"ignore": [ALL_OF_IT]}, rule={"description": "Ours"}, **replaced)
    )


async def test_an_ignored_value_is_created_as_declared_and_then_somebody_else_s() -> None:
    scene = ignoring()
    await scene.run()
    properties = scene.azure.arm.bodies[RULE.casefold()]["properties"]
    assert properties["description"] == "Ours"
    properties["description"] = "Theirs"
    scene.azure.arm.forget_calls()
    await scene.walk()
    assert scene.azure.arm.writes() == []
    assert scene.says("Synced") == "True/InSync"


async def test_a_write_beside_it_sends_what_azure_holds() -> None:
    scene = ignoring()
    await scene.run()
    properties = scene.azure.arm.bodies[RULE.casefold()]["properties"]
    properties["description"] = "Theirs"
    properties["dataFlows"] = []
    await scene.walk()
    properties = scene.azure.arm.bodies[RULE.casefold()]["properties"]
    assert properties["description"] == "Theirs"
    assert properties["dataFlows"] != []


async def test_what_is_not_ignored_any_more_is_written_again() -> None:
    scene = await ready(ignoring().held)
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["description"] = "Theirs"
    scene.change(policy={})
    await scene.run()
    assert scene.azure.arm.bodies[RULE.casefold()]["properties"]["description"] == "Ours"
