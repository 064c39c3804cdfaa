"""The card shows what the spec gives, derives the rest, and reads back as it was meant."""

import copy
from typing import Any

import pytest

from controller.kinds.definition import KIND
from controller.model.errors import SpecError
from controller.model.resource import Body, Refs, Unknown
from controller.reconcile.diff import changes
from tests.kinds.samples import REFS, VALUES, contoso, minimal, shipped

TITLE = "to $(endpoint.logsIngestion)"


def desired(refs: Refs = REFS, **changed: Any) -> Body:
    derived = minimal(**changed)
    return KIND.desired(derived, KIND.resources(derived)[0], refs)


def card(**changed: Any) -> dict[str, Any]:
    shown = desired(**changed)["properties"]["connectorUiConfig"]
    assert isinstance(shown, dict)
    return shown


def readback() -> tuple[Body, dict[str, Any]]:
    """The walk-through's definition, and the same as an example of Azure's shows it (UI.md)."""
    derived = contoso()
    want = KIND.desired(derived, KIND.resources(derived)[0], REFS)
    have = copy.deepcopy(dict(want))
    have |= {"id": "/x", "name": "x", "etag": '"1"', "type": "t"}
    have["properties"] |= {"createdTimeUtc": "2026", "lastModifiedUtc": "2026"}
    shown = have["properties"]["connectorUiConfig"]
    shown |= {"logo": None, "isConnectivityCriteriasMatchSome": False}
    shown["availability"]["isPreview"] = False
    shown["permissions"]["resourceProvider"][0]["requiredPermissions"]["action"] = False
    shown["Title"] = shown.pop("title")
    shown["connectivityCriteria"][0]["type"] = "isConnectedQuery"
    return want, have


def test_what_azure_adds_and_recases_is_no_change() -> None:
    assert changes(KIND, *readback()) == ()


def test_the_order_of_steps_counts() -> None:
    want, have = readback()
    have["properties"]["connectorUiConfig"]["instructionSteps"].reverse()

    assert changes(KIND, want, have)


def test_an_update_carries_the_etag_and_nothing_that_azure_writes() -> None:
    want, have = readback()
    have["properties"]["connectorUiConfig"]["Title"] = "somebody's"
    body = KIND.write(want, have, changes(KIND, want, have)).body

    assert body["etag"] == '"1"'
    assert set(body) == {"kind", "properties", "etag"}
    assert set(body["properties"]) == {"connectorUiConfig"}
    assert "Title" not in body["properties"]["connectorUiConfig"]
    assert changes(KIND, want, body) == ()


def test_a_given_key_replaces_the_derived_one_whole() -> None:
    steps = [{"title": "mine"}]
    shown = card(definition={"ui": {"instructionSteps": steps, "graphQueriesTableName": "T"}})

    assert (shown["instructionSteps"], shown["graphQueriesTableName"]) == (steps, "T")


def test_the_classic_spelling_is_written_as_the_schema_has_it() -> None:
    criteria = [{"type": "HasDataConnectors"}]
    shown = card(definition={"ui": {"connectivityCriterias": criteria}})

    assert shown["connectivityCriteria"] == criteria
    assert "connectivityCriterias" not in shown


def test_the_author_is_the_publisher() -> None:
    assert card(definition={"metadata": {"author": {"name": "Acme"}}})["publisher"] == "Acme"


def test_one_query_a_table_of_our_own_tells_whether_it_is_connected() -> None:
    derived = shipped("large")
    body = KIND.desired(derived, KIND.resources(derived)[0], REFS)
    (criterion,) = body["properties"]["connectorUiConfig"]["connectivityCriteria"]

    assert len(criterion["value"]) == len(derived.tables)
    assert not any("CommonSecurityLog" in query for query in criterion["value"])


def test_without_an_own_table_a_data_connector_tells_it() -> None:
    flow = {"stream": "Custom-A", "outputStream": "Microsoft-CommonSecurityLog"}
    stream = {"name": "Custom-A", "columns": [{"name": "A", "type": "string"}]}
    shown = card(tables=[], rule={"streams": [stream], "flows": [flow]})

    assert shown["connectivityCriteria"] == [{"type": "HasDataConnectors"}]
    assert [item["name"] for item in shown["dataTypes"]] == ["CommonSecurityLog"]


def test_placeholders_are_filled_in_ui_and_connections_config() -> None:
    config = {"templateSpecName": "$(workspace.id)/spec", "templateSpecVersion": "1.0.0"}
    body = desired(definition={"ui": {"title": "$(rule.name)"}, "connectionsConfig": config})

    assert body["properties"]["connectorUiConfig"]["title"] == VALUES["rule.name"]
    assert body["properties"]["connectionsConfig"]["templateSpecName"] == (
        f"{VALUES['workspace.id']}/spec"
    )


def test_a_card_that_shows_no_value_needs_none() -> None:
    ui: dict[str, Any] = {"instructionSteps": []}

    assert desired(Refs(), definition={"ui": ui}) == desired(REFS, definition={"ui": ui})


def test_an_unknown_placeholder_is_refused_with_its_path() -> None:
    with pytest.raises(SpecError) as caught:
        desired(definition={"connectionsConfig": {"templateSpecName": "$(workspace.nam)"}})
    assert caught.value.field == "spec.definition.connectionsConfig.templateSpecName"


def test_a_direct_rule_shows_its_own_address() -> None:
    direct = {"rule": {"kind": "Direct"}, "definition": {"ui": {"title": TITLE}}}

    assert card(**direct)["title"] == f"to {VALUES['rule.logsIngestion']}"


def test_a_direct_rule_waits_for_its_own_address() -> None:
    direct = {"rule": {"kind": "Direct"}, "definition": {"ui": {"title": TITLE}}}
    body = desired(Refs(), **direct)

    title = body["properties"]["connectorUiConfig"]["title"]
    assert title == Unknown(frozenset({"rule.logsIngestion"}))


def test_a_direct_rule_has_no_endpoint_to_name() -> None:
    with pytest.raises(SpecError, match="has no value"):
        card(rule={"kind": "Direct"}, definition={"ui": {"title": "$(endpoint.name)"}})
