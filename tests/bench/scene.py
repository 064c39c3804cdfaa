"""Where a measurement takes place: a Kubernetes API, an emulated Azure, the operator's process."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters
from tests.clusters import Cluster
from tests.e2e.harness import MINIMAL, Json, Operator, Stage, condition, manifest
from tests.image.build import values

WARM_UP = "warm-up"
_PAGE = os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def kubernetes(
    folder: Path, environ: Mapping[str, str]
) -> AsyncIterator[tuple[str, Cluster]]:
    """A real API server where its programs are, else the embedded one; and what it is called."""
    assets = Path(environ.get("KUBEBUILDER_ASSETS") or clusters.USUAL_ASSETS)
    programs = all((assets / name).exists() for name in ("etcd", "kube-apiserver"))
    if programs and shutil.which("kubectl"):
        async with ControlPlane(assets) as plane, clusters.real(plane, folder, "bench") as cluster:
            yield "a real kube-apiserver", cluster
        return
    async with clusters.embedded(folder) as cluster:
        yield "the embedded Kubernetes API", cluster


def allocator() -> dict[str, str]:
    """What the image tells the C library of memory: it is the image's operator that is measured."""
    of_the_image = values("ENV", 2)
    return {name: value for name, value in of_the_image.items() if name.startswith("MALLOC_")}


@asynccontextmanager
async def warm_operator(stage: Stage) -> AsyncIterator[Operator]:
    """The operator once it has served an object that asks nothing of Azure, not even a token."""
    async with stage.with_settings(allocator()).operating() as operator:
        body = manifest(MINIMAL)
        body["metadata"]["name"], body["spec"]["suspend"] = WARM_UP, True
        await stage.create(body)
        await stage.seen.until(WARM_UP, _served)
        yield operator


def _served(body: Json) -> bool:
    """The operator has spoken: until then the condition is the schema's default."""
    current: bool = condition(body, "Ready").get("observedGeneration") == 1
    return current


def resident(pid: int) -> float:
    """MiB of memory that a process holds (RSS)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE / 2**20


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
