"""The servers: HTTPS and HTTP, tokens by the real client, the request log, faults and hooks."""

import asyncio
import ssl

import httpx
import pytest
from azure.identity.aio import ClientSecretCredential

from controller.emulator.azure import AzureEmulator, Fault, Options, Request
from tests.emulator.azure.scene import ARM, Scene, error_of, opened, table_body


async def test_azure_identity_gets_a_token_that_arm_accepts_over_https(scene: Scene) -> None:
    walk, emulator = scene.walk, scene.emulator
    async with ClientSecretCredential(
        walk.tenant,
        walk.operator.client_id,
        walk.operator.secret,
        authority=emulator.https_url,
        disable_instance_discovery=True,
        connection_verify=str(emulator.ca_file),
    ) as credential:
        token = await credential.get_token(f"{ARM}/.default")
    trusting = ssl.create_default_context(cafile=str(emulator.ca_file))
    async with httpx.AsyncClient(base_url=emulator.https_url, verify=trusting) as client:
        answer = await client.get(
            walk.workspace_id,
            params={"api-version": "2023-09-01"},
            headers={"Authorization": f"Bearer {token.token}"},
        )
    assert answer.json()["name"] == "LogAnalytics1"


async def test_the_log_holds_every_request_without_tokens_and_secrets(scene: Scene) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": scene.walk.operator.client_id,
        "client_secret": scene.walk.operator.secret,
        "scope": f"{ARM}/.default",
    }
    issued = await scene.http.post(f"/{scene.walk.tenant}/oauth2/v2.0/token", data=form)
    await scene.arm("PUT", scene.table(), table_body())
    logged = (await scene.http.get("/_emulator/requests")).text
    assert '"method": "PUT"' in logged
    assert scene.walk.operator.secret not in logged
    assert issued.json()["access_token"] not in logged


async def test_requests_are_logged_with_body_status_and_times(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    entry = scene.emulator.requests[-1]
    assert (entry.method, entry.path, entry.status) == ("PUT", scene.table(), 202)
    assert entry.body == table_body()
    assert entry.finished is not None
    assert entry.finished >= entry.started


async def test_every_answer_names_its_request(scene: Scene) -> None:
    answer = await scene.arm("GET", scene.walk.workspace_id)
    assert answer.headers["x-ms-request-id"]
    assert answer.headers["x-ms-correlation-request-id"]
    assert answer.headers["x-ms-ratelimit-remaining-subscription-reads"] == "249"


async def test_latency_holds_back_every_answer() -> None:
    async with opened(Options(latency=0.05)) as scene:
        await scene.arm("GET", scene.walk.workspace_id)
        entry = scene.emulator.requests[-1]
    assert entry.finished is not None
    assert entry.finished - entry.started >= 0.05


async def test_a_fault_answers_instead_so_many_times(scene: Scene) -> None:
    scene.emulator.faults.add(
        Fault("/workspaces/", status=429, headers={"Retry-After": "7"}, times=2)
    )
    answers = [await scene.arm("GET", scene.walk.workspace_id) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"


async def test_a_fault_strikes_only_its_method(scene: Scene) -> None:
    scene.emulator.faults.add(Fault("/tables/", method="PUT", status=503))
    assert (await scene.arm("PUT", scene.table(), table_body())).status_code == 503
    assert (await scene.arm("GET", scene.table())).status_code == 404


async def test_a_dropped_answer_leaves_what_was_done(scene: Scene) -> None:
    scene.emulator.faults.add(Fault("/tables/", method="PUT", drop=True, when="after", times=1))
    with pytest.raises(httpx.TransportError):
        await scene.arm("PUT", scene.table(), table_body())
    assert (await scene.arm("GET", scene.table())).status_code == 200


async def test_a_connection_dropped_before_the_act_leaves_nothing(scene: Scene) -> None:
    scene.emulator.faults.add(Fault("/tables/", method="PUT", drop=True, times=1))
    with pytest.raises(httpx.TransportError):
        await scene.arm("PUT", scene.table(), table_body())
    assert (await scene.arm("GET", scene.table())).status_code == 404


async def test_silence_lasts_until_the_client_goes_away(scene: Scene) -> None:
    scene.emulator.faults.add(Fault("/tables/", silence=True, times=1))
    with pytest.raises(httpx.ReadTimeout):
        await scene.http.get(scene.table(), timeout=0.05)
    assert (await scene.arm("GET", scene.walk.workspace_id)).status_code == 200


async def test_a_hook_holds_a_call_before_the_store_acts(scene: Scene) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: Request) -> None:
        if request.method == "PUT":
            reached.set()
            await go_on.wait()

    scene.emulator.faults.before = hold
    write = asyncio.create_task(scene.arm("PUT", scene.table(), table_body()))
    await reached.wait()
    assert (await scene.arm("GET", scene.table())).status_code == 404
    go_on.set()
    assert (await write).status_code == 202


async def test_a_client_that_goes_away_before_the_act_has_written_nothing(scene: Scene) -> None:
    reached = asyncio.Event()

    async def hold(request: Request) -> None:
        if request.method == "PUT":
            reached.set()
            await asyncio.Event().wait()

    scene.emulator.faults.before = hold
    write = asyncio.create_task(scene.arm("PUT", scene.table(), table_body()))
    await reached.wait()
    write.cancel()
    assert (await scene.arm("GET", scene.table())).status_code == 404
    assert not scene.emulator.requests[0].acted


async def test_faults_can_be_set_and_lifted_over_http(scene: Scene) -> None:
    fault = {"path": "/workspaces/", "status": 403, "code": "AuthorizationFailed", "message": "No"}
    number = (await scene.http.post("/_emulator/faults", json=fault)).json()["fault"]
    denied = await scene.arm("GET", scene.walk.workspace_id)
    assert (denied.status_code, error_of(denied)["message"]) == (403, "No")
    await scene.http.delete(f"/_emulator/faults/{number}")
    assert (await scene.arm("GET", scene.walk.workspace_id)).status_code == 200


async def test_a_bad_fault_is_refused_with_the_reason(scene: Scene) -> None:
    refused = await scene.http.post("/_emulator/faults", json={"path": "(", "status": 500})
    assert refused.status_code == 400
    assert error_of(refused)["code"] == "InvalidFault"


async def test_the_ca_file_is_gone_with_the_emulator() -> None:
    async with AzureEmulator() as emulator:
        assert emulator.ca_file.exists()
    assert not emulator.ca_file.exists()
