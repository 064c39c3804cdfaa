"""Each kubectl verb that the documentation uses, on both clusters."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.clusters import Cluster
from tests.emulator.kubernetes.client import Client
from tests.emulator.kubernetes.widgets import CRD, condition, status, widget


async def ok(cluster: Cluster, *args: str, stdin: str | None = None) -> str:
    done = await cluster.kubectl(*args, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def refused(cluster: Cluster, *args: str, stdin: str | None = None) -> str:
    done = await cluster.kubectl(*args, stdin=stdin)
    assert done.returncode != 0
    return done.stderr


async def test_apply_creates_then_leaves_alone_then_changes(
    cluster: Cluster, client: Client
) -> None:
    first, second = json.dumps(widget()), json.dumps(widget(size=4))

    said = [await ok(cluster, "apply", "-f", "-", stdin=text) for text in (first, first, second)]

    assert [line.split()[-1] for line in said] == ["created", "unchanged", "configured"]
    assert (await client.get())["spec"] == {"size": 4, "colour": "Red"}


async def test_apply_removes_what_left_the_manifest(cluster: Cluster, client: Client) -> None:
    body = widget(labels={"app": "x"})
    await cluster.apply(body)

    await cluster.apply(widget())

    assert "labels" not in (await client.get())["metadata"]


async def test_server_side_apply_keeps_the_fields_of_others(
    cluster: Cluster, client: Client
) -> None:
    await cluster.apply(widget(labels={"app": "x"}), "--server-side")
    await ok(cluster, "label", "wd", "a", "other=y")

    await cluster.apply(widget(), "--server-side")

    assert (await client.get())["metadata"]["labels"] == {"other": "y"}


async def test_server_side_apply_takes_over_from_client_side_apply(
    cluster: Cluster, client: Client
) -> None:
    await cluster.apply(widget(labels={"app": "x"}))

    await cluster.apply(widget(), "--server-side")

    assert "labels" not in (await client.get())["metadata"]


async def test_server_side_apply_names_the_field_and_the_owner_of_a_conflict(
    cluster: Cluster, client: Client
) -> None:
    await cluster.apply(widget(), "--server-side", "--field-manager=first")

    said = await refused(
        cluster, "apply", "--server-side", "-f", "-", stdin=json.dumps(widget(size=4))
    )

    assert 'conflict with "first"' in said
    assert ".spec.size" in said


async def test_a_definition_applied_by_kubectl_is_established(cluster: Cluster) -> None:
    text = json.dumps(CRD)
    await ok(cluster, "apply", "--validate=false", "-f", "-", stdin=text)

    said = await ok(cluster, "wait", "--for=condition=Established", "crd/widgets.test.contoso.com")

    assert "condition met" in said


async def test_a_bad_value_is_refused_with_its_path(cluster: Cluster, client: Client) -> None:
    said = await refused(cluster, "apply", "-f", "-", stdin=json.dumps(widget(size=200)))

    assert "spec.size" in said
    assert "should be less than or equal to 100" in said


async def test_an_unknown_field_is_refused_with_its_path(cluster: Cluster, client: Client) -> None:
    body = widget()
    body["spec"]["sise"] = 3

    said = await refused(cluster, "apply", "-f", "-", stdin=json.dumps(body))

    assert "sise" in said


async def test_get_prints_the_columns_and_the_wide_ones_on_demand(
    cluster: Cluster, client: Client
) -> None:
    body = widget()
    body["spec"]["parts"] = [{"name": "wheel"}]
    await client.create(body)

    narrow = (await ok(cluster, "get", "wd")).splitlines()
    wide = (await ok(cluster, "get", "wd", "-o", "wide")).splitlines()

    assert narrow[0].split() == ["NAME", "READY", "SIZE", "AGE"]
    assert narrow[1].split()[:3] == ["a", "Unknown", "3"]
    assert wide[0].split() == ["NAME", "READY", "SIZE", "PARTS", "AGE"]
    assert wide[1].split()[3] == "wheel"


async def test_get_prints_objects_in_each_format(cluster: Cluster, client: Client) -> None:
    await client.create(widget())

    whole = json.loads(await ok(cluster, "get", "wd", "a", "-o", "json"))
    many = json.loads(await ok(cluster, "get", "wd", "-o", "json"))
    yaml = await ok(cluster, "get", "wd", "a", "-o", "yaml")
    path = await ok(cluster, "get", "wd", "-o", "jsonpath={.items[*].spec.size}")
    columns = await ok(cluster, "get", "wd", "-o", "custom-columns=S:.spec.size")

    assert whole["spec"]["size"] == many["items"][0]["spec"]["size"] == 3
    assert "  size: 3\n" in yaml
    assert path == "3"
    assert columns.split() == ["S", "3"]


@pytest.mark.parametrize(
    ("flags", "names"),
    [
        (["-l", "app=x"], ["a"]),
        (["-l", "app!=x"], ["b"]),
        (["-l", "app in (x, y)"], ["a", "b"]),
        (["-l", "!app"], []),
        (["--field-selector", "metadata.name=b"], ["b"]),
    ],
)
async def test_get_selects_by_labels_and_fields(
    cluster: Cluster, client: Client, flags: list[str], names: list[str]
) -> None:
    await client.create(widget("a", labels={"app": "x"}))
    await client.create(widget("b", labels={"app": "y"}))

    found = await ok(cluster, "get", "wd", *flags, "-o", "jsonpath={.items[*].metadata.name}")

    assert found.split() == names


async def test_get_watches_until_it_is_stopped(cluster: Cluster, client: Client) -> None:
    await client.create(widget())
    process = await cluster.start("get", "wd", "-w", "--no-headers")
    assert process.stdout
    try:
        first = await asyncio.wait_for(process.stdout.readline(), 10)
        await client.patch({"spec": {"size": 7}})
        second = await asyncio.wait_for(process.stdout.readline(), 10)
    finally:
        process.kill()
        await process.communicate()

    assert [line.split()[2] for line in (first, second)] == [b"3", b"7"]


async def test_describe_shows_the_object_and_its_events(cluster: Cluster, client: Client) -> None:
    _, body = await client.create(widget())
    about = {"kind": "Widget", "apiVersion": body["apiVersion"]}
    about |= {key: body["metadata"][key] for key in ("name", "namespace", "uid")}
    now = body["metadata"]["creationTimestamp"]
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "a-"},
        "involvedObject": about,
        "type": "Normal",
        "reason": "Painted",
        "message": "It is red now.",
        "firstTimestamp": now,
        "lastTimestamp": now,
    }
    code, _ = await client.send("POST", f"/api/v1/namespaces/{client.namespace}/events", event)

    shown = await ok(cluster, "describe", "wd", "a")

    assert code == 201
    assert "Colour:  Red" in shown
    assert "It is red now." in shown


async def test_wait_returns_once_a_condition_is_true(cluster: Cluster, client: Client) -> None:
    await client.create(widget())
    waiting = asyncio.create_task(cluster.kubectl("wait", "--for=condition=Ready", "wd/a"))

    report = status(condition(), observedGeneration=1)
    code, _ = await client.apply(report, "a/status", force="true")

    assert code == 200
    done = await waiting
    assert done.returncode == 0, done.stderr


async def test_wait_does_not_believe_a_condition_of_an_older_generation(
    cluster: Cluster, client: Client
) -> None:
    await client.create(widget())
    report = status(condition(observedGeneration=1))
    code, _ = await client.apply(report, "a/status", force="true")
    await client.patch({"spec": {"size": 4}})

    said = await refused(cluster, "wait", "--for=condition=Ready", "wd/a", "--timeout=0.3s")

    assert code == 200
    assert "timed out" in said


async def test_delete_waits_for_the_finalizer(cluster: Cluster, client: Client) -> None:
    await client.create(widget(finalizers=["test.contoso.com/hold"]))
    deleting = asyncio.create_task(cluster.kubectl("delete", "wd", "a"))
    waiting = asyncio.create_task(cluster.kubectl("wait", "--for=delete", "wd/a"))
    await client.until(
        f"{client.widgets}/a", lambda answer: "deletionTimestamp" in answer[1]["metadata"]
    )
    held = not deleting.done()

    await client.patch({"metadata": {"finalizers": None}})

    assert held
    assert (await deleting).returncode == 0
    assert (await waiting).returncode == 0


async def test_delete_of_what_is_not_there_says_so(cluster: Cluster, client: Client) -> None:
    said = await refused(cluster, "delete", "wd", "a")

    assert 'widgets.test.contoso.com "a" not found' in said


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("merge", {"spec": {"size": 9}}),
        ("json", [{"op": "replace", "path": "/spec/size", "value": 9}]),
    ],
)
async def test_patch_changes_the_object(
    cluster: Cluster, client: Client, kind: str, patch: object
) -> None:
    await client.create(widget())

    await ok(cluster, "patch", "wd", "a", f"--type={kind}", "-p", json.dumps(patch))

    assert (await client.get())["spec"]["size"] == 9


async def test_annotate_adds_and_removes(cluster: Cluster, client: Client) -> None:
    await client.create(widget())

    await ok(cluster, "annotate", "wd", "a", "test.contoso.com/x=1")
    added = (await client.get())["metadata"]["annotations"]
    await ok(cluster, "annotate", "wd", "a", "test.contoso.com/x-")

    assert added == {"test.contoso.com/x": "1"}
    assert "annotations" not in (await client.get())["metadata"]


async def test_explain_shows_the_descriptions_of_the_schema(
    cluster: Cluster, client: Client
) -> None:
    shown = await ok(cluster, "explain", "wd.spec.size")

    assert "How large it is." in shown


async def test_api_resources_lists_the_kind_with_its_short_name(
    cluster: Cluster, client: Client
) -> None:
    lines = (await ok(cluster, "api-resources", "--api-group=test.contoso.com")).splitlines()

    assert lines[1].split() == ["widgets", "wd", "test.contoso.com/v1", "true", "Widget"]


async def test_version_names_the_server(cluster: Cluster) -> None:
    found = json.loads(await ok(cluster, "version", "-o", "json"))

    assert found["serverVersion"]["platform"]


@pytest.mark.parametrize("kind", [["configmap"], ["secret", "generic"]])
async def test_create_makes_a_config_map_and_a_secret(cluster: Cluster, kind: list[str]) -> None:
    await ok(cluster, "create", *kind, "settings", "--from-literal=colour=red")
    await ok(cluster, "label", kind[0], "settings", "app=x")

    found = json.loads(await ok(cluster, "get", kind[0], "settings", "-o", "json"))

    assert found["data"] == {"colour": "red" if kind == ["configmap"] else "cmVk"}
    assert found["metadata"]["labels"] == {"app": "x"}


async def test_apply_changes_a_config_map_by_strategic_merge(cluster: Cluster) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
    await cluster.apply({**body, "data": {"a": "1", "b": "2"}})

    await cluster.apply({**body, "data": {"b": "3"}})

    found = json.loads(await ok(cluster, "get", "configmap", "settings", "-o", "json"))
    assert found["data"] == {"b": "3"}


async def test_diff_shows_what_apply_would_change_and_changes_nothing(
    cluster: Cluster, client: Client
) -> None:
    await cluster.apply(widget())

    done = await cluster.kubectl("diff", "-f", "-", stdin=json.dumps(widget(size=8)))

    assert done.returncode == 1
    assert "+  size: 8" in done.stdout
    assert (await client.get())["spec"]["size"] == 3
