"""The card: all that the portal would not understand or show wrongly warns, with its path."""

from typing import Any

import pytest

from tests.reconcile.preflight.connectors import said, verdict
from tests.reconcile.samples import derived

UI = "spec.definition.ui"
STEP = f"{UI}.instructionSteps[0].instructions[0]"
SHARED: dict[str, Any] = {
    "tables": [],
    "rule": {
        "streams": [{"name": "Custom-Logs", "columns": [{"name": "Message", "type": "string"}]}],
        "flows": [
            {
                "stream": "Custom-Logs",
                "outputStream": "Microsoft-CommonSecurityLog",
                "transformKql": "source | extend TimeGenerated = now()",
            }
        ],
    },
}
"""a connector that fills a standard table only"""


def about(ui: dict[str, Any], **replaced: Any) -> list[str]:
    return said(verdict(derived(definition={"ui": ui}, **replaced)))


def instruction(type_: str, **parameters: Any) -> list[str]:
    item = {"type": type_, "parameters": parameters}
    return about({"instructionSteps": [{"title": "One", "instructions": [item]}]})


@pytest.mark.parametrize(
    ("ui", "found"),
    [
        ({"dataTyps": []}, ".dataTyps: dataTyps is not in Microsoft's reference: is dataTypes"),
        ({"mood": "good"}, ".mood: mood is not in Microsoft's reference: leave it out, or see"),
        ({"dataTypes": {}}, ".dataTypes: must be a list: put the value into one"),
        ({"dataTypes": ["Logins_CL"]}, ".dataTypes[0]: must be an object with name, lastData"),
        ({"dataTypes": [{"name": "x"}]}, ".dataTypes[0]: lacks lastDataReceivedQuery, which"),
        ({"graphQueries": [{"legend": "x"}]}, ".graphQueries[0]: lacks metricName, baseQuery"),
        ({"sampleQueries": [{"query": "x"}]}, ".sampleQueries[0]: lacks description"),
        ({"permissions": {"customs": [{"name": "x"}]}}, ".permissions.customs[0]: lacks descr"),
        (
            {"permissions": {"resourceProvider": [{"provider": "x"}]}},
            ".permissions.resourceProvider[0]: lacks permissionsDisplayText, providerDisplayName",
        ),
        ({"connectivityCriteria": [{}]}, ".connectivityCriteria[0]: lacks type"),
        (
            {"connectivityCriteria": [{"type": "Telepathy"}]},
            ".connectivityCriteria[0].type: Telepathy is unknown: use IsConnectedQuery or HasData",
        ),
        (
            {"connectivityCriterias": [{"type": "isConnectedQuery"}]},
            ".connectivityCriterias[0].value: is empty: give a list with at least one query",
        ),
        ({"instructionSteps": {}}, ".instructionSteps: must be a list"),
        ({"instructionSteps": ["x"]}, ".instructionSteps[0]: must be an object with title"),
        (
            {"instructionSteps": [{"instructions": {"type": "Markdown"}}]},
            ".instructionSteps[0].instructions: must be a list",
        ),
        (
            {"instructionSteps": [{"innerSteps": [{"instructions": [{"type": "Markdown"}]}]}]},
            ".instructionSteps[0].innerSteps[0].instructions[0]: lacks parameters",
        ),
        (
            {"descriptionMarkdown": "Call {{yourTenant}}"},
            ".descriptionMarkdown: {{yourTenant}} looks like a value that another tool's template",
        ),
    ],
)
def test_what_microsoft_documents_otherwise_warns(ui: dict[str, Any], found: str) -> None:
    (line,) = [each for each in about(ui) if f"{UI}{found}" in each]
    assert line.startswith("warning ")


def test_a_value_that_another_template_would_fill_is_an_error_elsewhere() -> None:
    (line,) = about({"title": "[parameters('title')]"})
    assert line.startswith(f"error {UI}.title: \"[parameters('title')]\" is a value that another")


