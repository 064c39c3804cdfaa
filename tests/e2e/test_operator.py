"""The operator among people: bad objects, drift, suspension, and the end of its process."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from controller.emulator.azure import Request
from tests.e2e.harness import (
    CONTOSO,
    MINIMAL,
    ON_A_REAL_API_SERVER,
    SECONDS,
    Json,
    Stage,
    condition,
    is_ready,
    manifest,
)
from tests.kube.operating import until
from tests.kusto import needs_service

CHECKER = b"controller.kql.child"
"""in the command line of its process"""
RULE = "/dataCollectionRules/ContosoSecurityAlertsPushDCR"

NO_SUCH_TYPE = {
    "tables": [{"name": "DoorEvents_CL", "columns": [{"name": "Door", "type": "text"}]}]
}
NO_SUCH_TABLE = {"rule": {"flows": [{"stream": "Custom-DoorEvents", "table": "Nowhere_CL"}]}}
NO_SUCH_VALUE = {"definition": {"ui": {"title": "Doors of $(rule.colour)"}}}


def bad(spec: Json) -> Json:
    """The minimal connector under another name, with fields that are wrong."""
    body = manifest(MINIMAL)
    body["metadata"]["name"] = "bad"
    body["spec"].update(spec)
    return body


@pytest.mark.parametrize(
    ("spec", "path", "sentence"),
    [
        pytest.param(
            NO_SUCH_TYPE, "spec.tables[0].columns[0].type", "Unsupported value", id="schema"
        ),
        pytest.param(
            NO_SUCH_TABLE, "spec.rule.flows", "Nowhere_CL is not in spec.tables", id="CEL"
        ),
    ],
)
async def test_the_api_server_refuses_a_bad_object_by_its_path(
    embedded: Stage, spec: Json, path: str, *, sentence: str
) -> None:
    async with embedded.api.post(embedded.collection, json=bad(spec)) as answer:
        told = await answer.json()

    assert answer.status == 422
    (cause,) = told["details"]["causes"]
    assert cause["field"] == path
    assert sentence in cause["message"]


async def a_bad_object_gets_a_condition(stage: Stage, spec: Json, field: str) -> None:
    async with stage.operating():
        await stage.cluster.apply(bad(spec), "--validate=false")
        await stage.create(manifest(CONTOSO))

        told = await stage.seen.until("bad", lambda body: bool(condition(body, "Stalled")))
        assert condition(told, "Ready")["reason"] == "InvalidSpec"
        assert condition(told, "Ready")["message"].startswith(f"{field}: ")
        await stage.seen.until(CONTOSO, is_ready)
        assert not any(call.path.endswith("/bad") for call in stage.writes())

        await stage.cluster.apply({**bad({}), "spec": manifest(MINIMAL)["spec"]})
        mended = await stage.seen.until("bad", is_ready)
        assert condition(mended, "Stalled") == {}


async def test_a_bad_object_that_is_stored_gets_a_condition(stage: Stage) -> None:
    """It names the field, and the others are not disturbed."""
    await a_bad_object_gets_a_condition(stage, NO_SUCH_VALUE, "spec.definition.ui.title")


@ON_A_REAL_API_SERVER
async def test_an_api_server_without_cel_stores_what_the_operator_then_names(stage: Stage) -> None:
    await a_bad_object_gets_a_condition(stage, NO_SUCH_TABLE, "spec.rule.flows[0].table")


async def test_sigterm_lets_a_walk_end(stage: Stage) -> None:
    """It arrives while Azure is at the first write: all that follows is still done and told."""
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: Request) -> None:
        if request.method == "PUT":
            arrived.set()
            await go_on.wait()

    stage.azure.faults.before = hold
    async with stage.operating() as operator:
        await stage.create(manifest(CONTOSO))
        async with asyncio.timeout(SECONDS):
            await arrived.wait()
        operator.process.terminate()
        go_on.set()
        async with asyncio.timeout(SECONDS):
            assert await operator.process.wait() == 0

    await stage.seen.until(CONTOSO, is_ready)
    assert len(stage.writes()) == 7


def checkers(of: int) -> list[int]:
    """The processes that a process has started and that run the checker by now.

    Not one between fork and exec: to stop it there stops its parent too, which waits for the exec.
    """
    started = Path(f"/proc/{of}/task/{of}/children").read_text().split()
    return [int(pid) for pid in started if CHECKER in command_line(pid)]


def command_line(pid: str) -> list[bytes]:
    """Empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


async def freeze_the_checkers(of: int) -> None:
    """Each as soon as it is there, until cancelled."""
    while True:
        for pid in checkers(of):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.02)


async def test_sigterm_does_not_wait_for_a_checker_that_does_not_start(embedded: Stage) -> None:
    needs_service(os.environ)
    operator = await embedded.start()
    seen: set[int] = set()

    def started() -> bool:
        seen.update(checkers(operator.process.pid))
        return seen != set()

    await until(started)
    freezing = asyncio.create_task(freeze_the_checkers(operator.process.pid))
    try:
        assert await operator.stop() == 0
    finally:
        freezing.cancel()
    await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in seen))


def change_the_rule(stage: Stage) -> None:
    """As somebody in the portal would."""
    (rule,) = (r for r in stage.azure.azure.all() if r.id.endswith(RULE))
    changed = json.loads(json.dumps(rule.body))
    changed["properties"]["dataFlows"][0]["transformKql"] = "source | take 0"
    rule.body = changed


def transform(stage: Stage) -> Any:
    (rule,) = (r for r in stage.azure.azure.all() if r.id.endswith(RULE))
    return rule.body["properties"]["dataFlows"][0]["transformKql"]


async def test_what_somebody_changes_is_named_and_repaired(stage: Stage) -> None:
    async with stage.operating():
        await stage.create(manifest(CONTOSO))
        await stage.seen.until(CONTOSO, is_ready)
        declared, calls = transform(stage), len(stage.azure.requests)
        change_the_rule(stage)

        await stage.resync(CONTOSO, "somebody was here")

        body = await stage.seen.until(CONTOSO, is_ready)
    events = {event["reason"]: event["message"] for event in await stage.events(CONTOSO)}
    assert transform(stage) == declared
    assert [(w.method, w.path.endswith(RULE)) for w in stage.writes(since=calls)] == [("PUT", True)]
    assert body["status"]["driftCount"] == 0
    for reason in ("DriftDetected", "DriftRepaired"):
        for word in ("Rule ContosoSecurityAlertsPushDCR", "transformKql", "source | take 0"):
            assert word in events[reason]


async def test_a_suspended_connector_is_left_alone(stage: Stage) -> None:
    async with stage.operating():
        await stage.create(manifest(CONTOSO))
        ready = condition(await stage.seen.until(CONTOSO, is_ready), "Ready")
        await stage.change(CONTOSO, {"spec": {"suspend": True}})
        await stage.seen.until(
            CONTOSO, lambda body: condition(body, "Synced")["reason"] == "Suspended"
        )
        change_the_rule(stage)
        calls = len(stage.azure.requests)

        body = await stage.resync(CONTOSO, "nothing may happen")

        assert len(stage.azure.requests) == calls
        kept = condition(body, "Ready")
        assert (kept["status"], kept["reason"]) == (ready["status"], ready["reason"])

        await stage.change(CONTOSO, {"spec": {"suspend": False}})
        await stage.seen.until(
            CONTOSO, lambda body: is_ready(body) and condition(body, "Synced")["status"] == "True"
        )
    assert transform(stage) != "source | take 0"
