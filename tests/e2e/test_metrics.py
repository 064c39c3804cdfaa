"""What /metrics of the operator's process says while a connector is made, changed and throttled."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp

from controller import config
from controller.emulator.azure import Fault
from controller.kube import lease
from controller.model.connector import RECONCILE_REQUESTED
from tests.e2e.harness import CONTOSO, Json, Operator, Stage, is_ready, manifest
from tests.kube.operating import until
from tests.kube.test_lifecycle import free_port
from tests.telemetry.scrapes import Samples, named, parsed, promtool, total, value

RULE = "/dataCollectionRules/ContosoSecurityAlertsPushDCR"
MADE = 7
"""the writes that the walk-through's connector costs"""


@dataclass(frozen=True)
class Shown:
    """The metrics port of an operator that runs."""

    http: aiohttp.ClientSession
    operator: Operator
    address: str
    """host:port, as Prometheus names a target"""

    async def text(self) -> str:
        async with self.http.get("/metrics") as answer:
            assert answer.ok
            return await answer.text()

    async def samples(self) -> Samples:
        return parsed(await self.text())

    async def ready(self) -> tuple[int, Json]:
        """The status of /readyz and what it says, 0 as long as nobody answers."""
        try:
            async with self.http.get("/readyz") as answer:
                return answer.status, await answer.json()
        except aiohttp.ClientConnectionError:
            return 0, {}

    async def until(self, metric: str, at_least: float, /, **labels: str) -> Samples:
        """The scrape in which the series with these labels come to that much together."""
        found: Samples = {}

        async def there() -> bool:
            nonlocal found
            found = await self.samples()
            return total(found, metric, **labels) >= at_least

        await until(there)
        return found


@asynccontextmanager
async def showing(stage: Stage, **settings: str) -> AsyncIterator[Shown]:
    """The operator, once it shows itself."""
    port = free_port()
    own = stage.with_settings({config.METRICS_PORT: str(port), **settings})
    address = f"127.0.0.1:{port}"
    async with own.operating() as operator, aiohttp.ClientSession(f"http://{address}") as http:
        shown = Shown(http, operator, address)

        async def there() -> bool:
            return (await shown.ready())[0] != 0

        await until(there)
        yield shown


def says(type_: str, status: str, reason: str) -> dict[str, str]:
    return {"name": CONTOSO, "type": type_, "status": status, "reason": reason}


async def made(stage: Stage, shown: Shown) -> Samples:
    """The scrape that shows the new connector Ready."""
    await stage.create(manifest(CONTOSO))
    await stage.seen.until(CONTOSO, is_ready)
    await shown.until("reconciles_total", 1, outcome="ok")
    return await shown.until("condition", 1, **says("Ready", "True", "Provisioned"))


def change_the_rule(stage: Stage) -> None:
    """As somebody in the portal would."""
    (rule,) = (r for r in stage.azure.azure.all() if r.id.endswith(RULE))
    changed: Any = json.loads(json.dumps(rule.body))
    changed["properties"]["dataFlows"][0]["transformKql"] = "source | take 0"
    rule.body = changed


async def test_a_new_connector_moves_what_is_counted_and_shows_what_it_says(
    embedded: Stage,
) -> None:
    async with showing(embedded) as shown:
        found = await made(embedded, shown)
        text = await shown.text()

    arm = [call for call in embedded.azure.requests if call.path.startswith("/subscriptions/")]
    assert total(found, "writes_total") == len(embedded.writes()) == MADE
    assert total(found, "writes_without_change_total") == 0
    assert total(found, "azure_requests_total", verb="PUT") == MADE
    assert total(found, "azure_requests_total") >= len(arm)
    assert value(found, "objects") == value(found, "leader") == 1
    for phase in ("plan", "write"):
        assert value(found, "phase_duration_seconds_count", phase=phase) == 1
    assert named(found, "token_expiry_timestamp_seconds")
    assert named(found, "azure_budget_left")
    assert promtool("check", "metrics", stdin=text) == ""


async def test_a_drift_is_counted_when_found_and_when_repaired(embedded: Stage) -> None:
    async with showing(embedded) as shown:
        await made(embedded, shown)
        change_the_rule(embedded)
        await embedded.resync(CONTOSO, "somebody was here")
        found = await shown.until("drift_repaired_total", 1, kind="Rule")

    assert total(found, "drift_found_total") == value(found, "drift_found_total", kind="Rule") == 1
    assert total(found, "drift_repaired_total") == 1
    assert value(found, "writes_total", kind="Rule", verb="PUT") == 2
    assert total(found, "writes_without_change_total") == 0


async def test_a_throttled_connector_is_counted_and_says_so_until_it_is_over(
    embedded: Stage,
) -> None:
    async with showing(embedded) as shown:
        before = await made(embedded, shown)
        embedded.azure.faults.add(Fault("/subscriptions/", status=429))
        asked = {"metadata": {"annotations": {RECONCILE_REQUESTED: "now"}}}
        await embedded.change(CONTOSO, asked)
        during = await shown.until("condition", 1, **says("Synced", "Unknown", "Throttled"))
        during = await shown.until("reconciles_total", 1, outcome="throttled")

        embedded.azure.faults.clear()
        after = await shown.until("condition", 1, **says("Synced", "True", "InSync"))

    assert total(before, "azure_requests_total", code="429") == 0
    assert total(during, "azure_requests_total", code="429") >= 1
    assert total(during, "condition", **says("Synced", "True", "InSync")) == 0
    assert total(after, "condition", reason="Throttled") == 0
    assert total(after, "writes_total") == MADE


async def test_the_series_of_a_deleted_connector_end(embedded: Stage) -> None:
    async with showing(embedded) as shown:
        found = await made(embedded, shown)
        assert named(found, "condition")
        await embedded.delete(CONTOSO)
        await embedded.seen.gone(CONTOSO)

        async def gone() -> bool:
            return value(await shown.samples(), "objects") == 0

        await until(gone)
        assert CONTOSO not in await shown.text()


async def test_a_standby_is_ready_and_no_leader(embedded: Stage) -> None:
    """Another process holds the Lease for an hour."""
    namespace = embedded.cluster.namespace
    held = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": lease.NAME},
        "spec": {
            "holderIdentity": "another",
            "leaseDurationSeconds": 3600,
            "renewTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        },
    }
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    async with embedded.api.post(leases, json=held) as answer:
        assert answer.ok, await answer.text()
    async with showing(embedded, **{config.LEASE_SECONDS: "15"}) as shown:
        await embedded.create(manifest(CONTOSO))
        found = await shown.until("objects", 1)
        ready = await shown.ready()

    assert ready == (200, {"credentials": "ok", "kubernetes": "ok"})
    assert value(found, "leader") == 0
    assert embedded.writes() == []


async def test_a_port_that_is_taken_is_said_with_its_setting(embedded: Stage) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104 as the operator would
        other.listen()
        taken = str(other.getsockname()[1])
        operator = await embedded.with_settings({config.METRICS_PORT: taken}).start()
        assert await operator.process.wait() == 1
    assert f"{config.METRICS_PORT} is {taken}, which cannot be served" in operator.log