def test_an_unknown_placeholder_is_an_error_that_names_the_known_ones() -> None:
    (line,) = about({"title": "$(rule.nope)"})
    assert line.startswith(f"error {UI}.title: $(rule.nope) is not known. Known: $(rule.id)")


@pytest.mark.parametrize("type_", ["DeployPushConnectorButton", "DeployPushConnectorButton_test"])
def test_the_deploy_button_would_make_all_of_it_a_second_time(type_: str) -> None:
    assert instruction(type_, label="Deploy") == [
        f"warning {STEP}.type: {type_} would make a second application, endpoint and rule beside "
        "those that the operator keeps: leave it out"
    ]


@pytest.mark.parametrize(
    ("type_", "parameters", "found"),
    [
        (
            "CopyableLable",
            {"label": "x"},
            "type: CopyableLable is not in Microsoft's reference: is",
        ),
        ("CopyableLabel", {"value": "x"}, "parameters: lacks label"),
        ("CopyableLabel", {"label": "x", "fillWith": ["Moon"]}, "fillWith: Moon is unknown to"),
        (
            "InstructionStepsGroup",
            {"title": "x", "instructionSteps": [{"instructions": [{}]}]},
            "parameters.instructionSteps[0].instructions[0]: lacks type, parameters",
        ),
    ],
)
def test_an_instruction_that_the_portal_does_not_know_warns(
    type_: str, parameters: dict[str, Any], found: str
) -> None:
    (line,) = instruction(type_, **parameters)
    assert line.startswith(f"warning {STEP}.")
    assert found in line


@pytest.mark.parametrize(
    "value",
    [
        "Custom-Logins_CL",
        "$(endpoint.logsIngestion)/streams/Custom-Logins_CL?api-version=2023-01-01",
    ],
)
def test_a_label_that_shows_a_stream_which_the_rule_lacks_warns(value: str) -> None:
    assert instruction("CopyableLabel", label="Stream", value=value) == [
        f"warning {STEP}.parameters.value: shows the stream Custom-Logins_CL, which the rule "
        "lacks: senders need one of Custom-Logins"
    ]


def test_what_shipped_connectors_use_is_silent() -> None:
    labels = [
        {"label": "Tenant", "fillWith": ["TenantId"], "rows": 1},
        {"label": "Url", "value": "{0}/streams/Custom-Logins?api-version=2023-01-01"},
    ]
    ui = {
        "graphQueriesTableName": "Logins_CL",
        "logo": "logo.svg",
        "availability": {"isPreview": True},
        "graphQueries": [{"metricName": "m", "legend": "l", "baseQuery": "Logins_CL"}],
        "connectivityCriteria": [{"type": "hasDataConnectors", "value": None}],
        "permissions": {"customs": [{"name": "Entra", "description": "x"}]},
        "instructionSteps": [
            {"title": "No instructions"},
            {
                "instructions": [
                    {"type": "Markdown", "parameters": {"content": "Send <YOUR_DATA>"}},
                    {"type": "InfoMessage", "parameters": {"text": "x"}},
                    *({"type": "CopyableLabel", "parameters": label} for label in labels),
                ]
            },
        ],
    }
    assert about(ui) == []


@pytest.mark.parametrize(
    "criteria", [{}, {"connectivityCriteria": [{"type": "HasDataConnectors", "value": []}]}]
)
def test_has_data_connectors_says_nothing_of_a_shared_table(criteria: dict[str, Any]) -> None:
    (line,) = about(criteria, **SHARED)
    assert line.startswith(
        f"warning {UI}.connectivityCriteria: HasDataConnectors says connected without any event"
    )


def test_a_query_on_a_shared_table_does() -> None:
    query = "CommonSecurityLog | where DeviceVendor == 'Acme' | take 1"
    criterion = {"type": "IsConnectedQuery", "value": [query]}
    assert about({"connectivityCriteria": [criterion]}, **SHARED) == []
