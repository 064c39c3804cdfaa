"""The whole preflight: the schemas it takes, what it leaves out and says so, the card's queries."""

import os
from typing import Any

import pytest

from controller.reconcile.preflight.findings import Severity
from tests.kusto import needs_service
from tests.reconcile.preflight.connectors import checked, flowing, said, verdict
from tests.reconcile.preflight.test_card import SHARED
from tests.reconcile.samples import derived

QUERY = "spec.definition.ui.sampleQueries[0].query"
NOW = "TimeGenerated = now()"


def asked(query: str, **ui: Any) -> dict[str, Any]:
    sample = {"description": "x", "query": query}
    return {"definition": {"ui": {**ui, "sampleQueries": [sample]}}}


@pytest.fixture
def service() -> None:
    needs_service(os.environ)


def test_the_smallest_connector_is_silent_and_complete(service: None) -> None:
    found = checked(derived())
    assert (found.findings, found.unchecked) == ((), ())


def test_without_the_checker_the_rest_still_speaks_and_says_what_is_missing() -> None:
    found = verdict(flowing("source | nonsense", definition={"name": "acme.push"}))
    assert [finding.field for finding in found.findings] == ["spec.definition.name"]
    assert found.unchecked == ("KQL was not checked: no checker for KQL is installed.",)


def test_an_output_stream_without_a_table_is_an_error() -> None:
    flow = {**SHARED["rule"]["flows"][0], "outputStream": "Custom-Others_CL"}
    rule = {**SHARED["rule"], "flows": [flow]}
    (found, *_) = verdict(derived(tables=[], rule=rule), {"Others_CL": None}).findings
    assert (found.severity, found.field) == (Severity.ERROR, "spec.rule.flows[0].outputStream")
    assert "the workspace has no Others_CL: declare it in spec.tables, correct" in found.message


def test_a_standard_table_that_azure_does_not_tell_by_its_name_is_unchecked() -> None:
    """Azure itself may know the stream all the same: its PUT says so, or waits."""
    found = verdict(derived(**SHARED), {"CommonSecurityLog": None})
    assert found.errors == ()
    assert any("Columns of CommonSecurityLog were not compared" in said for said in found.unchecked)


def test_a_table_that_nobody_asked_azure_for_is_said_to_be_unchecked(service: None) -> None:
    assert checked(derived(**SHARED)).unchecked == (
        "Columns of CommonSecurityLog were not compared with what flows give: only Azure knows "
        "them.",
    )


def test_the_columns_that_azure_answers_are_compared(service: None) -> None:
    found = checked(derived(**SHARED), {"CommonSecurityLog": {"Message": "int"}})
    assert any("gives Message as string, in the table CommonSec" in line for line in said(found))
    assert found.unchecked == ()


def test_columns_of_others_in_a_shared_table_are_known(service: None) -> None:
    wanted = flowing(f"source | project {NOW}, Text = ts, Foreign = ts")
    assert [f.message.split(",")[0] for f in checked(wanted).findings] == ["gives Foreign"]
    assert checked(wanted, {"Events_CL": {"Foreign": "string"}}).findings == ()


def test_a_built_in_stream_has_every_column(service: None) -> None:
    flow = {
        "stream": "Microsoft-ABAPAuditLog",
        "table": "Events_CL",
        "transformKql": "source | where Nobody == 'knows' | extend Text = 1",
    }
    found = checked(flowing(None, rule={"streams": [], "flows": [flow]}))
    assert [finding.message.split(",")[0] for finding in found.findings] == ["gives Text as long"]
    assert found.unchecked == (
        "Columns of the stream Microsoft-ABAPAuditLog were not checked: it is built in.",
    )


def test_a_derived_flow_is_named_by_what_it_comes_from(service: None) -> None:
    stream = {"name": "Custom-Logins", "columns": [{"name": "User", "type": "int"}]}
    (found,) = checked(derived(rule={"streams": [stream]})).findings
    assert (found.field, found.message.split(",")[0]) == (
        "spec.rule.streams[0]",
        "gives User as int",
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Logins_CL | where Nope == 1", "'Nope' does not refer to any known column"),
        ("Logins_CL | where", "correct the query, it would fail in the portal"),
        ("Acme('x') | take 1", "ignore this if it is a parser of the workspace"),
        ("Other_CL | take 1", "reads Other_CL, which this connector does not fill: it fills Logi"),
    ],
)
def test_a_mistake_in_a_query_of_the_card_only_warns(service: None, query: str, words: str) -> None:
    (found,) = checked(derived(**asked(query))).findings
    assert (found.severity, found.field) == (Severity.WARNING, QUERY)
    assert words in found.message


@pytest.mark.parametrize(
    "query",
    [
        "Logins_CL | where TenantId != '' | summarize count() by bin(TimeGenerated, 1h)",
        "CommonSecurityLog | where DeviceVendor == 'Acme' | project Anything",
        "union isfuzzy=true (Logins_CL | take 1), (Acme | take 1)",
        "Logins_CL | extend Link = '$(endpoint.logsIngestion)'",
        "{{graphQueriesTableName}} | where User == 'a'",
    ],
)
def test_a_query_that_runs_in_the_portal_is_silent(service: None, query: str) -> None:
    wanted = derived(**asked(query, graphQueriesTableName="Logins_CL"))
    assert checked(wanted).findings == ()


@pytest.mark.parametrize(
    ("ui", "field"),
    [
        (
            {"graphQueries": [{"metricName": "m", "legend": "l", "baseQuery": "Nope_CL"}]},
            "graphQueries[0].baseQuery",
        ),
        (
            {"dataTypes": [{"name": "n", "lastDataReceivedQuery": "Nope_CL"}]},
            "dataTypes[0].lastDataReceivedQuery",
        ),
        (
            {"connectivityCriteria": [{"type": "IsConnectedQuery", "value": ["T", "Nope_CL"]}]},
            "connectivityCriteria[0].value[1]",
        ),
        (
            {"connectivityCriterias": [{"type": "IsConnectedQuery", "value": ["Nope_CL"]}]},
            "connectivityCriterias[0].value[0]",
        ),
    ],
)
def test_every_kind_of_query_is_checked(service: None, ui: dict[str, Any], field: str) -> None:
    (found,) = checked(derived(definition={"ui": ui})).findings
    assert found.field == f"spec.definition.ui.{field}"


def test_a_mistake_has_its_place_unless_a_name_was_put_in_before_it(service: None) -> None:
    (plain,) = checked(derived(**asked("Logins_CL\n| where Nope == 1"))).findings
    named = asked("{{graphQueriesTableName}}\n| where Nope == 1", graphQueriesTableName="Logins_CL")
    (moved,) = checked(derived(**named)).findings
    assert (plain.line, plain.column) == (2, 9)
    assert (moved.line, moved.column) == (None, None)
