"""The samples are legal, say what they are said to show, and Azure would take their transforms."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from controller.cli import manifests
from controller.emulator.azure.logs import Logs
from controller.emulator.azure.standard_tables import STANDARD_TABLES
from controller.model import crd
from controller.model.connector import GROUP, KIND, PLURAL, VERSION
from controller.model.derived import Derived, derive
from controller.model.spec import Column, Spec, parse
from tests.clusters import KUBECTL_SECONDS, Cluster
from tests.generated import ROOT
from tests.model import laws

SAMPLES = ("contoso-security-alerts", "minimal", "large")
SPEC = crd.schema(Spec)


def read(sample: str) -> dict[str, Any]:
    (document,) = manifests.load_all((ROOT / "manifests" / f"{sample}.yaml").read_text())
    return dict(document.value)


def derived(sample: str) -> Derived:
    raw = read(sample)
    name = raw["metadata"]["name"]
    return derive(parse(raw["spec"]), namespace="soc", name=name, installation="test")


def test_the_folder_holds_the_samples_only() -> None:
    """`kubectl apply -f manifests/` applies these and nothing else."""
    found = sorted(path.name for path in (ROOT / "manifests").iterdir() if path.is_file())
    assert found == sorted(f"{sample}.yaml" for sample in SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_names_no_namespace(sample: str) -> None:
    raw = read(sample)
    assert (raw["apiVersion"], raw["kind"]) == (f"{GROUP}/{VERSION}", KIND)
    assert list(raw["metadata"]) == ["name"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_an_api_server_takes_a_sample(sample: str) -> None:
    """Schema, unknown keys (the models refuse them) and CEL."""
    raw = read(sample)["spec"]
    Draft202012Validator(SPEC).validate(raw)
    parse(raw)
    assert laws.refusals(SPEC, raw, None, "spec") == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_all_samples_lie_in_the_walk_throughs_workspace(sample: str) -> None:
    workspace = read(sample)["spec"]["workspace"]
    assert workspace["subscriptionId"] == "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"
    assert (workspace["resourceGroup"], workspace["name"]) == ("sentinel-rg", "LogAnalytics1")
    assert workspace.get("location", "francecentral") == "francecentral"


def transforms() -> Iterator[Any]:
    for sample in SAMPLES:
        connector = derived(sample)
        tables = {table.name: typed(table.columns) for table in connector.tables}
        streams = {name: typed(columns) for name, columns in connector.streams}
        for flow in connector.flows:
            table = tables.get(flow.table) or STANDARD_TABLES[flow.table]
            where = f"{sample}: {flow.stream} → {flow.table}"
            yield pytest.param(streams[flow.stream], flow.transform, table, id=where)


def typed(columns: tuple[Column, ...]) -> dict[str, str]:
    return {column.name: column.type for column in columns}


@pytest.mark.parametrize(("stream", "transform", "table"), list(transforms()))
def test_azure_takes_each_transform(
    stream: dict[str, str], transform: str | None, table: dict[str, str]
) -> None:
    """Words that are allowed in a transform, and output types equal to the table's."""
    logs = Logs(lambda: datetime(2026, 11, 23, tzinfo=UTC))
    assert logs.check_transform(stream, transform, table) is None


def test_the_large_sample_shows_what_it_says() -> None:
    large = derived("large")
    assert len(large.tables) == 9
    fed_by_one = [flow.table for flow in large.flows if flow.stream == "Custom-FabrikamTraffic"]
    assert len(fed_by_one) == 4
    assert "CommonSecurityLog" in fed_by_one
    assert {table.name for table in large.tables} < set(large.fed_tables)
    types = {column.type for table in large.tables for column in table.columns}
    assert types == {"string", "int", "long", "real", "boolean", "datetime", "dynamic", "guid"}


def test_minimal_and_large_share_the_workspaces_endpoint() -> None:
    minimal, large, contoso = (derived(sample) for sample in ("minimal", "large", SAMPLES[0]))
    assert minimal.endpoint_id == large.endpoint_id
    assert minimal.endpoint_name == "LogAnalytics1"
    assert contoso.endpoint_name == "contososecurityalertsdce"


def test_the_minimal_sample_has_nothing_that_can_be_left_out() -> None:
    assert set(read("minimal")["spec"]) == {"workspace", "tables", "application"}


def test_no_two_samples_write_the_same_resource_but_the_endpoint() -> None:
    connectors = [derived(sample) for sample in SAMPLES]
    for names in (
        [table.name for connector in connectors for table in connector.tables],
        [connector.rule_name for connector in connectors],
        [connector.definition_name for connector in connectors],
        [push.name for connector in connectors for push in connector.pushes],
    ):
        assert len(set(names)) == len(names)


async def test_kubectl_applies_the_crd_and_the_samples(cluster: Cluster) -> None:
    """Nothing reads as current: Ready is Unknown until the operator has looked."""
    for command in (
        # a server of 2020 knows no CEL, and its kubectl-side checks refuse what it does not know
        ("apply", "--validate=false", "-f", str(ROOT / "crds")),
        ("wait", "--for=condition=Established", "--timeout=20s", "-f", str(ROOT / "crds")),
        ("apply", "--server-side", "-f", str(ROOT / "manifests")),
    ):
        done = await cluster.kubectl(*command)
        assert done.returncode == 0, done.stderr
    shown = await cluster.kubectl("get", "ccon", "-o", "wide")
    header, *rows = (line.split() for line in shown.stdout.splitlines())
    titles = "NAME READY STATUS ACTIVE CONNECTED LAST DATA SYNCED DRIFT REASON WORKSPACE AGE"
    assert " ".join(header) == titles
    assert sorted(row[0] for row in rows) == sorted(
        read(sample)["metadata"]["name"] for sample in SAMPLES
    )
    assert {(row[1], *row[-3:-1]) for row in rows} == {("Unknown", "Pending", "LogAnalytics1")}


@pytest.mark.parametrize(
    ("bent", "said"),
    [
        ({"suspend": "true"}, "spec.suspend"),
        ({"roleAssignment": "Maybe"}, "spec.roleAssignment"),
        ({"tables": [{"name": "Alerts", "columns": []}]}, "spec.tables"),
        ({"workspace": {"name": "LogAnalytics1"}}, "spec.workspace.subscriptionId"),
    ],
)
async def test_the_api_server_refuses_a_bad_object_with_the_fields_path(
    cluster: Cluster, bent: dict[str, Any], said: str
) -> None:
    crds = ("-f", str(ROOT / "crds"))
    await cluster.kubectl("apply", "--validate=false", *crds)
    await cluster.kubectl("wait", "--for=condition=Established", "--timeout=20s", *crds)
    async with asyncio.timeout(KUBECTL_SECONDS):
        # established is not yet discovered
        while (await cluster.kubectl("get", PLURAL)).returncode:
            pass
    sample = read("minimal")
    bad = {**sample, "spec": {**sample["spec"], **bent}}
    # the server's own words, not those of an older kubectl before it
    created = ("create", "--validate=false", "-f", "-")
    refused = await cluster.kubectl(*created, stdin=json.dumps(bad))
    assert refused.returncode != 0
    assert said in refused.stderr
