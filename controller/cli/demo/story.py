"""The demo's chapters, in order. Every claim on the screen is read back from an API before."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import controller
from controller.cli.demo.azure_side import AzureSide
from controller.cli.demo.cluster import Cluster, open_cluster
from controller.cli.demo.screen import Screen, Unexpected
from controller.cli.local_azure import environment, write_exports
from controller.config import CONNECTIVITY_SECONDS, LOG_FORMAT, NAMESPACE
from controller.emulator.azure import AzureEmulator, Options

ROOT = Path(controller.__file__).parents[1]
CRD = ROOT / "crds/contosoconnector.yaml"
MANIFEST = ROOT / "manifests/contoso-security-alerts.yaml"
CONNECTOR = "contoso-security-alerts"
LATENCY = 0.1
TABLE_SECONDS = 2.0
"""as the real Azure: tens of milliseconds a call, some seconds a table"""
ORDER = ("Ready", "Synced", "IsActive", "IsConnected")
BAD_TRANSFORM = "source | where EventSeverity != 'High' | extend TimeGenerated = now()"
EVENTS = [
    {
        "EventSeverity": severity,
        "EventType": "SignIn",
        "UserName": f"user{number}@contoso.com",
        "SourceIP": f"203.0.113.{number}",
        "DeviceId": f"device-{number}",
        "AlertMessage": "Impossible travel",
    }
    for number, severity in enumerate(["High", "Medium", "Low", "High", "Low"], start=1)
]

Json = Mapping[str, Any]


async def tell(
    screen: Screen, environ: Mapping[str, str], *, context: str | None, keep: bool
) -> None:
    """The whole story; raises Unexpected where it does not go on."""
    if not MANIFEST.exists():
        raise Unexpected(f"{MANIFEST.name} is not here: run the demo from a checkout.")
    os.chdir(ROOT)  # so that the commands on the screen can be typed as they stand
    with tempfile.TemporaryDirectory(prefix="contoso-demo-") as name:
        folder = Path(name)
        async with (
            AzureEmulator(Options(latency=LATENCY, table_seconds=TABLE_SECONDS)) as emulator,
            open_cluster(screen, environ, folder, context) as cluster,
        ):
            seed = emulator.azure.seed_walk_through()
            screen.chapter("Azure, emulated, and Kubernetes")
            screen.done(
                f"Azure at {emulator.https_url}: workspace {seed.workspace}, {seed.location}"
            )
            screen.done(f"Kubernetes: {cluster.title}")
            await cluster.install(CRD)
            variables = {**environment(emulator, seed, folder), NAMESPACE: cluster.namespace}
            async with (
                AzureSide(emulator, seed) as azure,
                _operator(screen, cluster, folder, variables),
            ):
                await _chapters(screen, cluster, azure, keep=keep)
                if keep:
                    write_exports(variables, folder / "env")
                    await _stay(screen, cluster, folder)
    screen.done("That was the whole story.")


@asynccontextmanager
async def _operator(
    screen: Screen, cluster: Cluster, folder: Path, variables: Mapping[str, str]
) -> AsyncIterator[None]:
    """The operator as a process of its own, as in its pod; its log goes to a file."""
    words = ["--kubeconfig", str(cluster.kubeconfig)] if cluster.kubeconfig else []
    words += ["--context", cluster.context] if cluster.context else []
    settings = {CONNECTIVITY_SECONDS: "2", LOG_FORMAT: "plain"}
    log = folder / "operator.log"
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "controller", "run", *words),
            env={**os.environ, **variables, **settings},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    screen.goes_on = lambda: process.returncode is None
    screen.done(f"Operator started (its log: {log})")
    try:
        yield
    except Unexpected as error:
        raise Unexpected(f"{error}\nThe operator's last words:\n{_tail(log)}") from error
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-12:])


async def _chapters(screen: Screen, cluster: Cluster, azure: AzureSide, *, keep: bool) -> None:
    screen.chapter("One manifest")
    await cluster.apply(MANIFEST)
    status = await screen.wait("Ready", lambda: _ready(screen, cluster, azure))
    for type_ in ORDER:
        condition = _condition(status, type_)
        screen.line(f"{type_}={condition['status']}: {condition['message']}")
    await cluster.table()
    await _data_arrives(screen, cluster, azure, status["ingestion"])
    await _drift(screen, cluster, azure, status)
    if not keep:
        await _deletion(screen, cluster, azure)


async def _ready(screen: Screen, cluster: Cluster, azure: AzureSide) -> Json | None:
    """The status once it is Ready and asked for data; shows what Azure gets meanwhile."""
    for write in azure.new_writes():
        screen.done(f"created {write}")
    status = await _status(cluster)
    asked = _condition(status, "IsConnected").get("reason") not in (None, "Pending")
    return status if _condition(status, "Ready").get("status") == "True" and asked else None


async def _data_arrives(
    screen: Screen, cluster: Cluster, azure: AzureSide, ingestion: Json
) -> None:
    screen.chapter("The source sends")
    screen.line(f"POST {ingestion['endpoint']}")
    screen.line(f"     /dataCollectionRules/{ingestion['ruleImmutableId']}/streams/…")
    answer = await azure.push(ingestion, EVENTS)
    if answer != 204:
        raise Unexpected(f"The Logs Ingestion API answered {answer} instead of 204.")
    screen.done(f"{len(EVENTS)} events sent with the values of status.ingestion: 204")

    async def connected() -> Json | None:
        condition = _condition(await _status(cluster), "IsConnected")
        return condition if condition.get("status") == "True" else None

    condition = await screen.wait("IsConnected", connected)
    screen.done(f"IsConnected=True: {condition['message']}")
    await cluster.table()


async def _drift(screen: Screen, cluster: Cluster, azure: AzureSide, status: Json) -> None:
    screen.chapter("Somebody changes the rule behind our back")
    rule = next(r for r in status["resources"] if r["kind"] == "Rule")
    declared = azure.transform(rule["id"])
    await azure.change_transform(rule["id"], BAD_TRANSFORM)
    screen.changed(f"{rule['name']}: {azure.transform(rule['id'])}")
    screen.line("the next resync would see it within 10 minutes; we ask for it now")
    await cluster.reconcile_now(CONNECTOR)

    async def repaired() -> list[Json] | None:
        events = await cluster.events(CONNECTOR)
        found = [event for event in events if event["reason"].startswith("Drift")]
        back = azure.transform(rule["id"]) == declared
        return found if back and len(found) > 1 else None

    for event in await screen.wait("the repair", repaired):
        screen.line(f"{event['type']} {event['reason']}: {event['message']}")
    screen.done(f"{rule['name']}: {azure.transform(rule['id'])}")


async def _deletion(screen: Screen, cluster: Cluster, azure: AzureSide) -> None:
    screen.chapter("The object is deleted; its policy keeps the data")
    await cluster.delete(CONNECTOR)

    async def gone() -> bool | None:
        return True if await cluster.get(CONNECTOR) is None else None

    await screen.wait("the deletion", gone)
    screen.done(f"left in Azure: {', '.join(azure.left())}")


async def _stay(screen: Screen, cluster: Cluster, folder: Path) -> None:
    screen.chapter("It stays until Ctrl-C. In another terminal:")
    flags = f" --context {cluster.context}" if cluster.context else ""
    place = "" if cluster.own else f" -n {cluster.namespace}"
    if cluster.kubeconfig:
        screen.output(f"export KUBECONFIG={cluster.kubeconfig}")
    screen.output(
        f"kubectl{flags} get contosoconnectors{place} -w\n"
        f"kubectl{flags} describe contosoconnector{place} {CONNECTOR}\n"
        f"kubectl{flags} apply --server-side{place} -f manifests/\n"
        f"source {folder}/env && .venv/bin/contosoctl plan -f manifests/\n"
        f"tail -f {folder}/operator.log"
    )
    await asyncio.Event().wait()


async def _status(cluster: Cluster) -> Json:
    found = await cluster.get(CONNECTOR)
    return (found or {}).get("status") or {}


def _condition(status: Json, type_: str) -> Json:
    return next((c for c in status.get("conditions", ()) if c["type"] == type_), {})
