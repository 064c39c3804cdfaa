"""Ingestion and queries: rights, binding, streams, limits; and a state file."""

import gzip
import json
from pathlib import Path

import httpx

from controller.emulator.azure import AzureEmulator, Options
from tests.emulator.azure.scene import (
    INGESTION,
    STREAM,
    TABLE,
    Scene,
    error_of,
    opened,
    rule_body,
)

EVENT = {"EventSeverity": "High", "Undeclared": 1}


async def test_a_pushed_event_is_transformed_and_found_by_query(scene: Scene) -> None:
    rule = await scene.converged()
    await scene.grant(scene.rule())
    assert (await scene.send(rule, [EVENT])).status_code == 204
    found = (await scene.query(f"{TABLE} | project EventSeverity, TimeGenerated")).json()
    assert found["tables"][0]["name"] == "PrimaryResult"
    assert found["tables"][0]["rows"][0][0] == "High"
    assert found["tables"][0]["rows"][0][1].startswith("2026-11-23T10:00:00")


async def test_without_the_role_ingestion_is_forbidden(scene: Scene) -> None:
    rule = await scene.converged()
    refused = await scene.send(rule, [EVENT])
    assert (refused.status_code, error_of(refused)["code"]) == (403, "OperationFailed")
    assert "IsRbacPresent: False" in error_of(refused)["message"]
    assert refused.headers["x-ms-error-code"] == "OperationFailed"


async def test_the_role_counts_above_the_rule_and_not_on_the_workspace(scene: Scene) -> None:
    rule = await scene.converged()
    await scene.grant(scene.walk.workspace_id)
    assert (await scene.send(rule, [EVENT])).status_code == 403
    await scene.arm("DELETE", scene.assignment(scene.walk.workspace_id))
    await scene.grant(scene.group)
    assert (await scene.send(rule, [EVENT])).status_code == 204


async def test_another_endpoint_than_the_rules_is_forbidden(scene: Scene) -> None:
    rule = await scene.converged()
    await scene.grant(scene.rule())
    other = await scene.arm("PUT", scene.endpoint("other"), {"location": scene.walk.location})
    url = other.json()["properties"]["logsIngestion"]["endpoint"]
    refused = await scene.send(rule, [EVENT], url=url)
    assert refused.status_code == 403
    assert "IsDcrDceBindingValid: False" in error_of(refused)["message"]


async def test_a_direct_rule_takes_data_at_its_own_endpoint(scene: Scene) -> None:
    await scene.converged()
    body = rule_body(scene) | {"kind": "Direct"}
    rule = (await scene.arm("PUT", scene.rule("Direct1"), body)).json()
    await scene.grant(scene.rule("Direct1"))
    url = rule["properties"]["endpoints"]["logsIngestion"]
    assert (await scene.send(rule, [EVENT], url=url)).status_code == 204


async def test_an_unknown_rule_and_an_undeclared_stream_are_refused(scene: Scene) -> None:
    rule = await scene.converged()
    await scene.grant(scene.rule())
    stream = await scene.send(rule, [EVENT], stream="Custom-Other")
    gone = await scene.send({"properties": {"immutableId": "dcr-0"}}, [EVENT])
    assert (stream.status_code, error_of(stream)["code"]) == (400, "InvalidStream")
    assert gone.status_code == 404
    assert "'dcr-0' not found" in error_of(gone)["message"]


async def test_only_arrays_of_at_most_a_megabyte_are_taken(scene: Scene) -> None:
    rule = await scene.converged()
    await scene.grant(scene.rule())
    assert (await scene.send(rule, EVENT)).status_code == 400
    assert (await scene.send(rule, [{"EventSeverity": "x" * 1024 * 1024}])).status_code == 413


async def test_a_compressed_body_is_taken(scene: Scene) -> None:
    rule = await scene.converged()
    await scene.grant(scene.rule())
    token = scene.emulator.azure.entra.token(scene.walk.push.client_id, INGESTION)
    url = scene.ingestion_urls["endpoint"].replace(
        scene.emulator.https_url, scene.emulator.http_url
    )
    sent = await scene.http.post(
        f"{url}/dataCollectionRules/{rule['properties']['immutableId']}/streams/{STREAM}",
        params={"api-version": "2023-01-01"},
        content=gzip.compress(json.dumps([EVENT]).encode()),
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
        },
    )
    assert sent.status_code == 204
    rows = (await scene.query(TABLE)).json()["tables"][0]["rows"]
    assert len(rows) == 1


async def test_a_query_of_an_unknown_table_is_a_nested_semantic_error(scene: Scene) -> None:
    refused = await scene.query("Nothing_CL | take 1")
    error = error_of(refused)
    assert (refused.status_code, error["code"]) == (400, "BadArgumentError")
    assert error["innererror"]["innererror"]["code"] == "SEM0100"


async def test_a_query_without_rights_or_workspace_is_refused(scene: Scene) -> None:
    push = await scene.query(TABLE, client=scene.walk.push.client_id)
    assert (push.status_code, error_of(push)["code"]) == (403, "InsufficientAccessError")
    scene.emulator.azure.delete(scene.walk.workspace_id)
    gone = await scene.query(TABLE)
    assert (gone.status_code, error_of(gone)["code"]) == (404, "PathNotFoundError")


async def test_a_workspace_without_data_answers_204_on_request() -> None:
    async with opened(Options(empty_workspace_is_204=True)) as scene:
        rule = await scene.converged()
        await scene.grant(scene.rule())
        before = await scene.query(TABLE)
        await scene.send(rule, [EVENT])
        after = await scene.query(TABLE)
    assert (before.status_code, before.content) == (204, b"")
    assert after.status_code == 200


async def test_the_state_outlives_the_emulator(tmp_path: Path) -> None:
    options = Options(state_file=tmp_path / "state.json")
    async with opened(options) as scene:
        rule = await scene.converged()
        operator = scene.walk.operator
    async with AzureEmulator(options) as again:
        token = again.azure.entra.token(operator.client_id, "https://management.azure.com")
        async with httpx.AsyncClient(base_url=again.http_url) as client:
            found = await client.get(
                rule["id"],
                params={"api-version": "2024-03-11"},
                headers={"Authorization": f"Bearer {token}"},
            )
            endpoint = await client.get(
                rule["properties"]["dataCollectionEndpointId"],
                params={"api-version": "2024-03-11"},
                headers={"Authorization": f"Bearer {token}"},
            )
        assert found.json() == rule
        url = endpoint.json()["properties"]["logsIngestion"]["endpoint"]
        assert url.startswith(again.https_url)


async def test_seeding_again_keeps_what_the_state_file_brought_back(tmp_path: Path) -> None:
    options = Options(state_file=tmp_path / "state.json")
    async with opened(options) as first:
        walk = first.walk
    async with opened(options) as second:
        assert second.walk == walk


async def test_the_state_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with opened(Options(state_file=path)):
        pass
    assert path.stat().st_mode & 0o077 == 0
