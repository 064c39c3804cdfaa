"""Every panel of the dashboard shows something, in a real Prometheus that scrapes the operator."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from controller import config
from controller.emulator.azure import Fault
from controller.model.connector import RECONCILE_REQUESTED
from tests.e2e.harness import CONTOSO, MINIMAL, Json, Stage, is_ready, manifest
from tests.e2e.test_metrics import change_the_rule, made, showing
from tests.e2e.test_seen_by_kubectl import EVENT
from tests.e2e.test_story import push
from tests.kube.operating import until
from tests.kube.test_lifecycle import free_port
from tests.telemetry.prometheus import Prometheus, prometheus
from tests.telemetry.test_dashboard import filled, targets


def lost() -> Json:
    """A connector whose workspace is not there."""
    body = manifest(MINIMAL)
    workspace = {**body["spec"]["workspace"], "name": "Decommissioned"}
    return {**body, "spec": {**body["spec"], "workspace": workspace}}


async def test_every_panel_has_data(embedded: Stage, tmp_path: Path) -> None:
    """While a connector is made, sent to, changed by somebody and throttled, another stalled."""
    values = {"namespace": embedded.cluster.namespace, "name": CONTOSO}
    asked = {f"{title}: {t['expr']}": filled(t["expr"], **values) for title, t in targets()}
    async with (
        showing(embedded, **{config.CONNECTIVITY_SECONDS: "1"}) as shown,
        prometheus([shown.address], tmp_path, free_port()) as found,
    ):
        await embedded.create(lost())
        await made(embedded, shown)
        contoso = await embedded.seen.until(CONTOSO, is_ready)
        assert await push(embedded, contoso["status"]["ingestion"], EVENT) == 204
        change_the_rule(embedded)
        await embedded.resync(CONTOSO, "somebody was here")
        await shown.until("last_log_timestamp_seconds", 1, name=CONTOSO)
        embedded.azure.faults.add(Fault("/subscriptions/", status=429))
        await embedded.change(CONTOSO, {"metadata": {"annotations": {RECONCILE_REQUESTED: "now"}}})

        missing = await without_data(found, asked)
        embedded.azure.faults.clear()
    assert missing == []


async def without_data(found: Prometheus, asked: Mapping[str, str]) -> list[str]:
    """The panels that show nothing although they had time to."""
    missing = dict(asked)

    async def none() -> bool:
        for title, expression in list(missing.items()):
            if await found.ask(expression):
                del missing[title]
        return not missing

    with suppress(TimeoutError):
        await until(none)
    return list(missing)
