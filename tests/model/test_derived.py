"""What a spec leaves out follows from what it gives, or is refused with the field's path."""

from typing import Any

import pytest

from controller.model.errors import SpecError
from tests.kinds.samples import MINIMAL, WORKSPACE, contoso, derived, minimal

GROUP = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761/resourceGroups/sentinel-rg/providers"
EXISTING = f"{GROUP}/Microsoft.Insights/dataCollectionEndpoints/shared"
ALERTS = {"name": "Alerts_CL", "columns": [{"name": "Text", "type": "string"}]}
FLOW = {"stream": "Custom-Other", "table": "AcmeLogins_CL"}
STREAM = {"name": "Custom-Other", "columns": [{"name": "Text", "type": "string"}]}


def refused(**changed: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        minimal(**changed)
    return caught.value


def test_all_names_follow_from_the_name_of_the_object() -> None:
    made = derived(MINIMAL, "acme.logins")

    assert made.rule_name == made.definition_name == made.pushes[0].name == "acme-logins"
    assert made.rule_id == f"{GROUP}/Microsoft.Insights/dataCollectionRules/acme-logins"
    assert made.owner == "demo/default/acme.logins"


def test_the_endpoint_is_the_one_that_the_workspace_shares() -> None:
    made = minimal()

    assert (made.endpoint_name, made.endpoint_managed) == ("LogAnalytics1", True)
    assert made.endpoint_id is not None
    assert made.endpoint_id.startswith(f"{GROUP}/Microsoft.Insights/dataCollectionEndpoints/")


def test_an_endpoint_may_be_named_and_lie_elsewhere() -> None:
    made = minimal(endpoint={"create": {"name": "mine", "resourceGroup": "other"}})

    assert made.endpoint_id is not None
    assert "/resourceGroups/other/" in made.endpoint_id
    assert made.endpoint_id.endswith("/mine")


def test_an_existing_endpoint_is_not_managed() -> None:
    made = minimal(endpoint={"existing": {"resourceId": EXISTING}})

    assert (made.endpoint_id, made.endpoint_name) == (EXISTING, "shared")
    assert not made.endpoint_managed


def test_a_direct_rule_needs_no_endpoint() -> None:
    assert minimal(rule={"kind": "Direct"}).endpoint_id is None


def test_a_direct_rule_may_have_an_endpoint() -> None:
    assert minimal(rule={"kind": "Direct"}, endpoint={"create": {}}).endpoint_id is not None


def test_time_generated_is_put_first() -> None:
    (table,) = minimal().tables

    assert [(column.name, column.type) for column in table.columns] == [
        ("TimeGenerated", "datetime"),
        ("User", "string"),
        ("Session", "guid"),
        ("Succeeded", "boolean"),
    ]


def test_time_generated_stays_where_it_is_given() -> None:
    columns = [{"name": "A", "type": "string"}, {"name": "TimeGenerated", "type": "dateTime"}]
    (table,) = minimal(tables=[{"name": "A_CL", "columns": columns}]).tables

    assert [column.name for column in table.columns] == ["A", "TimeGenerated"]


def test_a_stream_has_its_tables_columns_and_text_for_guids() -> None:
    ((name, columns),) = minimal().streams

    assert name == "Custom-AcmeLogins"
    assert [(column.name, column.type) for column in columns] == [
        ("TimeGenerated", "datetime"),
        ("User", "string"),
        ("Session", "string"),
        ("Succeeded", "boolean"),
    ]


def test_a_derived_flow_keeps_the_senders_time_and_makes_guids() -> None:
    (flow,) = minimal().flows

    assert (flow.output, flow.table) == ("Custom-AcmeLogins_CL", "AcmeLogins_CL")
    assert flow.transform == (
        "source | extend TimeGenerated = iif(isnull(TimeGenerated), now(), TimeGenerated), "
        "Session = toguid(Session)"
    )


def test_a_stream_without_time_gets_ours() -> None:
    (flow,) = minimal(
        tables=[ALERTS], rule={"streams": [{**STREAM, "name": "Custom-Alerts_CL"}]}
    ).flows

    assert (flow.table, flow.transform) == ("Alerts_CL", "source | extend TimeGenerated = now()")


def test_a_word_of_kql_is_quoted_in_a_derived_transform() -> None:
    columns = [{"name": "time", "type": "guid"}]
    (flow,) = minimal(tables=[{"name": "A_CL", "columns": columns}]).flows

    assert str(flow.transform).endswith("['time'] = toguid(['time'])")


def test_one_stream_may_feed_many_tables_and_a_standard_one() -> None:
    flows = [
        {"stream": "Custom-AcmeLogins", "table": "AcmeLogins_CL"},
        {"stream": "Custom-AcmeLogins", "outputStream": "Microsoft-ASimDnsActivityLogs"},
    ]
    made = minimal(rule={"flows": flows})

    assert made.fed_tables == ("AcmeLogins_CL", "ASimDnsActivityLogs")
    assert made.flows[1].output == "Microsoft-ASimDnsActivityLogs"


def test_the_same_output_twice_is_legal_and_one_fed_table() -> None:
    flows = [
        {"stream": "Custom-Alerts", "table": "Alerts_CL", "transformKql": f"source | where {test}"}
        for test in ("true", "false")
    ]
    made = minimal(tables=[ALERTS], rule={"flows": flows})

    assert (len(made.flows), made.fed_tables) == (2, ("Alerts_CL",))


def test_a_built_in_stream_needs_no_declaration() -> None:
    flow = {"stream": "Microsoft-ABAPAuditLog", "outputStream": "Microsoft-ABAPAuditLog"}
    made = minimal(tables=[], rule={"streams": [], "flows": [flow]})

    assert (made.streams, made.fed_tables) == ((), ("ABAPAuditLog",))
    assert made.flows[0].transform is None


def test_a_table_of_somebody_else_is_fed_by_output_stream() -> None:
    flow = {"stream": "Custom-AcmeLogins", "outputStream": "Custom-Other_CL"}

    assert minimal(rule={"flows": [flow]}).fed_tables == ("Other_CL",)


def test_the_walk_throughs_connector_derives_what_it_leaves_out() -> None:
    made = contoso()

    assert made.fed_tables == ("ContosoSecurityAlerts_CL",)
    assert made.endpoint_name == "contososecurityalertsdce"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        pytest.param(
            {"rule": {"flows": [{"stream": "Custom-AcmeLogins", "table": "AcmeLogins_CL"}] * 2}},
            "spec.rule.flows[1]",
            id="the same flow twice",
        ),
        pytest.param(
            {"tables": [ALERTS, {**ALERTS, "name": "alerts_CL"}]},
            "spec.tables[1].name",
            id="tables that differ in case only",
        ),
        pytest.param(
            {"rule": {"streams": [STREAM, {**STREAM, "name": "Custom-OTHER"}], "flows": [FLOW]}},
            "spec.rule.streams[1].name",
            id="streams that differ in case only",
        ),
        pytest.param(
            {"dataConnectors": [{"name": "one"}, {"name": "ONE"}]},
            "spec.dataConnectors[1].name",
            id="data connectors that differ in case only",
        ),
        pytest.param(
            {"definition": {"ui": {"id": "Other"}}}, "spec.definition.ui.id", id="another id"
        ),
        pytest.param(
            {"definition": {"ui": {"connectivityCriteria": [], "connectivityCriterias": []}}},
            "spec.definition.ui.connectivityCriterias",
            id="both spellings",
        ),
    ],
)
def test_what_cannot_be_derived_is_refused_with_its_path(
    changed: dict[str, Any], field: str
) -> None:
    assert refused(**changed).field == field


def test_an_owner_that_no_tag_can_hold_is_refused() -> None:
    with pytest.raises(SpecError, match="shorter name"):
        derived({**MINIMAL, "workspace": WORKSPACE}, "a" * 250)
