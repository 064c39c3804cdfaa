"""An operator that sees nothing is noticed, by probe, metric and alert, and sees again by itself.

One operator goes through all of it, with a second between two proofs that its watch lives.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from controller import config
from controller.emulator.azure import Fault
from controller.model.connector import RECONCILE_REQUESTED
from tests import clusters
from tests.e2e import harness
from tests.e2e.harness import MINIMAL, SECONDS, Json, Stage, condition, is_ready, manifest
from tests.e2e.proxy import Proxy, through
from tests.e2e.test_metrics import Shown
from tests.kube.operating import until
from tests.kube.test_lifecycle import free_port
from tests.telemetry import firing
from tests.telemetry.scrapes import Samples, total, value

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("blind"),
    pytest.mark.timeout(240),
]

BLIND, STALLED = "ContosoConnectorOperatorBlind", "ContosoConnectorStalled"
UNREACHABLE = "ContosoConnectorAzureUnreachable"
WELL = (200, {"credentials": "ok", "kubernetes": "ok"})


@dataclass(frozen=True)
class Watched:
    """An operator behind a proxy, and what its two ports say."""

    stage: Stage
    proxy: Proxy
    shown: Shown
    health: aiohttp.ClientSession
    folder: Path

    async def alive(self) -> int:
        """The status of /healthz, 0 as long as nobody answers."""
        try:
            async with self.health.get("/healthz") as answer:
                return answer.status
        except aiohttp.ClientConnectionError:
            return 0

    async def unready(self, check: str) -> str:
        """What /readyz says of the one check that fails, once it does."""
        told: Json = {}

        async def failed() -> bool:
            nonlocal told
            status, told = await self.shown.ready()
            return status == 503 and told[check] != "ok"

        await until(failed)
        assert [name for name, said in told.items() if said != "ok"] == [check]
        return str(told[check])

    async def is_blind(self) -> bool:
        found = await self.shown.samples()
        return _age(found) > _limit(found)

    async def sees(self) -> bool:
        return not await self.is_blind() and (await self.alive(), await self.shown.ready()) == (
            200,
            WELL,
        )

    async def check(self, alert: str, before: Samples, *, fires: bool) -> None:
        firing.check(alert, before, await self.shown.samples(), self.folder, fires=fires)

    async def ask(self, word: str) -> None:
        """Somebody asks for a reconcile, past the proxy."""
        annotations = {"metadata": {"annotations": {RECONCILE_REQUESTED: word}}}
        await self.stage.change(MINIMAL, annotations)

    async def says(self, type_: str, status: str, reason: str) -> Json:
        def said(body: Json) -> bool:
            found = condition(body, type_)
            return (found.get("status"), found.get("reason")) == (status, reason)

        return await self.stage.seen.until(MINIMAL, said, seconds=2 * SECONDS)


def _age(found: Samples) -> float:
    age = value(found, "watch_age_seconds")
    assert age is not None
    return age


def _limit(found: Samples) -> float:
    limit = value(found, "watch_age_limit_seconds")
    assert limit == 3.0
    return limit


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Watched]:
    folder = tmp_path_factory.mktemp("blind")
    health, metrics = free_port(), free_port()
    settings = {
        config.RELIST_SECONDS: "1",
        config.HEALTH_PORT: str(health),
        config.METRICS_PORT: str(metrics),
    }
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(clusters.embedded(folder))
        stage = await stack.enter_async_context(harness.stage(cluster, folder))
        proxy, proxied = await stack.enter_async_context(through(cluster, folder))
        own = replace(stage.with_settings(settings), cluster=proxied)
        operator = await stack.enter_async_context(own.operating())
        await stage.create(manifest(MINIMAL))
        await stage.seen.until(MINIMAL, is_ready, seconds=3 * SECONDS)
        shown, probe = [
            await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{port}"))
            for port in (metrics, health)
        ]
        found = Watched(stage, proxy, Shown(shown, operator, f"127.0.0.1:{metrics}"), probe, folder)
        await until(found.sees)
        yield found


async def test_a_watch_that_fell_silent_fails_the_health_check_though_its_task_lives(
    watched: Watched,
) -> None:
    """The API server answers whoever asks: so the LIST heals what the watch misses meanwhile."""
    before = await watched.shown.samples()
    await watched.check(BLIND, before, fires=False)
    watched.proxy.deafen()
    await watched.ask("nobody tells the operator")

    async def dead() -> bool:
        return await watched.alive() == 500

    await until(dead)
    assert await watched.is_blind()
    assert await watched.shown.ready() == WELL
    await watched.check(BLIND, before, fires=True)
    handled = "nobody tells the operator"
    await watched.stage.seen.until(
        MINIMAL, lambda body: body["status"]["lastHandledReconcileAt"] == handled
    )

    watched.proxy.speak()
    await until(watched.sees)
    await watched.check(BLIND, before, fires=False)


async def test_an_api_server_that_is_gone_makes_it_unready_and_not_dead(watched: Watched) -> None:
    """Starting it again would not bring the API server back."""
    before = await watched.shown.samples()
    await watched.proxy.cut()
    assert "no answer" in await watched.unready("kubernetes")
    await until(watched.is_blind)
    assert await watched.alive() == 200
    await watched.check(BLIND, before, fires=True)

    await watched.ask("meanwhile")
    watched.proxy.mend()
    await until(watched.sees)
    await watched.stage.seen.until(
        MINIMAL, lambda body: body["status"]["lastHandledReconcileAt"] == "meanwhile"
    )
    await watched.check(BLIND, before, fires=False)


async def test_credentials_that_ended_make_it_unready_and_stall_its_objects(
    watched: Watched,
) -> None:
    before = await watched.shown.samples()
    entra, operator = watched.stage.azure.azure.entra, watched.stage.seed.operator
    entra.add(replace(operator, secret="renewed by somebody"))
    watched.stage.azure.faults.add(Fault("/subscriptions/", status=401))
    await watched.ask("with old credentials")
    await watched.says("Stalled", "True", "CredentialsInvalid")
    said = await watched.unready("credentials")
    assert "AADSTS" in said
    assert operator.secret not in said
    assert await watched.alive() == 200
    await watched.check(STALLED, before, fires=True)

    entra.add(operator)
    watched.stage.azure.faults.clear()
    await until(watched.sees)
    await watched.says("Ready", "True", "Provisioned")
    await watched.check(STALLED, before, fires=False)


async def test_an_azure_that_does_not_answer_is_told_and_what_was_ready_stays_so(
    watched: Watched,
) -> None:
    before = await watched.shown.samples()
    await watched.check(UNREACHABLE, before, fires=False)
    watched.stage.azure.faults.add(Fault("/", drop=True))
    await watched.ask("nobody answers")
    body = await watched.says("Synced", "Unknown", "AzureUnavailable")
    assert condition(body, "Ready")["status"] == "True"
    silent = await watched.shown.until("azure_requests_total", 1, code="none")
    assert total(silent, "azure_requests_total", code="none") > 0
    assert (await watched.alive(), await watched.shown.ready()) == (200, WELL)
    await watched.check(UNREACHABLE, before, fires=True)

    watched.stage.azure.faults.clear()
    await watched.says("Synced", "True", "InSync")
    calm = await watched.shown.samples()
    firing.check(UNREACHABLE, calm, calm, watched.folder, fires=False)
