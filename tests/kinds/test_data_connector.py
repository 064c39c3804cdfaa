"""The data connector binds what the other resources gave back, whatever Azure calls its keys."""

import copy
from typing import Any

import pytest

from controller.kinds.data_connector import KIND
from controller.model.resource import Body
from controller.reconcile.diff import changes
from tests.kinds.samples import REFS, VALUES, minimal

LIST = f"{VALUES['workspace.id']}/providers/Microsoft.SecurityInsights/dataConnectors"
NAMED = {"name": "AcmePush", "stream": "Custom-AcmeLogins"}


def desired(**changed: Any) -> Body:
    derived = minimal(**changed)
    return KIND.desired(derived, KIND.resources(derived)[0], REFS)


def camel(body: Body) -> dict[str, Any]:
    """As it is expected back: every key in camelCase (API 6), GUIDs in another case."""
    have = copy.deepcopy(dict(body))
    auth = have["properties"]["auth"]
    auth["appId"] = auth.pop("AppId").upper()
    auth["servicePrincipalId"] = auth.pop("ServicePrincipalId")
    return have


def test_keys_in_another_case_are_no_change() -> None:
    assert changes(KIND, desired(), camel(desired())) == ()


def test_an_update_leaves_one_spelling_of_each_key() -> None:
    have = {**camel(desired()), "etag": "9700d6c2", "name": "x"}
    have["properties"]["auth"]["appId"] = "00000000-0000-0000-0000-000000000000"
    body = KIND.write(desired(), have, changes(KIND, desired(), have)).body

    assert body == {**desired(), "etag": "9700d6c2"}


def test_a_readback_without_is_active_is_no_change() -> None:
    have = copy.deepcopy(dict(desired()))
    del have["properties"]["isActive"]

    assert changes(KIND, desired(), have) == ()


def test_a_data_connector_that_somebody_switched_off_is_a_change() -> None:
    have = copy.deepcopy(dict(desired()))
    have["properties"]["isActive"] = False

    (change,) = changes(KIND, desired(), have)
    assert change.path == "/properties/isActive"


def test_free_properties_lie_under_the_derived_ones() -> None:
    free = {
        "request": {"RetryCount": 1},
        "response": {"eventsJsonPaths": ["$.messages"]},
        "auth": {"appId": "mine"},
        "dcrConfig": {"dataCollectionRuleId": "/subscriptions/x"},
    }
    body = desired(dataConnectors=[{**NAMED, "properties": free}])

    assert body["properties"]["request"] == {"RetryCount": 1}
    assert body["properties"]["auth"] == desired()["properties"]["auth"]
    assert body["properties"]["dcrConfig"] == {
        **desired()["properties"]["dcrConfig"],
        "dataCollectionRuleId": "/subscriptions/x",
    }


def test_a_named_one_is_read_by_its_name() -> None:
    (resource,) = KIND.resources(minimal(dataConnectors=[NAMED]))

    assert (resource.id, resource.find) == (f"{LIST}/AcmePush", None)


@pytest.mark.parametrize(
    ("kind", "definition", "found"),
    [("Push", "acme", True), ("push", "acme", True), ("Push", "b", False), ("GCP", "acme", False)],
)
def test_one_without_a_name_is_known_by_its_definition(
    kind: str, definition: str, *, found: bool
) -> None:
    (resource,) = KIND.resources(minimal())
    listed = {"kind": kind, "properties": {"ConnectorDefinitionName": definition}}

    assert resource.find is not None
    assert resource.find.collection == LIST
    assert resource.find.matches(listed) is found


def test_a_direct_rule_without_an_endpoint_takes_events_itself() -> None:
    config = desired(rule={"kind": "Direct"})["properties"]["dcrConfig"]

    assert config["dataCollectionEndpoint"] == VALUES["rule.logsIngestion"]


def test_each_of_several_has_its_own_stream() -> None:
    tables = [
        {"name": f"{name}_CL", "columns": [{"name": "A", "type": "string"}]} for name in ("A", "B")
    ]
    connectors = [{"name": "one", "stream": "Custom-A"}, {"name": "two", "stream": "Custom-B"}]
    derived = minimal(tables=tables, dataConnectors=connectors)

    assert [
        KIND.desired(derived, resource, REFS)["properties"]["dcrConfig"]["streamName"]
        for resource in KIND.resources(derived)
    ] == ["Custom-A", "Custom-B"]
