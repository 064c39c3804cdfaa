"""A legal spec is read as written; of an illegal one the field is named, and what to do."""

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.errors import SpecError
from controller.model.part import FREE_LENGTH, FREE_LEVELS
from controller.model.reasons import Reason
from controller.model.spec import Fate, RolePolicy, Spec, parse, problems
from tests.model.specs import SUBSCRIPTION, column, flow, spec, stream, table


def first(raw: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as raised:
        parse(raw)
    return raised.value.message


def test_what_is_left_out_has_the_documented_default() -> None:
    read = parse(spec(tables=None, rule={"streams": [], "flows": [BUILT_IN]}))
    assert read.tables == ()
    assert read.data_connectors == ()
    assert read.role_assignment is RolePolicy.ENSURE
    assert read.policy.deletion.created is Fate.DELETE
    assert read.policy.deletion.tables is Fate.RETAIN
    assert (read.suspend, read.resync_interval_seconds) == (False, 600)
    assert read.connectivity_interval_seconds is None


BUILT_IN = flow("Microsoft-ABAPAuditLog", "Microsoft-ABAPAuditLog")


def test_reading_does_not_need_a_dict() -> None:
    raw = spec()
    views = MappingProxyType({**raw, "workspace": MappingProxyType(raw["workspace"])})
    assert parse(views) == parse(raw)


def test_what_was_read_is_written_back_as_it_was() -> None:
    raw = spec(rule={"flows": [flow("Custom-Logins", "Logins_CL")]}, suspend=True)
    written = parse(raw).model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert written == raw


@pytest.mark.parametrize("name", ["resource_group", "Spec", ""])
def test_only_the_names_of_yaml_are_taken(name: str) -> None:
    raw = spec()
    raw["workspace"][name] = "x"
    assert first(raw).startswith(f"spec.workspace.{name}: is no field")


def test_a_misspelt_field_is_named_before_what_is_missing_for_it() -> None:
    raw = spec(tables=[{"name": "Logins_CL", "colums": [column()]}])
    assert first(raw) == (
        "spec.tables[0].colums: is no field of a ContosoConnector; did you mean columns?"
    )


ENDPOINTS = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/" + (
    "Microsoft.Insights/dataCollectionEndpoints"
)


def nested(levels: int) -> Any:
    """A list in a list, that deep."""
    found: Any = []
    for _ in range(levels - 1):
        found = [found]
    return found


def test_free_json_may_nest_as_deep_as_it_says() -> None:
    parse(spec(definition={"ui": {"a": nested(FREE_LEVELS - 1)}}))


