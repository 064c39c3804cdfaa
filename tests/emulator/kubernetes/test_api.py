"""Reads and writes over HTTP that kubectl does not do by itself, on both clusters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clusters import Cluster
from tests.emulator.kubernetes.client import Client
from tests.emulator.kubernetes.widgets import widget


async def test_an_object_gets_what_only_a_server_gives(client: Client) -> None:
    code, body = await client.create(widget(uid="mine", resourceVersion=""))

    metadata = body["metadata"]
    assert code == 201
    assert metadata["generation"] == 1
    assert len(metadata["uid"]) == 36
    assert metadata["creationTimestamp"].endswith("Z")
    assert int(metadata["resourceVersion"]) > 0


async def test_a_second_create_is_refused(client: Client) -> None:
    await client.create(widget())

    code, said = await client.create(widget())

    assert (code, said["reason"]) == (409, "AlreadyExists")


async def test_put_replaces_the_spec_and_needs_the_current_resource_version(
    client: Client,
) -> None:
    _, body = await client.create(widget(labels={"a": "b"}))
    revision = body["metadata"]["resourceVersion"]
    wanted = widget(size=6, resourceVersion=revision)

    first, stored = await client.send("PUT", f"{client.widgets}/a", wanted)
    second, said = await client.send("PUT", f"{client.widgets}/a", wanted)

    assert first == 200
    assert "labels" not in stored["metadata"]
    assert (second, said["reason"]) == (409, "Conflict")


async def test_put_without_a_resource_version_is_refused(client: Client) -> None:
    await client.create(widget())

    code, said = await client.send("PUT", f"{client.widgets}/a", widget(size=6))

    assert code == 422
    assert "metadata.resourceVersion" in said["message"]


async def test_a_merge_patch_with_a_stale_resource_version_is_refused(client: Client) -> None:
    _, body = await client.create(widget())
    revision = body["metadata"]["resourceVersion"]
    await client.patch({"spec": {"size": 4}})

    code, _ = await client.patch({"metadata": {"resourceVersion": revision}, "spec": {"size": 5}})

    assert code == 409


async def test_a_json_patch_whose_test_fails_is_refused(client: Client) -> None:
    await client.create(widget())
    patch = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "add", "path": "/metadata/finalizers", "value": ["test.contoso.com/x"]},
    ]

    code, _ = await client.patch(patch, content_type="application/json-patch+json")

    assert code == 422
    assert "finalizers" not in (await client.get())["metadata"]


async def test_a_patch_that_changes_nothing_writes_nothing(embedded: Client) -> None:
    """As clusters of today do; 1.20 gave it a new resourceVersion (seen)."""
    _, body = await embedded.create(widget())

    _, after = await embedded.patch({"spec": {"size": 3}})

    assert after["metadata"]["resourceVersion"] == body["metadata"]["resourceVersion"]


async def test_a_deleting_object_keeps_its_content_until_the_finalizer_goes(
    client: Client,
) -> None:
    hold = "test.contoso.com/hold"
    await client.create(widget(finalizers=[hold]))

    code, dying = await client.send("DELETE", f"{client.widgets}/a")
    added, said = await client.patch({"metadata": {"finalizers": [hold, "test.contoso.com/new"]}})
    released, _ = await client.patch({"metadata": {"finalizers": []}})
    gone, _ = await client.send("GET", f"{client.widgets}/a")

    assert code == 200
    assert dying["metadata"]["deletionTimestamp"]
    assert dying["metadata"]["generation"] == 2
    assert added == 422
    assert "no new finalizers can be added" in said["message"]
    assert (released, gone) == (200, 404)


async def test_delete_with_another_uid_is_refused(client: Client) -> None:
    await client.create(widget())

    code, _ = await client.send(
        "DELETE", f"{client.widgets}/a", {"preconditions": {"uid": "another"}}
    )

    assert code == 409


async def test_a_list_comes_in_pages_that_together_are_complete(client: Client) -> None:
    for name in ("a", "b", "c"):
        await client.create(widget(name))

    _, first = await client.send("GET", client.widgets, limit="2")
    token = first["metadata"]["continue"]
    _, second = await client.send("GET", client.widgets, **{"limit": "2", "continue": token})

    names = [item["metadata"]["name"] for page in (first, second) for item in page["items"]]
    assert names == ["a", "b", "c"]
    assert not second["metadata"].get("continue")
    assert first["kind"] == "WidgetList"


async def test_a_list_of_metadata_leaves_the_rest_out(client: Client) -> None:
    await client.create(widget())
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

    _, found = await client.send("GET", client.widgets, headers={"Accept": accept})

    assert found["kind"] == "PartialObjectMetadataList"
    assert [item.get("spec") for item in found["items"]] == [None]


async def test_a_watch_replays_what_happened_since_its_revision(client: Client) -> None:
    _, before = await client.send("GET", client.widgets)
    await client.create(widget())
    await client.patch({"spec": {"size": 4}})
    await client.send("DELETE", f"{client.widgets}/a")

    events = client.watch(client.widgets, resourceVersion=before["metadata"]["resourceVersion"])
    seen = [(await anext(events)) for _ in range(3)]
    await events.aclose()

    assert [event["type"] for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    revisions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
    assert revisions == sorted(set(revisions))


async def test_the_deleted_event_still_lists_the_finalizer(client: Client) -> None:
    await client.create(widget(finalizers=["test.contoso.com/hold"]))
    _, dying = await client.send("DELETE", f"{client.widgets}/a")
    revision = dying["metadata"]["resourceVersion"]
    await client.patch({"metadata": {"finalizers": []}})

    events = client.watch(client.widgets, resourceVersion=revision)
    event = await anext(events)
    await events.aclose()

    assert event["type"] == "DELETED"
    assert event["object"]["metadata"]["finalizers"] == ["test.contoso.com/hold"]


async def test_an_object_that_leaves_the_selection_is_deleted_for_its_watch(
    client: Client,
) -> None:
    _, body = await client.create(widget(labels={"app": "x"}))
    revision = body["metadata"]["resourceVersion"]
    await client.patch({"metadata": {"labels": {"app": "y"}}})

    events = client.watch(client.widgets, resourceVersion=revision, labelSelector="app=x")
    event = await anext(events)
    await events.aclose()

    assert event["type"] == "DELETED"


async def test_a_watch_ends_when_its_time_is_up(client: Client) -> None:
    await client.create(widget())

    seen = [event async for event in client.watch(client.widgets, timeoutSeconds="1")]

    assert [event["type"] for event in seen] == ["ADDED"]


def lease(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "operator"},
        "spec": {"holderIdentity": "one", "leaseDurationSeconds": 15, **spec},
    }


async def test_a_lease_is_taken_once_and_renewed_by_its_holder_only(
    cluster: Cluster, client: Client
) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases"
    created, held = await client.send("POST", path, lease())
    again, _ = await client.send("POST", path, lease(holderIdentity="two"))

    renewed, _ = await client.send("PUT", f"{path}/operator", held)
    held["spec"]["leaseTransitions"] = 1
    first, _ = await client.send("PUT", f"{path}/operator", held)
    stale, _ = await client.send("PUT", f"{path}/operator", held)

    assert (created, again, renewed, first, stale) == (201, 409, 200, 200, 409)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [("2026-11-23T10:45:00.000000Z", 201), ("2026-11-23T10:45:00Z", 400)],
)
async def test_a_lease_time_needs_its_microseconds(
    cluster: Cluster, client: Client, stamp: str, expected: int
) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases"

    code, _ = await client.send("POST", path, lease(renewTime=stamp))

    assert code == expected


async def test_nothing_new_enters_a_namespace_that_is_going(
    cluster: Cluster, client: Client
) -> None:
    await client.create(widget(finalizers=["test.contoso.com/hold"]))
    await cluster.kubectl("delete", "namespace", cluster.namespace, "--wait=false")
    event = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late"}}

    code, said = await client.send(
        "POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps", event
    )
    patched, _ = await client.patch({"status": {"note": "still here"}}, "a/status")

    assert code == 403
    assert "because it is being terminated" in said["message"]
    assert patched == 200


async def test_a_namespace_that_is_not_there_takes_nothing(client: Client) -> None:
    path = "/apis/test.contoso.com/v1/namespaces/nowhere/widgets"

    code, said = await client.send("POST", path, widget())

    assert code == 404
    assert said["message"] == 'namespaces "nowhere" not found'
