"""The plain file and Kustomize's overlays install what the chart installs."""

from pathlib import Path

import pytest

from controller.cli import manifests
from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters
from tests.chart.install import (
    CRD,
    FILE,
    INSTALL,
    NAMESPACE,
    OVERLAYS,
    RELEASE,
    by_helm,
    by_kustomize,
    objects,
)
from tests.generated import ROOT


def test_the_base_is_the_plain_file() -> None:
    base = objects(by_kustomize(INSTALL / "base"))
    assert base == objects((ROOT / FILE).read_text())
    assert ("Namespace", NAMESPACE) in base


@pytest.mark.parametrize("folder", OVERLAYS, ids=lambda folder: folder.name)
def test_an_overlay_is_the_chart_with_its_values(folder: Path) -> None:
    """But for what each has alone: Helm its mark on the CRD and the hook, the file a namespace."""
    chart, overlay = objects(by_helm(folder / "values.yaml")), objects(by_kustomize(folder))
    del overlay["Namespace", NAMESPACE]
    del chart["Job", f"{RELEASE}-uninstall-check"]
    (crd,) = (body for (kind, _), body in chart.items() if kind == CRD)
    del crd["metadata"]["annotations"]
    assert overlay == chart


@pytest.mark.e2e
async def test_kubernetes_takes_the_base(control_plane: ControlPlane, tmp_path: Path) -> None:
    """But for the CRD: to apply its CEL by the server needs a newer one than tests have."""
    base = objects(by_kustomize(INSTALL / "base"))
    text = "---\n".join(manifests.dump(body) for (kind, _), body in base.items() if kind != CRD)
    async with clusters.real(control_plane, tmp_path, "elsewhere") as cluster:
        done = await cluster.kubectl("apply", "--server-side", "-f", "-", stdin=text)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(base) - 1
