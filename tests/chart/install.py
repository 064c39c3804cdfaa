"""The plain file and Kustomize's overlays, and what the chart makes of the same values."""

import os
import re
import subprocess
from pathlib import Path

from controller.cli import manifests
from tests import clusters
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


def made() -> str:
    """What the plain file has to hold."""
    return HEADER + by_helm(INSTALL / "base" / "values.yaml")


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
