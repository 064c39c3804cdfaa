"""The CRD is the models', structural, small, and its CEL laws say what Python says."""

import re
from collections.abc import Iterator
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from controller.cli import manifests
from controller.model import crd
from controller.model.spec import Spec, problems
from controller.model.status import Status
from tests import generated
from tests.model import laws
from tests.model.specs import column, flow, spec, stream, table

DOCUMENT = crd.document()
VERSION = DOCUMENT["spec"]["versions"][0]
ROOT = VERSION["schema"]["openAPIV3Schema"]
SPEC = ROOT["properties"]["spec"]


def nodes(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for key, below in schema.get("properties", {}).items():
        yield from nodes(below, f"{path}.{key}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from nodes(schema[key], f"{path}[]")


NODES = list(nodes(ROOT))


def test_the_file_is_what_the_models_say() -> None:
    generated.assert_equal("crds/contosoconnector.yaml", manifests.dump(DOCUMENT))


def test_every_field_says_what_it_is() -> None:
    silent = [
        path
        for path, node in NODES
        if not node.get("description") and not path.endswith("[]")
        if path not in ("", ".apiVersion", ".kind", ".metadata")
    ]
    assert silent == []


def test_the_schema_is_structural() -> None:
    """What apiextensions asks for: a type at every node, no logic that adds types or fields."""
    for path, node in NODES:
        assert node["type"] in ("object", "array", "string", "integer", "boolean"), path
        assert not node.keys() & {"$ref", "$defs", "anyOf", "oneOf", "allOf", "const", "title"}
        assert not {"properties", "additionalProperties"} <= node.keys(), path
        assert isinstance(node.get("additionalProperties", {}), dict), path


def test_only_the_status_has_a_default() -> None:
    """A default in spec would be a write to what its owner keeps in Git."""
    assert [path for path, node in NODES if "default" in node] == [".status"]


def test_every_list_says_how_it_is_merged_and_has_an_end() -> None:
    lists = {path: node for path, node in NODES if node["type"] == "array"}
    assert all("maxItems" in node for node in lists.values())
    keys = {
        path: node.get("x-kubernetes-list-map-keys")
        for path, node in lists.items()
        if node["x-kubernetes-list-type"] == "map"
    }
    assert keys == {
        ".spec.tables": ["name"],
        ".spec.tables[].columns": ["name"],
        ".spec.rule.streams": ["name"],
        ".spec.rule.streams[].columns": ["name"],
        ".spec.dataConnectors": ["name"],
        ".status.conditions": ["type"],
        ".status.resources": ["kind", "name"],
    }


def test_an_object_in_the_status_comes_and_goes_as_a_whole() -> None:
    parts = {
        path: node.get("x-kubernetes-map-type")
        for path, node in NODES
        if node["type"] == "object" and re.fullmatch(r"[.]status[.]\w+", path)
    }
    assert parts == {".status.ingestion": "atomic", ".status.plan": "atomic"}


def test_the_keys_of_a_map_list_are_required() -> None:
    for path, node in NODES:
        for key in node.get("x-kubernetes-list-map-keys", ()):
            assert key in node["items"]["required"], path


def test_every_text_has_an_end() -> None:
    """CEL's cost estimate takes text without maxLength for as long as a request may be."""
    endless = [
        path
        for path, node in nodes(SPEC)
        if node["type"] == "string" and "maxLength" not in node and "enum" not in node
    ]
    assert endless == []


def test_free_objects_keep_what_they_hold() -> None:
    free = [path for path, node in NODES if node.get("x-kubernetes-preserve-unknown-fields")]
    assert free == [
        ".spec.definition.ui",
        ".spec.definition.connectionsConfig",
        ".spec.definition.metadata.dependencies",
        ".spec.dataConnectors[].properties",
    ]


def test_a_condition_is_a_metav1_condition() -> None:
    condition = ROOT["properties"]["status"]["properties"]["conditions"]["items"]
    assert sorted(condition["properties"]) == [
        "lastTransitionTime",
        "message",
        "observedGeneration",
        "reason",
        "status",
        "type",
    ]
    assert sorted(condition["required"]) == [
        "lastTransitionTime",
        "message",
        "reason",
        "status",
        "type",
    ]


def test_nothing_reads_as_current_before_we_looked() -> None:
    default = ROOT["properties"]["status"]["default"]
    Draft202012Validator(ROOT["properties"]["status"]).validate(default)
    read = Status.model_validate(default)
    assert read.observed_generation == 0
    assert read.conditions is not None
    assert [(c.type, c.status, c.reason) for c in read.conditions] == [
        ("Ready", "Unknown", "Pending")
    ]


def test_the_columns_of_kubectl_get() -> None:
    columns = [(c["name"], c.get("priority", 0)) for c in VERSION["additionalPrinterColumns"]]
    assert columns == [
        ("Ready", 0),
        ("Status", 0),
        ("Active", 0),
        ("Connected", 0),
        ("Last data", 0),
        ("Synced", 1),
        ("Drift", 1),
        ("Reason", 1),
        ("Workspace", 1),
        ("Age", 0),
    ]


def test_the_document_is_far_from_the_limit_of_an_annotation() -> None:
    """Client-side apply writes it once more into an annotation: 256 KiB at most."""
    assert len(manifests.dump(DOCUMENT)) < 64 * 1024


@pytest.mark.parametrize("rule", [rule["rule"] for rule in laws.rules(SPEC)])
def test_every_rule_is_cel(rule: str) -> None:
    """Compiling raises for what is none."""
    cel.compile(rule)


@pytest.mark.parametrize("field", ["subscriptionId", "resourceGroup", "name"])
def test_the_workspace_cannot_be_changed(field: str) -> None:
    old = spec()
    new = spec()
    new["workspace"][field] = "other"
    (refusal,) = laws.refusals(SPEC, new, old, "spec")
    assert refusal.startswith(f"spec.workspace.{field}: cannot be changed")
    assert laws.refusals(SPEC, old, old, "spec") == []


def test_the_workspace_cannot_be_taken_out_and_put_in_again() -> None:
    assert "spec" in ROOT["required"]
    assert "workspace" in SPEC["required"]
    assert {"subscriptionId", "resourceGroup", "name"} <= set(
        SPEC["properties"]["workspace"]["required"]
    )


def test_the_location_may_come_later() -> None:
    new = spec()
    new["workspace"]["location"] = "francecentral"
    assert laws.refusals(SPEC, new, spec(), "spec") == []


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        (
            {"rule": {"flows": [flow("Custom-Logins", "Other_CL")]}},
            "spec.rule.flows: Other_CL is not in spec.tables; another table is given by "
            "outputStream",
        ),
        (
            {"rule": {"flows": [flow("Custom-X", "Logins_CL")]}},
            "spec.rule.flows: no stream Custom-X is declared",
        ),
        (
            {"rule": {"flows": [{"stream": "Custom-Logins"}]}},
            "spec.rule.flows[0]: needs exactly one of table and outputStream",
        ),
        ({"endpoint": {}}, "spec.endpoint: needs exactly one of create and existing"),
        (
            {"endpoint": {"create": {}, "existing": {"resourceId": "x"}}},
            "spec.endpoint: needs exactly one of create and existing",
        ),
        (
            {"tables": [table("A_CL", column("TimeGenerated", "string"))]},
            "spec.tables[0].columns: TimeGenerated must be datetime",
        ),
        (
            {"tables": None},
            "spec: rule.flows is needed: not every stream has a table of the same name",
        ),
        (
            {"dataConnectors": [{"name": "a", "stream": "Custom-X"}]},
            "spec.dataConnectors: a data connector's stream is neither declared nor built in "
            "(Microsoft-…)",
        ),
    ],
)
def test_the_api_server_says_what_does_not_fit(bent: dict[str, Any], said: str) -> None:
    assert laws.refusals(SPEC, spec(**bent), None, "spec") == [said]


