"""Server-side apply of a status, as the operator writes it."""

from __future__ import annotations

from tests.emulator.kubernetes.client import Client
from tests.emulator.kubernetes.widgets import condition, status, widget


async def ours(client: Client, *conditions: dict[str, object], **rest: object) -> None:
    report = status(*conditions, **rest)
    code, body = await client.apply(report, "a/status", force="true")
    assert code == 200, body


async def types(client: Client) -> list[str]:
    return [each["type"] for each in (await client.get())["status"]["conditions"]]


async def test_a_new_object_has_the_default_status_and_cannot_bring_its_own(
    client: Client,
) -> None:
    await client.create({**widget(), "status": {"note": "mine"}})

    found = (await client.get())["status"]

    assert found["conditions"][0]["reason"] == "Pending"
    assert "note" not in found


async def test_what_the_same_manager_no_longer_sends_is_dropped(client: Client) -> None:
    await client.create(widget())
    await ours(client, condition(), condition("Stalled"), note="here")

    await ours(client, condition())

    assert await types(client) == ["Ready"]
    assert "note" not in (await client.get())["status"]


async def test_a_condition_of_somebody_else_stays(client: Client) -> None:
    await client.create(widget())
    await ours(client, condition())
    theirs = status(condition("Audited"))
    await client.apply(theirs, "a/status", fieldManager="auditor")

    await ours(client, condition())

    assert sorted(await types(client)) == ["Audited", "Ready"]


async def test_the_same_body_again_writes_nothing(client: Client) -> None:
    await client.create(widget())
    await ours(client, condition())
    before = (await client.get())["metadata"]["resourceVersion"]

    await ours(client, condition())

    assert (await client.get())["metadata"]["resourceVersion"] == before


async def test_a_status_write_does_not_move_the_generation_and_a_spec_change_does(
    client: Client,
) -> None:
    await client.create(widget())
    await ours(client, condition())
    after_status = (await client.get())["metadata"]["generation"]

    await client.patch({"spec": {"size": 5}, "metadata": {"labels": {"a": "b"}}})
    await client.patch({"metadata": {"labels": {"a": "c"}}})

    assert after_status == 1
    assert (await client.get())["metadata"]["generation"] == 2


async def test_a_foreign_edit_is_a_conflict_with_its_field_until_forced(client: Client) -> None:
    await client.create(widget())
    await ours(client, condition(), note="ours")
    await client.patch({"status": {"note": "theirs"}}, "a/status", fieldManager="editor")
    report = status(condition(), note="ours")

    code, refused = await client.apply(report, "a/status")
    await ours(client, condition(), note="ours")

    assert code == 409
    assert 'conflict with "editor"' in refused["message"]
    assert [cause["field"] for cause in refused["details"]["causes"]] == [".status.note"]
    assert (await client.get())["status"]["note"] == "ours"


async def test_a_stale_resource_version_is_a_conflict(client: Client) -> None:
    _, body = await client.create(widget())
    await client.patch({"spec": {"size": 5}})
    report = status(condition())
    report["metadata"]["resourceVersion"] = body["metadata"]["resourceVersion"]

    code, refused = await client.apply(report, "a/status", force="true")

    assert code == 409
    assert refused["reason"] == "Conflict"
    assert "the object has been modified" in refused["message"]


async def test_the_spec_in_a_status_write_is_ignored(client: Client) -> None:
    await client.create(widget())

    await client.patch({"spec": {"size": 9}, "status": {"note": "x"}}, "a/status")

    found = await client.get()
    assert found["spec"]["size"] == 3
    assert found["status"]["note"] == "x"


async def test_the_status_in_a_spec_write_is_ignored(client: Client) -> None:
    await client.create(widget())

    await client.apply({**widget(size=4), "status": {"note": "x"}}, force="true")

    found = await client.get()
    assert found["spec"]["size"] == 4
    assert "note" not in found["status"]


async def test_an_undeclared_field_and_a_double_key_are_refused(client: Client) -> None:
    await client.create(widget())

    undeclared, said = await client.apply(status(condition(), nope=1), "a/status", force="true")
    double, _ = await client.apply(status(condition(), condition()), "a/status", force="true")

    assert undeclared == double == 500
    assert ".status.nope: field not declared in schema" in said["message"]


async def test_null_is_refused_with_the_field_path(client: Client) -> None:
    await client.create(widget())

    code, said = await client.apply(status(condition(), note=None), "a/status", force="true")

    assert code == 422
    assert "status.note" in said["message"]


async def test_a_status_of_no_object_is_not_found(client: Client) -> None:
    code, said = await client.apply(status(condition()), "a/status", force="true")

    assert code == 404
    assert said["message"] == 'widgets.test.contoso.com "a" not found'


async def test_two_appliers_of_a_map_list_keep_each_others_items(client: Client) -> None:
    one, two = widget(), widget()
    one["spec"]["parts"] = [{"name": "wheel", "weight": 2}]
    two["spec"]["parts"] = [{"name": "seat"}]
    await client.apply(one, fieldManager="one")
    await client.apply(two, fieldManager="two")

    one["spec"]["parts"] = [{"name": "bell"}]
    code, found = await client.apply(one, fieldManager="one")

    assert code == 200
    assert sorted(part["name"] for part in found["spec"]["parts"]) == ["bell", "seat"]
