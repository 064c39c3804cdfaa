"""Which of two objects has the better right to what both name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from controller.model.connector import Connector
from controller.model.derived import derive
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.model.spec import parse
from controller.reconcile.adoption import resources
from controller.reconcile.rivals import Neighbours, held, named
from tests.reconcile.fakes import NOW
from tests.reconcile.samples import GROUP, RULE, connector

OLD, NEW = "2026-11-24T11:00:00Z", "2026-11-24T12:00:00Z"
SAME_RULE: dict[str, Any] = {"rule": {"name": "acme"}, "definition": {"name": "another"}}
SAME_CARD: dict[str, Any] = {"definition": {"name": "acme"}}
SAME_PUSH: dict[str, Any] = {
    "definition": {"name": "another"},
    "dataConnectors": [{"name": "acme"}],
}
MINE = frozenset(named(connector()))


def elder(name: str = "elder", **spec: Any) -> Connector:
    return connector(name, created=OLD, **spec)


def neighbours(*others: Connector, me: Connector | None = None) -> Neighbours:
    return Neighbours(me or connector(), others, "demo", NOW)


SPECS: dict[str, dict[str, Any]] = {
    "nothing named": {},
    "everything named": {
        "tables": [
            {"name": "Logins_CL", "columns": [{"name": "User", "type": "string"}]},
            {"name": "More_CL", "columns": [{"name": "User", "type": "string"}]},
        ],
        "endpoint": {"create": {"name": "dce", "resourceGroup": "net"}},
        "rule": {"name": "dcr", "resourceGroup": "rules"},
        "definition": {"name": "Card"},
        "dataConnectors": [{"name": "one"}, {"name": "two"}],
    },
    "an endpoint of others": {
        "endpoint": {
            "existing": {
                "resourceId": f"{GROUP}/providers/Microsoft.Insights/dataCollectionEndpoints/x"
            }
        }
    },
}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_the_ids_read_from_a_raw_spec_are_those_of_its_resources(spec: dict[str, Any]) -> None:
    held = connector("a.b", **spec)
    parsed = derive(parse(held.spec), namespace="default", name="a.b", installation="demo")
    follow = {KindName.METADATA, KindName.ROLE_ASSIGNMENT, KindName.APPLICATION}
    expected = {r.id.casefold() for r in resources(parsed) if r.kind not in follow}
    assert named(held) == expected


def test_a_spec_of_another_shape_names_nothing_that_is_ours() -> None:
    strange = replace(connector("x"), spec={"workspace": "here", "tables": "none", "rule": []})
    assert not named(strange) & MINE


@pytest.mark.parametrize(
    ("spec", "what"),
    [(SAME_RULE, "Rule"), (SAME_CARD, "Definition"), (SAME_PUSH, "DataConnector")],
)
def test_the_younger_of_two_yields(spec: dict[str, Any], what: str) -> None:
    conflict = neighbours(elder(**spec)).rival(MINE)
    assert conflict is not None
    assert conflict.reason is Reason.CONFLICT
    assert conflict.message.startswith(f"{what} acme belongs to the older object default/elder")


def test_the_older_of_two_does_not_yield() -> None:
    younger = connector("younger", created=NEW, **SAME_RULE)
    assert neighbours(younger, me=elder("acme")).rival(MINE) is None


def test_of_two_of_the_same_second_the_uid_decides() -> None:
    one, other = connector("a", **SAME_RULE), connector("b", **SAME_RULE)
    assert neighbours(other, me=one).rival(named(one)) is None
    assert neighbours(one, me=other).rival(named(other)) is not None


def test_an_object_that_is_being_deleted_still_holds_what_it_has() -> None:
    assert neighbours(replace(elder(**SAME_RULE), deleting=True)).rival(MINE) is not None


def test_tables_and_endpoints_are_no_conflict() -> None:
    assert neighbours(elder()).rival(MINE) is None


def record(state: str = "InSync", origin: str = "Adopted") -> dict[str, str]:
    return {"kind": "Rule", "name": "acme", "id": RULE, "state": state, "origin": origin}


def test_what_an_older_object_found_under_another_name_is_its_own() -> None:
    holder = replace(elder(), status={"resources": [record()]})
    assert held(holder) == {RULE.casefold()}
    assert neighbours(holder).rival(MINE) is not None


@pytest.mark.parametrize("kept", [record("Orphaned"), record(origin="Existing")])
def test_what_an_older_object_has_left_or_never_had_is_free(kept: dict[str, str]) -> None:
    assert neighbours(replace(elder(), status={"resources": [kept]})).rival(MINE) is None


@pytest.mark.parametrize(
    ("claim", "others", "at_once", "later"),
    [
        ("demo/default/elder", [elder(**SAME_RULE)], False, False),
        ("demo/default/elder", [elder()], True, True),
        ("demo/default/younger", [connector("younger", created=NEW, **SAME_RULE)], True, True),
        ("demo/default/gone", [], False, True),
        ("demo/elsewhere/gone", [], False, False),
        ("demo/elsewhere/gone", [replace(elder(), namespace="elsewhere")], False, True),
        ("other/default/elder", [elder()], False, False),
        ("somebody", [], False, False),
    ],
    ids=[
        "an older one that names it",
        "an older one that names it no more",
        "a younger one",
        "one that is no more",
        "one of a namespace that nobody serves",
        "one that is no more of a namespace that is served",
        "another installation",
        "no claim of ours",
    ],
)
def test_who_lets_go_of_a_claimed_rule(
    claim: str, others: list[Connector], *, at_once: bool, later: bool
) -> None:
    """At once, and at a second look half a minute later."""
    first = neighbours(*others, me=connector(created="2026-11-24T11:30:00Z"))
    assert first.lets_go(claim, RULE) is at_once
    second = replace(first, now=NOW + timedelta(seconds=30))
    assert second.lets_go(claim, RULE) is later


def test_an_elder_that_was_there_before_is_gone_at_the_first_look() -> None:
    before = neighbours(elder(**SAME_RULE))
    assert before.rival(MINE) is not None
    assert replace(before, others=[]).lets_go("demo/default/elder", RULE)
