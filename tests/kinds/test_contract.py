"""What every kind promises. The kinds are found by themselves: a new one is held to all of this."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from controller.azure.ids import resource_type
from controller.kinds import KINDS
from controller.model.derived import Derived
from controller.model.placeholders import NAMES
from controller.model.resource import Body, Kind, KindName, Refs, Resource, Unknown, Verb
from controller.reconcile.diff import changes
from tests.kinds import samples

GOLDEN = Path(__file__).parent / "golden"
CONNECTORS = {
    "contoso": samples.contoso(),
    "minimal": samples.shipped("minimal"),
    "large": samples.shipped("large"),
}
UPDATED_BY_PUT = {
    KindName.ENDPOINT,
    KindName.RULE,
    KindName.DEFINITION,
    KindName.METADATA,
    KindName.DATA_CONNECTOR,
}
EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
EACH_CONNECTOR = pytest.mark.parametrize("derived", CONNECTORS.values(), ids=list(CONNECTORS))


def each_resource(kind: Kind, derived: Derived) -> list[tuple[Resource, Body]]:
    """The resources of a kind that are in ARM, with what they should be."""
    return [
        (resource, kind.desired(derived, resource, samples.REFS))
        for resource in kind.resources(derived)
        if resource.id
    ]


def unknowns(value: Any) -> list[Unknown]:
    if isinstance(value, Unknown):
        return [value]
    if isinstance(value, Mapping):
        return [found for item in value.values() for found in unknowns(item)]
    if isinstance(value, list | tuple):
        return [found for item in value for found in unknowns(item)]
    return []


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("*.json")), ids=lambda p: p.stem)
def test_the_body_sent_is_the_golden_one(path: Path) -> None:
    """A body written from the documents is what goes over the wire."""
    derived = CONNECTORS[path.parent.name]
    kind = next(kind for kind in KINDS if kind.name.casefold() == path.stem.replace("_", ""))
    (_, desired), *_ = each_resource(kind, derived)

    verb, body = kind.write(desired, None, ())

    assert verb is Verb.PUT
    assert json.loads(path.read_text()) == body


@EACH_KIND
def test_every_kind_that_is_written_has_a_golden_body(kind: Kind) -> None:
    golden = {path.stem.replace("_", "") for path in (GOLDEN / "contoso").glob("*.json")}
    written = any(resource.id for resource in kind.resources(CONNECTORS["contoso"]))

    assert (kind.name.casefold() in golden) is written


@EACH_KIND
@EACH_CONNECTOR
def test_a_resource_is_of_the_type_that_its_kind_names(kind: Kind, derived: Derived) -> None:
    """By which the actions are named that it takes rights for."""
    ids = [resource.id for resource, _ in each_resource(kind, derived)]
    assert {resource_type(one) for one in ids} <= {kind.type.lower()}


@EACH_KIND
@EACH_CONNECTOR
def test_the_same_spec_gives_the_same_body(kind: Kind, derived: Derived) -> None:
    once, again = each_resource(kind, derived), each_resource(kind, derived)

    assert [body for _, body in once] == [body for _, body in again]
    assert [resource.id for resource, _ in once] == [resource.id for resource, _ in again]


@EACH_KIND
@EACH_CONNECTOR
def test_a_readback_of_what_was_sent_differs_in_nothing(kind: Kind, derived: Derived) -> None:
    for _, desired in each_resource(kind, derived):
        readback = json.loads(json.dumps(kind.write(desired, None, ()).body))

        assert changes(kind, desired, readback) == ()


@EACH_KIND
@EACH_CONNECTOR
def test_with_all_values_known_nothing_is_unknown(kind: Kind, derived: Derived) -> None:
    assert unknowns([desired for _, desired in each_resource(kind, derived)]) == []


@EACH_KIND
@EACH_CONNECTOR
def test_without_any_value_a_body_is_made_all_the_same(kind: Kind, derived: Derived) -> None:
    """A plan is possible before the first read; what is missing is named as in placeholders."""
    for resource in kind.resources(derived):
        desired = kind.desired(derived, resource, Refs())
        kind.comparable(desired, {})

        assert {name for gap in unknowns(desired) for name in gap.refs} <= NAMES


@EACH_KIND
@EACH_CONNECTOR
def test_a_kind_provides_only_what_placeholders_name(kind: Kind, derived: Derived) -> None:
    for resource in kind.resources(derived):
        assert set(kind.provides(derived, resource, {})) <= NAMES


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if kind.name in UPDATED_BY_PUT],
    ids=lambda kind: kind.name,
)
def test_an_update_keeps_what_others_added(kind: Kind) -> None:
    """PUT removes what it leaves out, so the readback lies under what we want."""
    for _, desired in each_resource(kind, CONNECTORS["contoso"]):
        readback = json.loads(json.dumps(kind.write(desired, None, ()).body))
        readback |= {"id": "/x", "name": "x", "type": "y", "systemData": {}}
        readback["properties"]["theirs"] = {"kept": 1}
        verb, body = kind.write(desired, readback, ())

        assert verb is Verb.PUT
        assert body["properties"]["theirs"] == {"kept": 1}
        assert changes(kind, desired, body) == ()
        assert not {"id", "name", "type", "systemData"} & set(body)
