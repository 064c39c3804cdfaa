"""Wherever the operator dies, the next one ends where an undisturbed one would have ended.

It is killed by SIGKILL at one call to Azure, counted as they arrive there (requests for tokens
are calls too): before Azure has done what the call asks, or after, when nobody hears the answer.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from controller.emulator.azure import AzureEmulator, Request
from tests.e2e.harness import (
    CONTOSO,
    ON_A_REAL_API_SERVER,
    SECONDS,
    Stage,
    condition,
    is_ready,
    manifest,
)

FIRST_CALLS = 20
LATER_WRITES = ("roleAssignments", "dataConnectorDefinitions", "metadata", "dataConnectors")
"""what is created after those calls, by collection"""
DELETED = ("dataConnectors", "dataCollectionRules")

When = Literal["before", "after"]
Held = Mapping[str, Any]
BOTH = pytest.mark.parametrize("when", ["before", "after"])

CHOSEN_BY_AZURE = (
    (r"dc[er]-[0-9a-f]{32}", "<immutable id>"),
    (r"-[0-9a-z]{4}\.francecentral-1", "-<suffix>"),
    (r"https://127\.0\.0\.1:\d+", "<emulator>"),
    (r'\\"[0-9a-f]{8}-0000-0100-0000-[0-9a-f]{8}\\"', "<etag>"),
    (r'"workspaceId": "[0-9a-f-]{36}"', '"workspaceId": "<the workspace\'s>"'),
    (r"demo/[^/]+/contoso-security-alerts", "<owner>"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<time>"),
)
"""what may differ between two runs: with the namespace, the owner does too"""


def held(azure: AzureEmulator) -> Held:
    """What Azure holds beside the workspace, without the values that it chose itself."""
    bodies = {r.key: r.body for r in azure.azure.all() if not r.key.endswith("/loganalytics1")}
    text = json.dumps(bodies)
    for pattern, word in CHOSEN_BY_AZURE:
        text = re.sub(pattern, word, text)
    found: Held = json.loads(text)
    return found


def collection(request: Request) -> str:
    return request.path.split("/")[-2]


@dataclass(frozen=True)
class Undisturbed:
    """What Azure holds with the connector Ready and after its deletion; the calls until Ready."""

    ready: Held
    deleted: Held
    calls: int


_undisturbed: list[Undisturbed] = []
"""measured once a process: it is the same for every case"""


async def undisturbed(stage: Stage) -> Undisturbed:
    """The same without a kill, on the same stage, which is left as it was found."""
    if not _undisturbed:
        async with stage.operating():
            await stage.create(manifest(CONTOSO))
            await stage.seen.until(CONTOSO, is_ready)
            ready, calls = held(stage.azure), len(stage.azure.requests)
            await stage.delete(CONTOSO)
            await stage.seen.gone(CONTOSO)
        _undisturbed.append(Undisturbed(ready, held(stage.azure), calls))
        for resource in list(
            stage.azure.azure.of_type("microsoft.operationalinsights/workspaces/tables")
        ):
            stage.azure.azure.delete(resource.id)
        stage.azure.requests.clear()
    return _undisturbed[0]


async def killed(
    stage: Stage, when: When, *, at: Callable[[Request], bool], after: Callable[[], Any]
) -> None:
    """Starts the operator, awaits `after`, and returns when the operator died at the call."""
    operator = await stage.start()
    died = asyncio.Event()

    async def strike(request: Request) -> None:
        if died.is_set() or not at(request):
            return
        died.set()
        await operator.kill()
        await asyncio.Event().wait()  # cancelled: with the process its connection is gone

    setattr(stage.azure.faults, when, strike)
    try:
        await after()
        async with asyncio.timeout(SECONDS):
            await died.wait()
    except BaseException as error:
        error.add_note(operator.log)
        raise
    finally:
        await operator.kill()


async def check_the_rest(stage: Stage, expected: Undisturbed) -> None:
    """A new operator brings the connector to its end, and deletes it as if nothing had been."""
    async with stage.operating():
        await stage.seen.until(CONTOSO, is_ready)
        assert held(stage.azure) == expected.ready

        await stage.delete(CONTOSO)
        await stage.seen.gone(CONTOSO)
    check_the_end(stage, expected)


def check_the_end(stage: Stage, expected: Undisturbed) -> None:
    assert held(stage.azure) == expected.deleted
    acted = [
        (call.method, call.path.casefold(), json.dumps(call.body, sort_keys=True))
        for call in stage.writes()
        if call.acted and call.method != "DELETE"
    ]
    assert sorted(acted) == sorted(set(acted))


async def killed_while_creating(stage: Stage, when: When, at: Callable[[Request], bool]) -> None:
    expected = await undisturbed(stage)
    assert expected.calls >= FIRST_CALLS

    await killed(stage, when, at=at, after=lambda: stage.create(manifest(CONTOSO)))

    assert condition(stage.seen.newest(CONTOSO) or {}, "Ready").get("status") != "True"
    await check_the_rest(stage, expected)


@BOTH
@pytest.mark.parametrize("number", range(1, FIRST_CALLS + 1))
async def test_killed_at_one_of_the_first_calls(embedded: Stage, number: int, when: When) -> None:
    await killed_while_creating(embedded, when, lambda request: request.sequence == number)


@BOTH
@pytest.mark.parametrize("last", LATER_WRITES)
async def test_killed_at_a_later_write(embedded: Stage, last: str, when: When) -> None:
    await killed_while_creating(
        embedded, when, lambda request: request.method == "PUT" and collection(request) == last
    )


@ON_A_REAL_API_SERVER
@pytest.mark.parametrize("last", ["dataCollectionEndpoints", "dataCollectionRules"])
async def test_killed_after_a_write_on_a_real_api_server(stage: Stage, last: str) -> None:
    await killed_while_creating(
        stage, "after", lambda request: request.method == "PUT" and collection(request) == last
    )


@BOTH
@pytest.mark.parametrize("last", DELETED)
async def test_killed_while_deleting(embedded: Stage, last: str, when: When) -> None:
    stage, expected = embedded, await undisturbed(embedded)

    async def delete() -> None:
        await stage.create(manifest(CONTOSO))
        await stage.seen.until(CONTOSO, is_ready)
        await stage.delete(CONTOSO)

    await killed(
        stage,
        when,
        at=lambda request: request.method == "DELETE" and collection(request) == last,
        after=delete,
    )

    async with stage.operating():
        await stage.seen.gone(CONTOSO)
    check_the_end(stage, expected)
