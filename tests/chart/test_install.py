"""The plain file and Kustomize's overlays install what the chart installs."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from controller.cli import manifests
from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters, generated
from tests.chart.helm import CHART, Json, helm
from tests.generated import ROOT

INSTALL = ROOT / "manifests" / "install"
FILE = "manifests/install/base/install.yaml"
OVERLAYS = sorted(path.parent for path in INSTALL.glob("overlays/*/kustomization.yaml"))
RELEASE, NAMESPACE = "contoso-connector-operator", "sentinel-operator"
CRD = "CustomResourceDefinition"
HELMS_OWN = ("app.kubernetes.io/managed-by", "helm.sh/chart")
HEADER = f"""\
# The operator without Helm, as the chart makes it from values.yaml (REGENERATE=1 make chart).
# Put your own in place of INSTALLATION, CLIENT_ID and the image, or take an overlay.
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


def by_helm(values: Path) -> str:
    """The chart's manifests without what only Helm reads."""
    where = ("--namespace", NAMESPACE, "--values", str(values))
    done = helm("template", RELEASE, str(CHART), *where)
    assert done.returncode == 0, done.stderr
    marks = "|".join(map(re.escape, HELMS_OWN))
    return re.sub(rf"^(# Source:|\s+({marks}):).*\n", "", done.stdout, flags=re.MULTILINE)


def by_kustomize(folder: Path) -> str:
    clusters.needs_kubectl(os.environ)
    done = subprocess.run(  # noqa: S603 - the tester's own kubectl
        ["kubectl", "kustomize", str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def objects(text: str) -> dict[tuple[str, str], Json]:
    """Kind and name -> object; the order of variables means nothing."""
    found = {}
    for document in manifests.load_all(text):
        body = dict(document.value)
        if body["kind"] == "Deployment":
            for box in body["spec"]["template"]["spec"]["containers"]:
                box["env"].sort(key=lambda entry: str(entry["name"]))
        found[body["kind"], body["metadata"]["name"]] = body
    return found


def test_the_plain_file_is_made_by_the_chart() -> None:
    generated.assert_equal(FILE, HEADER + by_helm(INSTALL / "base" / "values.yaml"))


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
