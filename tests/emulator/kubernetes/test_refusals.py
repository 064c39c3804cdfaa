"""What is refused, and that the answer says what was wrong."""

from __future__ import annotations

from typing import Any

import pytest

from controller.emulator.kubernetes import validation
from tests.clusters import Cluster
from tests.emulator.kubernetes.client import Client
from tests.emulator.kubernetes.widgets import CRD, widget

CORE = "/api/v1/namespaces/default"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"limit": "many"}, "limit: Invalid value: 'many'"),
        ({"continue": "mine"}, "continue key is not valid"),
        ({"labelSelector": "a=b=c"}, "is no label selector"),
        ({"fieldSelector": "spec.size=3"}, "field label not supported: spec.size"),
        ({"fieldSelector": "name"}, "invalid selector"),
    ],
)
async def test_a_list_that_cannot_be_understood(
    embedded: Client, query: dict[str, str], said: str
) -> None:
    code, answer = await embedded.send("GET", embedded.widgets, **query)

    assert code == 400
    assert said in answer["message"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({**widget(), "kind": "Gadget"}, "the object provided is Gadget"),
        (widget(namespace="kube-system"), "the namespace of the provided object does not match"),
        (["widget"], "the body is not an object"),
    ],
)
async def test_a_body_that_does_not_belong_to_its_path(
    embedded: Client, body: Any, said: str
) -> None:
    code, answer = await embedded.create(body)

    assert code == 400
    assert said in answer["message"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (f"{CORE}/secrets", {"kind": "Secret", "data": {"a": "%"}}, "data[a]"),
        (
            f"{CORE}/events",
            {"kind": "Event", "involvedObject": {"namespace": "soc"}},
            "involvedObject.namespace",
        ),
        (f"{CORE}/configmaps", {"kind": "ConfigMap", "metadata": {}}, "metadata.name"),
    ],
)
async def test_a_built_in_kind_with_a_bad_field(
    embedded: Client, path: str, body: dict[str, Any], field: str
) -> None:
    whole = {"apiVersion": "v1", "metadata": {"name": "a"}, **body}

    code, answer = await embedded.send("POST", path, whole)

    assert code == 422
    assert [cause["field"] for cause in answer["details"]["causes"]] == [field]


async def test_a_definition_without_a_schema_or_under_another_name(embedded: Client) -> None:
    broken = {**CRD, "metadata": {"name": "gadgets"}}
    broken["spec"] = {**CRD["spec"], "versions": [{"name": "v1", "served": True}]}

    code, answer = await embedded.send(
        "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", broken
    )

    fields = [cause["field"] for cause in answer["details"]["causes"]]
    assert code == 422
    assert fields == ["metadata.name", "spec.versions[0].schema.openAPIV3Schema"]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("DELETE", "", 405),
        ("GET", "/a/scale", 404),
        ("GET", "/a", 404),
    ],
)
async def test_a_path_or_verb_that_is_not_served(
    client: Client, method: str, path: str, code: int
) -> None:
    """A cluster deletes collections; nobody here asks for it."""
    if method == "DELETE" and not client.embedded:
        code = 200

    found, _ = await client.send(method, client.widgets + path)

    assert found == code


async def test_a_strategic_patch_of_a_custom_kind_is_not_supported(client: Client) -> None:
    await client.create(widget())

    code, _ = await client.patch({}, content_type="application/strategic-merge-patch+json")

    assert code == 415


async def test_an_apply_without_a_field_manager_is_refused(client: Client) -> None:
    code, answer = await client.patch(widget(), content_type="application/apply-patch+yaml")

    assert code in (400, 422)
    assert "fieldManager" in answer["message"]


async def test_a_secret_in_plain_text_is_stored_encoded(cluster: Cluster, client: Client) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
    path = f"/api/v1/namespaces/{cluster.namespace}/secrets"

    _, stored = await client.send("POST", path, {**body, "stringData": {"a": "b"}})

    assert stored["data"] == {"a": "Yg=="}
    assert stored["type"] == "Opaque"
    assert "stringData" not in stored


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {}, "Found 0 valid"),
        ({"anyOf": [{"required": ["a"]}]}, {}, "must validate at least one schema (anyOf)"),
        ({"allOf": [{"required": ["a"]}]}, {}, "must validate all the schemas (allOf)"),
        ({"not": {"required": ["a"]}}, {"a": 1}, "must not validate the schema (not)"),
        ({"type": "object", "minProperties": 1}, {}, "should have at least 1 properties"),
        ({"type": "object", "maxProperties": 1}, {"a": 1, "b": 2}, "must have at most 1 items"),
        ({"type": "string", "minLength": 1}, "", "should be at least 1 chars long"),
        ({"type": "string", "format": "date-time"}, "soon", "must be of type date-time"),
        ({"type": "number", "multipleOf": 2}, 3, "should be a multiple of 2"),
        ({"x-kubernetes-int-or-string": True}, [], "must be of type integer,string"),
        ({"type": "string"}, None, 'must be of type string: "null"'),
    ],
)
def test_a_value_that_breaks_a_keyword_of_the_schema(
    schema: dict[str, Any], value: Any, said: str
) -> None:
    (problem,) = validation.problems(schema, value, None, "spec")

    assert said in problem.message


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "nullable": True}, None),
        ({"x-kubernetes-int-or-string": True}, "80%"),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}),
        ({"type": "integer"}, 3.0),
    ],
)
def test_a_value_that_fits_its_schema(schema: dict[str, Any], value: Any) -> None:
    assert not list(validation.problems(schema, value, None, "spec"))
