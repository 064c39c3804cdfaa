"""What a user sees of connectors: kubectl get, wait, describe and explain, contosoctl status."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from controller import config
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.reconcile.conditions import LASTING
from tests import generated
from tests.argocd import states
from tests.argocd.states import STATES
from tests.cli.commands import Place
from tests.clusters import Cluster
from tests.e2e.harness import (
    CONTOSO,
    MINIMAL,
    ON_A_REAL_API_SERVER,
    Json,
    Stage,
    condition,
    is_ready,
    manifest,
)
from tests.e2e.test_story import kubectl, push, wait
from tests.kube.operating import Desk, install

BEGIN, END = "<!-- five: begin -->\n", "<!-- five: end -->"
WIDTH = 100
AGE = re.compile(r"\b\d+[smhd](\d+s)?\b")
EVENT = {"EventSeverity": "High", "EventType": "Login", "UserName": "kim"}
QUIET, DRIFTED, WAITING, LOST = "mail-gateway", "door-events", "badge-events", "vpn-logins"
pytestmark = ON_A_REAL_API_SERVER


def derived_from(name: str, table: str, **spec: Any) -> Json:
    """The smallest sample under another name, for a table of its own."""
    body = manifest(MINIMAL)
    tables = [{**body["spec"]["tables"][0], "name": table}]
    return {**body, "metadata": {"name": name}, "spec": {**body["spec"], "tables": tables, **spec}}


async def five(stage: Stage) -> None:
    """Five connectors in five states, each by its cause. An operator runs."""
    nowhere = {**manifest(MINIMAL)["spec"]["workspace"], "name": "Decommissioned"}
    for body in (
        manifest(CONTOSO),
        derived_from(QUIET, "MailGateway_CL"),
        derived_from(DRIFTED, "DoorEvents_CL", policy={"apply": "OnSpecChange"}),
        derived_from(WAITING, "BadgeEvents_CL", policy={"apply": "Approved"}),
        derived_from(LOST, "VpnLogins_CL", workspace=nowhere),
    ):
        await stage.create({**body, "metadata": {"name": body["metadata"]["name"]}})
    for name in (CONTOSO, QUIET, DRIFTED):
        await stage.seen.until(name, is_ready)
    await until_synced_says(stage, WAITING, Reason.AWAITING_APPROVAL)
    await until_synced_says(stage, LOST, Reason.WORKSPACE_NOT_FOUND)

    (rule,) = [r for r in stage.azure.azure.all() if r.id.endswith(f"Rules/{DRIFTED}")]
    rule.body["properties"]["dataFlows"][0]["transformKql"] = "source | take 0"
    await stage.resync(DRIFTED, "somebody was here")
    await until_synced_says(stage, DRIFTED, Reason.DRIFT_DETECTED)

    contoso = await stage.seen.until(CONTOSO, is_ready)
    assert await push(stage, contoso["status"]["ingestion"], EVENT) == 204
    await wait(stage, "IsConnected", CONTOSO)


async def until_synced_says(stage: Stage, name: str, reason: Reason) -> None:
    await stage.seen.until(name, lambda body: condition(body, "Synced").get("reason") == reason)


def shape(table: str) -> list[list[str]]:
    """The cells of each line, every age the same."""
    return [re.split(r" {2,}", AGE.sub("age", line).rstrip()) for line in table.splitlines()]


async def test_five_connectors_in_five_states(stage: Stage, capsys: Any) -> None:
    """As the README shows them: its block is such a run, made anew with REGENERATE=1."""
    attentive = stage.with_settings({config.CONNECTIVITY_SECONDS: "5"})
    async with attentive.operating():
        await five(attentive)
        got = await kubectl(stage, "get", "contosoconnectors")
        described = await kubectl(stage, "describe", "contosoconnector", LOST)
        code = await status(stage)

    page = (generated.ROOT / "README.md").read_text()
    before, _, rest = page.partition(BEGIN)
    block, _, after = rest.partition(END)
    made = f"```\n$ kubectl get contosoconnectors\n{got}```\n"
    if shape(block) != shape(made):
        generated.assert_equal("README.md", f"{before}{BEGIN}{made}{END}{after}")
    assert [line for line in got.splitlines() if len(line) > WIDTH] == []
    assert len({tuple(row[1:]) for row in shape(got)[1:]}) == 5
    assert_reads_like_a_report(described)
    told = capsys.readouterr()
    assert code == 2
    assert (row_of(CONTOSO, told.out)[-2:], row_of(QUIET, told.out)[-2:]) == (["1"] * 2, ["0"] * 2)
    assert f"{LOST} Stalled=True WorkspaceNotFound: " in told.out
    assert "Decommissioned" in told.err


async def status(stage: Stage) -> int:
    place = Place(stage.azure.azure, stage.variables, stage.folder)
    cluster = ("--kubeconfig", str(stage.cluster.kubeconfig), "-n", stage.cluster.namespace)
    return await place.run("status", *cluster)


def row_of(name: str, table: str) -> list[str]:
    (line,) = [line for line in table.splitlines() if line.split()[1:2] == [name]]
    return line.split()


def assert_reads_like_a_report(described: str) -> None:
    """What is asked, what is the matter with it, and what happened, in this order and in words."""
    lines = [line.strip() for line in described.splitlines()]
    places = [lines.index(heading) for heading in ("Spec:", "Status:", "Conditions:")]
    assert places == sorted(places)
    events = next(n for n, line in enumerate(lines) if line.startswith("Events:"))
    assert places[-1] < events
    said = lines[places[-1] : events]
    types = [line.split()[1] for line in said if line.startswith("Type:")]
    assert types[: len(LASTING)] == list(LASTING)
    messages = [line.split(maxsplit=1)[1] for line in said if line.startswith("Message:")]
    assert [message for message in messages if not message[0].isupper()] == []
    assert any("WorkspaceNotFound" in line for line in lines[events:])


@pytest.fixture
async def desk(cluster: Cluster) -> AsyncIterator[Desk]:
    """A cluster that knows our objects; no operator runs."""
    await install(cluster)
    async with cluster.session() as session:
        yield Desk(session, cluster.namespace)


async def longest() -> Json:
    """The state with the longest word in it."""
    reason = max(Reason, key=len)
    return await states.at_first(Stalled(reason, "Nothing is there."))


async def test_every_state_fits_a_hundred_columns(cluster: Cluster, desk: Desk) -> None:
    """With a name as long as the walk-through's, data of days ago and an object that is young."""
    bodies: list[Mapping[str, Any]] = [await state.reach() for state in STATES]
    bodies.append(await longest())
    for number, body in enumerate(bodies):
        name = f"{CONTOSO[:-3]}-{number:02}"
        await desk.create(name)
        await desk.patch(name, {"status": body["status"]}, status=True)

    shown = await cluster.kubectl("get", "contosoconnectors")

    lines = shown.stdout.splitlines()
    assert len(lines) == 1 + len(bodies)
    assert max(map(len, lines)) <= WIDTH
    assert max(Reason, key=len) in shown.stdout


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("spec", ["workspace", "tables", "rule"]),
        ("spec.rule.flows", ["stream", "table", "outputStream", "transformKql"]),
        ("spec.policy", ["apply", "adoption", "deletion"]),
        ("status.conditions", ["reason", "message", "observedGeneration"]),
    ],
)
async def test_kubectl_explains_a_field(
    cluster: Cluster, desk: Desk, path: str, words: list[str]
) -> None:
    """The description of the field, and of each field in it."""

    done = await cluster.kubectl("explain", f"contosoconnector.{path}")

    assert done.returncode == 0, done.stderr
    fields = done.stdout.partition("FIELDS:")[2]
    described = re.findall(r"^ {2,3}(\w+)\t+<[^\n]*\n +(\w)", fields, re.MULTILINE)
    assert set(words) <= {name for name, _ in described}
    assert len(described) == len(re.findall(r"^ {2,3}\w+\t+<", fields, re.MULTILINE))
    assert re.search(r"DESCRIPTION:\n +\w", done.stdout)