def test_an_error_is_a_fault_that_only_a_person_ends() -> None:
    (error,) = problems(spec(suspend="true"))
    assert error.reason is Reason.INVALID_SPEC
    assert error.field == "spec.suspend"


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        ({"suspend": "true"}, "spec.suspend: is 'true', must be true or false"),
        ({"suspend": 1}, "spec.suspend: is 1, must be true or false"),
        (
            {"resyncIntervalSeconds": "600"},
            "spec.resyncIntervalSeconds: is '600', must be a whole number",
        ),
        (
            {"resyncIntervalSeconds": True},
            "spec.resyncIntervalSeconds: is true, must be a whole number",
        ),
        ({"resyncIntervalSeconds": 0}, "spec.resyncIntervalSeconds: is 0, must be at least 1"),
        (
            {"connectivityIntervalSeconds": 86401},
            "spec.connectivityIntervalSeconds: is 86401, must be at most 86400",
        ),
        ({"tables": {}}, "spec.tables: is an object, must be a list"),
        ({"rule": []}, "spec.rule: is a list, must be an object"),
        ({"definition": {"ui": "x"}}, "spec.definition.ui: is 'x', must be an object"),
        ({"rule": {"tags": {"a": 1}}}, "spec.rule.tags.a: is 1, must be text"),
        ({"rule": {"tags": {1: "a"}}}, "spec.rule.tags[1]: is 1, must be text"),
        ({7: "a"}, "spec[7]: is 7, must be text"),
        ({"rule": {"description": "\ud800"}}, "spec.rule.description: is '\\ud800': "),
        ({"rule": {"description": ["a"]}}, "spec.rule.description: is a list, must be text"),
        (
            {"roleAssignment": "ensure"},
            "spec.roleAssignment: is 'ensure', must be 'Ensure', 'Verify' or 'Ignore'",
        ),
        ({"rule": {"kind": "Linux"}}, "spec.rule.kind: is 'Linux', must be 'Direct'"),
        ({"tables": [table("Logins")]}, "spec.tables[0].name: is 'Logins', must be letters, "),
        (
            {"tables": [table("A_CL", column(type_="text"))]},
            "spec.tables[0].columns[0].type: is 'text', must be 'string', ",
        ),
        (
            {"tables": [{"name": "A_CL", "columns": []}]},
            "spec.tables[0].columns: holds 0, must hold at least 1",
        ),
        (
            {"tables": [table(f"T{number}_CL") for number in range(33)]},
            "spec.tables: holds more than 32",
        ),
        ({"application": {}}, "spec.application.existing: is required"),
        (
            {"endpoint": {"existing": {"resourceId": "dce1"}}},
            "spec.endpoint.existing.resourceId: is 'dce1', must be the resource id of a data ",
        ),
        (
            {"rule": {"resourceGroup": "../x"}},
            "spec.rule.resourceGroup: is '../x', must be the name of a resource group",
        ),
        (
            {"rule": {"resourceGroup": "a@evil.example"}},
            "spec.rule.resourceGroup: is 'a@evil.example', must be the name of a resource group",
        ),
        (
            {"rule": {"resourceGroup": "a\x01b"}},
            "spec.rule.resourceGroup: is 'a\\x01b', must be the name of a resource group",
        ),
        (
            {"endpoint": {"existing": {"resourceId": f"{ENDPOINTS}/.."}}},
            "spec.endpoint.existing.resourceId: is ",
        ),
        (
            {"endpoint": {"existing": {"resourceId": f"{ENDPOINTS}/a%2fb"}}},
            "spec.endpoint.existing.resourceId: is ",
        ),
        (
            {"rule": {"tags": {"Contoso-Connector-OWNER": "prod/soc/other"}}},
            "spec.rule.tags: holds Contoso-Connector-OWNER, which only the operator sets",
        ),
        (
            {"endpoint": {"create": {"tags": {"contoso-connector-created-by": "prod"}}}},
            "spec.endpoint.create.tags: holds contoso-connector-created-by, which only",
        ),
        (
            {"definition": {"ui": {"a": nested(FREE_LEVELS)}}},
            "spec.definition.ui: nests deeper than 64 levels",
        ),
        (
            {"definition": {"ui": {"a": "x" * FREE_LENGTH}}},
            "spec.definition.ui: is longer than 512 KiB as JSON",
        ),
        ({"dataConnectors": [{}]}, "spec.dataConnectors[0].name: is required"),
        ({"dataConnectors": [{"name": "a" * 129}]}, "spec.dataConnectors[0].name: is longer than"),
        ({"workspace": None}, "spec.workspace: is null, must be an object"),
    ],
)
def test_an_illegal_value_is_named_with_its_path_and_what_to_write(
    bent: dict[str, Any], said: str
) -> None:
    raw = {**spec(), **bent}
    assert first(raw).startswith(said)


