"""A rule is compared by what its data does, and written without losing what others set."""

import copy
from typing import Any

import pytest

from controller.kinds.rule import KIND
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Body, Write
from controller.reconcile.diff import changes
from tests.kinds.samples import REFS, contoso, minimal, shipped


def desired(**rule: Any) -> Body:
    made = minimal(rule=rule) if rule else contoso()
    return KIND.desired(made, KIND.resources(made)[0], REFS)


def readback(of: Body | None = None) -> dict[str, Any]:
    """As Azure answers (FIELD part 1, 1), and as a portal-made rule looks."""
    body = copy.deepcopy(dict(of or desired()))
    properties = body["properties"]
    properties |= {
        "immutableId": "dcr-1",
        "provisioningState": "Succeeded",
        "endpoints": {"logsIngestion": "https://direct", "metricsIngestion": "https://m"},
        "dataSources": {},
    }
    target = properties["destinations"]["logAnalytics"][0]
    target |= {"workspaceId": "b1d8ea12-0000-4000-8000-000000000001", "name": "b1d8ea12"}
    target["workspaceResourceId"] = target["workspaceResourceId"].lower()
    for flow in properties["dataFlows"]:
        flow["destinations"] = ["b1d8ea12"]
    return {**body, "id": "/x", "name": "rule", "etag": '"1"', "systemData": {}}


def update(want: Body, have: Body) -> Write:
    return KIND.write(want, have, changes(KIND, want, have))


def test_another_name_of_the_destination_is_no_drift() -> None:
    assert changes(KIND, desired(), readback()) == ()


def test_an_update_keeps_the_destinations_name_and_drops_what_only_azure_writes() -> None:
    have = readback()
    have["properties"]["dataFlows"][0]["transformKql"] = "source"
    have["tags"]["cost"] = "7"
    have["identity"] = {"type": "SystemAssigned"}
    body = update(desired(), have).body

    assert set(body) == {"location", "tags", "identity", "properties"}
    assert set(body["properties"]) == {*desired()["properties"], "dataSources"}
    assert body["properties"]["destinations"]["logAnalytics"] == [
        {
            "workspaceResourceId": REFS["workspace.id"],
            "name": "b1d8ea12",
        }
    ]
    assert body["properties"]["dataFlows"][0]["destinations"] == ["b1d8ea12"]
    assert body["tags"]["cost"] == "7"
    assert changes(KIND, desired(), body) == ()


def test_a_rule_that_ends_in_another_workspace_is_turned_to_ours() -> None:
    have = readback()
    target = have["properties"]["destinations"]["logAnalytics"][0]
    target["workspaceResourceId"] += "-2"
    have["properties"]["destinations"]["eventHubs"] = None
    found = changes(KIND, desired(), have)

    assert {change.path.split("/")[2] for change in found} == {"destinations", "dataFlows"}
    assert (
        update(desired(), have).body["properties"]["destinations"]
        == (desired()["properties"]["destinations"])
    )


def test_no_identity_is_sent_back_where_there_is_none() -> None:
    have = {**readback(), "identity": {"type": "None"}}

    assert "identity" not in update(desired(), have).body


def test_the_owners_tag_is_put_back_in_our_spelling() -> None:
    have = {**readback(), "tags": {"Contoso-Connector-Owner": "other"}}

    assert update(desired(), have).body["tags"] == desired()["tags"]


@pytest.mark.parametrize("kind", ["", None, " "])
def test_a_blank_kind_is_none(kind: str | None) -> None:
    assert changes(KIND, desired(), {**readback(), "kind": kind}) == ()


@pytest.mark.parametrize(("field", "value"), [("kind", "Linux"), ("location", "westeurope")])
def test_what_azure_sets_once_stops(field: str, value: str) -> None:
    with pytest.raises(Stalled, match=f"{field} is {value} in Azure") as caught:
        update(desired(), {**readback(), field: value})
    assert caught.value.reason is Reason.IMMUTABLE


def test_a_region_is_the_same_in_its_long_name() -> None:
    assert changes(KIND, desired(), {**readback(), "location": "France Central"}) == ()


def test_lines_ends_and_blanks_at_them_are_no_change_of_a_transform() -> None:
    have = readback()
    have["properties"]["dataFlows"][0]["transformKql"] += "  \r\n\n"

    assert changes(KIND, desired(), have) == ()


def test_a_changed_word_of_a_transform_is() -> None:
    have = readback()
    have["properties"]["dataFlows"][0]["transformKql"] = "source | extend TimeGenerated = Now()"

    assert changes(KIND, desired(), have)


def test_an_extra_stream_destination_or_flow_is_drift() -> None:
    for part in ("streamDeclarations", "destinations", "dataFlows"):
        have = readback()
        match have["properties"][part]:
            case list() as flows:
                flows.append({**flows[0], "outputStream": "Microsoft-Syslog"})
            case streams if part == "streamDeclarations":
                streams["Custom-Extra"] = {"columns": []}
            case destinations:
                destinations["azureMonitorMetrics"] = {"name": "metrics"}
        found = changes(KIND, desired(), have)

        assert [change.path.split("/")[2] for change in found] == [part]
        assert changes(KIND, desired(), update(desired(), have).body) == ()


def test_an_extra_column_of_a_stream_is_drift_and_goes() -> None:
    have = readback()
    columns = have["properties"]["streamDeclarations"]["Custom-ContosoSecurityAlerts"]["columns"]
    columns.append({"name": "Extra", "type": "string"})
    write = update(desired(), have)

    assert (
        write.body["properties"]["streamDeclarations"]
        == (desired()["properties"]["streamDeclarations"])
    )


def test_the_order_of_flows_and_columns_does_not_count() -> None:
    made = shipped("large")
    want = KIND.desired(made, KIND.resources(made)[0], REFS)
    have = readback(want)
    have["properties"]["dataFlows"].reverse()
    for stream in have["properties"]["streamDeclarations"].values():
        stream["columns"].reverse()

    assert changes(KIND, want, have) == ()


def test_a_flow_without_a_transform_is_sent_without_one() -> None:
    flow = {"stream": "Microsoft-ABAPAuditLog", "outputStream": "Microsoft-ABAPAuditLog"}

    assert desired(flows=[flow])["properties"]["dataFlows"] == [
        {
            "streams": ["Microsoft-ABAPAuditLog"],
            "destinations": ["clv2ws1"],
            "outputStream": "Microsoft-ABAPAuditLog",
        }
    ]


def test_a_direct_rule_names_no_endpoint_and_gives_its_own_address() -> None:
    made = minimal(rule={"kind": "Direct"})
    (resource,) = KIND.resources(made)
    body = KIND.desired(made, resource, REFS)

    assert body["kind"] == "Direct"
    assert "dataCollectionEndpointId" not in body["properties"]
    assert KIND.provides(made, resource, readback(body)) == {
        "rule.id": resource.id,
        "rule.name": resource.name,
        "rule.immutableId": "dcr-1",
        "rule.logsIngestion": "https://direct",
    }
