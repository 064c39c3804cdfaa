"""What only the embedded API is asked: a cluster's controllers, rules by CEL, speed, limits."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from controller.emulator.kubernetes import rules
from controller.emulator.kubernetes.store import Key, Store
from tests.emulator.kubernetes.client import Client
from tests.emulator.kubernetes.widgets import CRD, GROUP, condition, status, widget


def parts(*names: str, **spec: Any) -> dict[str, Any]:
    body = widget()
    body["spec"] |= {"parts": [{"name": name} for name in names], **spec}
    return body


def without_name() -> dict[str, Any]:
    body = parts("a")
    body["spec"]["parts"] = [{"weight": 1}]
    return body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            widget(size="big"),  # type: ignore[arg-type] # the schema is to refuse it
            'spec.size: Invalid value: "string": '
            'spec.size in body must be of type integer: "string"',
        ),
        (
            widget(size=0),
            "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
        ),
        (
            parts(colour="Blue"),
            'spec.colour: Unsupported value: "Blue": supported values: "Red", "Green"',
        ),
        (
            parts("A"),
            'spec.parts[0].name: Invalid value: "A": '
            "spec.parts[0].name in body should match '^[a-z]+$'",
        ),
        (parts("a" * 9), "spec.parts[0].name: Too long: may not be more than 8 bytes"),
        (parts("a", "a"), 'spec.parts[1]: Duplicate value: {"name":"a"}'),
        (parts(*"abcdefghijk"), "spec.parts: Too many: 11: must have at most 10 items"),
        (without_name(), "spec.parts[0].name: Required value"),
        (parts(tags=["x", "x"]), 'spec.tags[1]: Duplicate value: "x"'),
        (parts("z"), 'spec: Invalid value: "object": no part of 3 starts with z'),
        (widget("Upper"), 'metadata.name: Invalid value: "Upper": a lowercase RFC 1123'),
    ],
)
async def test_a_refusal_names_the_field_and_what_is_wrong(
    embedded: Client, body: dict[str, Any], message: str
) -> None:
    code, said = await embedded.create(body)

    assert code == 422
    assert message in said["message"]
    assert said["details"]["causes"][0]["field"] == message.partition(":")[0]


async def test_every_problem_of_an_object_is_named_at_once(embedded: Client) -> None:
    _, said = await embedded.create(parts("A", colour="Blue"))

    fields = {cause["field"] for cause in said["details"]["causes"]}
    assert fields == {"spec.parts[0].name", "spec.colour"}


async def test_a_transition_rule_compares_with_the_stored_object(embedded: Client) -> None:
    await embedded.create(widget(size=5))

    code, said = await embedded.patch({"spec": {"size": 4}})

    assert code == 422
    assert "size must not shrink" in said["message"]


async def test_unknown_fields_are_pruned_but_where_they_are_preserved(embedded: Client) -> None:
    body = widget()
    body["spec"] |= {"sise": 1, "free": {"any": {"thing": [1]}}}

    _, stored = await embedded.create(body)

    assert stored["spec"] == {"size": 3, "colour": "Red", "free": {"any": {"thing": [1]}}}


def test_a_rule_the_library_does_not_know_is_left_out_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    schema = {"x-kubernetes-validations": [{"rule": "self.isWonderful()"}, {"rule": "self[?0]"}]}

    with caplog.at_level(logging.WARNING):
        found = [list(rules.broken(schema, "x", None)) for _ in range(2)]

    assert found == [[], []]
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "A validation rule is not checked here"
    ] * 2


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("self.name.split(',').size() == 2", True),
        ("self.name.lowerAscii() == 'a,b'", True),
        ("self.name.matches('^[a-z]')", False),
        ("has(self.missing)", False),
        ("self.list.exists(x, x == 2) && self.list.all(x, x > 0)", True),
        ("self.list.exists_one(x, x == 2)", True),
        ("self.list.map(x, x * 2).sum() == 6", True),
        ("self.missing == 1", False),
    ],
)
def test_rules_have_the_functions_of_kubernetes(rule: str, *, holds: bool) -> None:
    schema = {"x-kubernetes-validations": [{"rule": rule}]}

    found = list(rules.broken(schema, {"name": "A,B", "list": [1, 2]}, None))

    assert (not found) == holds


async def test_a_deleted_namespace_takes_its_content_along(embedded: Client) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "soc"}}
    await embedded.send("POST", "/api/v1/namespaces", space)
    path = f"/apis/{GROUP}/v1/namespaces/soc/widgets"
    await embedded.send("POST", path, widget("free"))
    await embedded.send("POST", path, widget("held", finalizers=[f"{GROUP}/hold"]))

    _, dying = await embedded.send("DELETE", "/api/v1/namespaces/soc")
    _, left = await embedded.send("GET", path)
    await embedded.patch({"metadata": {"finalizers": []}}, f"{path}/held")
    gone, _ = await embedded.send("GET", "/api/v1/namespaces/soc")

    assert dying["status"]["phase"] == "Terminating"
    assert [item["metadata"]["name"] for item in left["items"]] == ["held"]
    assert gone == 404


async def test_a_deleted_definition_takes_its_objects_along(embedded: Client) -> None:
    await embedded.create(widget())
    definition = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{GROUP}"

    await embedded.send("DELETE", definition)

    assert (await embedded.send("GET", definition))[0] == 404
    assert (await embedded.send("GET", embedded.widgets))[0] == 404


async def test_a_changed_definition_counts_at_once(embedded: Client) -> None:
    version = CRD["spec"]["versions"][0]
    columns: dict[str, Any] = {"additionalPrinterColumns": []}
    changed = {"spec": {"versions": [{**version, **columns}]}}
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{GROUP}"

    await embedded.patch(changed, path)

    accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
    _, shown = await embedded.send("GET", embedded.widgets, headers={"Accept": accept})
    assert [column["name"] for column in shown["columnDefinitions"]] == ["Name", "Age"]


async def test_nobody_enters_without_the_token(embedded: Client) -> None:
    code, said = await embedded.send(
        "GET", embedded.widgets, headers={"Authorization": "Bearer guess"}
    )

    assert (code, said["reason"]) == (401, "Unauthorized")


async def test_a_watch_may_start_with_all_objects_and_says_when_they_are_through(
    embedded: Client,
) -> None:
    await embedded.create(widget())
    query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true"}

    events = embedded.watch(embedded.widgets, **query)
    seen = [await anext(events) for _ in range(2)]
    await events.aclose()

    assert [event["type"] for event in seen] == ["ADDED", "BOOKMARK"]
    marks = seen[1]["object"]["metadata"]["annotations"]
    assert marks == {"k8s.io/initial-events-end": "true"}


async def test_a_quiet_watch_gets_bookmarks(
    embedded: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.emulator.kubernetes.watching.BOOKMARK_SECONDS", 0.01)
    events = embedded.watch(embedded.widgets, resourceVersion="1", allowWatchBookmarks="true")

    event = await anext(events)
    await events.aclose()

    assert event["type"] == "BOOKMARK"
    assert int(event["object"]["metadata"]["resourceVersion"]) > 1


async def test_a_watch_from_before_the_log_is_told_that_its_revision_is_gone(
    embedded: Client,
) -> None:
    await embedded.create(widget())

    events = embedded.watch(embedded.widgets, resourceVersion="-1")
    event = await anext(events)
    await events.aclose()

    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")


def test_the_log_forgets_its_oldest_changes() -> None:
    small = Store(log_length=2)
    for size in range(4):
        small.put(Key("", "configmaps", "", "a"), {"metadata": {"name": "a"}, "size": size})

    assert [change.revision for change in small.since(3)] == [4, 5]
    with pytest.raises(Exception, match=r"too old resource version: 2 \(4\)"):
        small.since(2)


async def test_a_thousand_objects_are_created_and_listed_quickly(embedded: Client) -> None:
    for number in range(1000):
        await embedded.create(widget(f"w-{number}"))
    report = status(condition())
    await embedded.apply(report, "w-7/status", force="true")

    start = time.monotonic()
    _, found = await embedded.send("GET", embedded.widgets)

    assert len(found["items"]) == 1000
    assert time.monotonic() - start < 2
