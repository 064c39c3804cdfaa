"""Each limit that Azure documents is told with its field and what to do instead."""

from typing import Any

import pytest

from controller.reconcile.preflight import limits
from controller.reconcile.preflight.findings import Severity
from tests.reconcile.preflight.connectors import STREAM, columns, flowing, said, verdict
from tests.reconcile.samples import derived

TEXT = {"name": "User", "type": "string"}


def table(*more: dict[str, str], **replaced: Any) -> dict[str, Any]:
    return {"name": "Logins_CL", "columns": [TEXT, *more], **replaced}


def named(name: str) -> dict[str, str]:
    return {"name": name, "type": "string"}


def one(**replaced: Any) -> str:
    """The only finding about such a spec."""
    (found,) = said(verdict(derived(**replaced)))
    return found


@pytest.mark.parametrize("name", sorted(limits.RESERVED))
def test_a_column_of_azures_own_is_an_error(name: str) -> None:
    assert one(tables=[table(named(name))]) == (
        f"error spec.tables[0].columns[1].name: {name} is a column of Azure's own: "
        "choose another name"
    )


@pytest.mark.parametrize("name", ["A", "1st", "_raw", "with-hyphen", "a" * 46, "ä1"])
def test_a_name_that_no_table_column_can_have_is_an_error(name: str) -> None:
    assert one(tables=[table(named(name))]).startswith(
        f"error spec.tables[0].columns[1].name: {name} is no name for a table's column: 2 to 45"
    )


@pytest.mark.parametrize("name", ["id2", "type", "Ab", "a" * 45, "a_1"])
def test_other_names_are_silent(name: str) -> None:
    assert said(verdict(derived(tables=[table(named(name))]))) == []


def test_a_stream_may_call_its_columns_as_it_likes() -> None:
    names = {"_raw": "string", "id": "string", "Patch-Id": "string", **STREAM}
    rule = {
        "streams": [{"name": "Custom-Events", "columns": columns(names)}],
        "flows": [
            {
                "stream": "Custom-Events",
                "table": "Events_CL",
                "transformKql": "source | project TimeGenerated = now(), Text = _raw",
            }
        ],
    }
    assert said(verdict(flowing(None, rule=rule))) == []


def test_time_generated_counts_among_a_tables_columns() -> None:
    many = [named(f"Column{place}") for place in range(499)]
    assert one(tables=[table(*many)]).startswith(
        "error spec.tables[0].columns: 501 with TimeGenerated, a table has at most 500"
    )


@pytest.mark.parametrize(
    ("field", "days"), [("retentionInDays", 3), ("retentionInDays", 731), ("retentionInDays", 0)]
)
def test_a_retention_outside_of_the_documented_bounds_warns(field: str, days: int) -> None:
    assert one(tables=[table(**{field: days})]) == (
        f"warning spec.tables[0].{field}: {days} is outside of what Azure documents: -1 or 4 to 730"
    )


@pytest.mark.parametrize("days", [-1, 4, 730])
def test_a_retention_within_them_is_silent(days: int) -> None:
    wanted = table(retentionInDays=days, totalRetentionInDays=4383)
    assert said(verdict(derived(tables=[wanted]))) == []


def test_the_interactive_retention_of_a_basic_table_is_azures() -> None:
    assert "Azure sets it by itself" in one(tables=[table(plan="Basic", retentionInDays=8)])


def test_an_eleventh_table_makes_an_eleventh_flow_and_stream() -> None:
    tables = [{"name": f"T{place}_CL", "columns": [TEXT]} for place in range(11)]
    assert said(verdict(derived(tables=tables))) == [
        "error spec.rule.flows: 11 data flows, a rule has at most 10: use a second connector",
        "error spec.rule.streams: 11 streams, a rule has at most 10: use a second connector",
    ]


def test_a_transform_has_a_length() -> None:
    text = "source | project TimeGenerated = now() //"
    longest = text + "x" * (15_360 - len(text))
    assert said(verdict(flowing(longest))) == []
    (found,) = said(verdict(flowing(f"{longest}x")))
    assert found.startswith(
        "error spec.rule.flows[0].transformKql: 15361 characters, Azure takes 15360: shorten it"
    )


def test_a_guid_in_a_stream_is_sent_as_string() -> None:
    stream = {"name": "Custom-Logins", "columns": [{"name": "User", "type": "guid"}]}
    (found, *_) = verdict(derived(rule={"streams": [stream]})).findings
    assert (found.severity, found.field) == (
        Severity.WARNING,
        "spec.rule.streams[0].columns[0].type",
    )
    assert "toguid() in the transform" in found.message


def test_a_stream_that_no_flow_takes_loses_its_events() -> None:
    streams = [{"name": f"Custom-{name}", "columns": [TEXT]} for name in ("Logins", "Lost")]
    flow = {
        "stream": "Custom-Logins",
        "table": "Logins_CL",
        "transformKql": "source | extend TimeGenerated = now()",
    }
    assert one(rule={"streams": streams, "flows": [flow]}) == (
        "warning spec.rule.streams[1].name: no flow takes Custom-Lost, so that its events are "
        "dropped: add a flow to spec.rule.flows, or leave the stream out"
    )


def test_a_data_connector_for_a_built_in_stream_that_no_flow_takes_warns() -> None:
    connectors = [{"name": "acme", "stream": "Microsoft-ABAPAuditLog"}]
    assert one(dataConnectors=connectors) == (
        "warning spec.dataConnectors[0].stream: no flow takes Microsoft-ABAPAuditLog: "
        "name one of Custom-Logins"
    )


def test_a_definitions_name_has_no_dot() -> None:
    assert one(definition={"name": "acme.push"}).startswith(
        "error spec.definition.name: acme.push may hold letters, digits, - and _ only"
    )