def test_a_long_value_is_cut_in_the_message() -> None:
    assert len(first(spec(roleAssignment="x" * 10_000))) < 300


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        (
            {"rule": {"flows": [flow("Custom-Logins", "Other_CL")]}},
            "spec.rule.flows[0].table: Other_CL is not in spec.tables; another table is given by "
            "outputStream",
        ),
        (
            {
                "rule": {
                    "flows": [flow("Custom-Logins", "Logins_CL"), flow("Custom-X", "Logins_CL")]
                }
            },
            "spec.rule.flows[1].stream: no stream Custom-X is declared; there are: Custom-Logins, "
            "Custom-Alerts",
        ),
        (
            {"rule": {"flows": [{"stream": "Custom-Logins"}]}},
            "spec.rule.flows[0]: needs exactly one of table and outputStream",
        ),
        (
            {
                "rule": {
                    "flows": [flow("Custom-Logins", "Logins_CL") | {"outputStream": "Custom-B"}]
                }
            },
            "spec.rule.flows[0]: needs exactly one of table and outputStream",
        ),
        (
            {"rule": {"streams": [stream("Custom-Other")]}},
            "spec.rule.flows: is needed: not every stream has a table of the same name",
        ),
        (
            {"tables": None},
            "spec.rule.flows: is needed: not every stream has a table of the same name",
        ),
        ({"endpoint": {}}, "spec.endpoint: needs exactly one of create and existing"),
        (
            {"dataConnectors": [{"name": "a", "stream": "Custom-X"}]},
            "spec.dataConnectors[0].stream: no stream Custom-X is declared; there are: "
            "Custom-Logins, Custom-Alerts",
        ),
        (
            {"tables": [table("A_CL", column(), column("TimeGenerated"))]},
            "spec.tables[0].columns[1].type: is string, TimeGenerated must be datetime",
        ),
        (
            {"tables": [table("A_CL"), table("A_CL")]},
            "spec.tables[1].name: is 'A_CL', as that of [0] is already",
        ),
        (
            {"tables": [table("A_CL", column("x"), column("x"))]},
            "spec.tables[0].columns[1].name: is 'x', as that of [0] is already",
        ),
    ],
)
def test_fields_that_do_not_fit_together_are_named(bent: dict[str, Any], said: str) -> None:
    assert [str(problem) for problem in problems(spec(**bent))] == [said]


def test_all_problems_are_told_at_once() -> None:
    raw = spec(suspend="no", endpoint={"create": {"name": "-"}}, application={})
    assert {problem.field for problem in problems(raw)} == {
        "spec.suspend",
        "spec.endpoint.create.name",
        "spec.application.existing",
    }


@pytest.mark.parametrize(
    "rule",
    [
        {"streams": [stream("Custom-Logins")]},
        {"streams": [stream("Custom-Logins_CL")]},
        {"flows": [flow("Custom-Logins", "Microsoft-Syslog")] * 2},
        {"streams": [stream("Custom-X")], "flows": [flow("Custom-X", "Logins_CL"), BUILT_IN]},
        {"kind": "Direct"},
        {"flows": [flow("Custom-Logins", "Custom-Foreign_CL")]},
    ],
)
def test_what_shipped_connectors_do_is_legal(rule: dict[str, Any]) -> None:
    assert problems(spec(rule=rule)) == ()


def test_stream_columns_may_be_named_as_no_table_column_may() -> None:
    names = ("_raw", "Patch-IsProcessRunning", "url", "Url", "time", "id", "Type")
    streams = [{"name": "Custom-Logins", "columns": [column(name) for name in names]}]
    assert problems(spec(rule={"streams": streams})) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(key=st.sampled_from([field.alias for field in Spec.model_fields.values()]), value=JSON)
def test_any_json_gets_a_spec_or_a_path(key: str, value: Any) -> None:
    """A stored object of any shape never raises anything but a SpecError."""
    raw = {**spec(), key: value}
    for problem in problems(raw):
        assert problem.field.startswith("spec.")


def test_an_id_keeps_the_case_that_it_was_written_in() -> None:
    upper = SUBSCRIPTION.upper()
    raw = spec()
    raw["workspace"]["subscriptionId"] = upper
    assert parse(raw).workspace.subscription_id == upper