NAMES = ("A", "B", "C")
STREAMS = st.sampled_from([*(f"Custom-{name}" for name in NAMES), "Custom-A_CL", "Microsoft-X"])
TABLES = st.sampled_from([f"{name}_CL" for name in NAMES])
FLOWS = st.fixed_dictionaries(
    {"stream": STREAMS}, optional={"table": TABLES, "outputStream": STREAMS}
)


def distinct(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(values, max_size=3, unique=True)


@st.composite
def connectors(draw: st.DrawFn) -> dict[str, Any]:
    """Specs of legal fields that may or may not fit together."""
    kinds = st.sampled_from(["string", "datetime", "dateTime"])
    bent: dict[str, Any] = {
        "tables": [
            table(name, column("TimeGenerated", draw(kinds))) for name in draw(distinct(TABLES))
        ]
    }
    rule: dict[str, Any] = {}
    if draw(st.booleans()):
        custom = STREAMS.filter(lambda name: name.startswith("Custom-"))
        rule["streams"] = [stream(name) for name in draw(distinct(custom))]
    if draw(st.booleans()):
        rule["flows"] = draw(st.lists(FLOWS, min_size=1, max_size=3))
    empty_too = draw(st.booleans())
    if rule or empty_too:
        bent["rule"] = rule
    if draw(st.booleans()):
        bent["dataConnectors"] = [{"name": "a", "stream": draw(STREAMS)}]
    return spec(**bent)


@given(connectors())
def test_cel_refuses_just_what_python_refuses(raw: dict[str, Any]) -> None:
    """The two sides of a law agree: an older API server lets nothing else through."""
    said_by_python = {str(problem).partition(":")[0] for problem in problems(raw)}
    refused_by_cel = laws.refusals(SPEC, raw, None, "spec")
    assert bool(said_by_python) == bool(refused_by_cel), (said_by_python, refused_by_cel)


@given(connectors())
def test_the_schema_takes_what_the_models_take(raw: dict[str, Any]) -> None:
    Spec.read(raw)
    assert Draft202012Validator(SPEC).is_valid(raw)
