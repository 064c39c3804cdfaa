"""helm, and what it makes of the chart."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from typing import Any

from controller.cli import manifests
from tests import clusters
from tests.generated import ROOT

Json = dict[str, Any]

CHART = ROOT / "charts" / "contoso-connector-operator"
RELEASE, NAMESPACE = "release", "operators"
LEADER = f"{RELEASE}-leader"
NAMED = ("installation=lab",)
WORKLOAD_IDENTITY = (*NAMED, "credential.clientId=11111111-1111-1111-1111-111111111111")
CLIENT_SECRET = (
    *NAMED,
    "namespaces.*.scopes={/}",
    "credential.method=client-secret",
    "credential.secretName=azure",
)
CLIENT_CERTIFICATE = (
    *NAMED,
    "credential.method=client-certificate",
    "credential.secretName=azure",
    "cloudConfigMap=private-cloud",
)
MANAGED_IDENTITY = (
    *NAMED,
    "namespaces.soc.scopes={/subscriptions/11111111-1111-1111-1111-111111111111}",
    "namespaces.soc.identity=Secret",
    "credential.method=managed-identity",
    "cloudConfigMap=private-cloud",
    "logFormat=plain",
)
EVERYTHING = (
    *WORKLOAD_IDENTITY,
    "credential.tenantId=22222222-2222-2222-2222-222222222222",
    "crds.keep=false",
    "image.pullSecrets[0].name=registry",
    "serviceAccount.name=connectors",
    "serviceAccount.annotations.team=soc",
    "podLabels.team=soc",
    "podAnnotations.team=soc",
    "priorityClassName=important",
    "nodeSelector.disk=ssd",
    "tolerations[0].operator=Exists",
    "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    ".nodeSelectorTerms[0].matchExpressions[0].key=zone",
    "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
    ".nodeSelectorTerms[0].matchExpressions[0].operator=Exists",
    "networkPolicy.enabled=true",
    "tracesEndpoint=http://collector.observability:4318",
    "replicas=2",
    "topologySpreadConstraints[0].maxSkew=1",
    "topologySpreadConstraints[0].topologyKey=zone",
    "topologySpreadConstraints[0].whenUnsatisfiable=DoNotSchedule",
    "monitoring.serviceMonitor.enabled=true",
    "monitoring.serviceMonitor.interval=30s",
    "monitoring.serviceMonitor.labels.team=soc",
    "monitoring.podMonitor.enabled=true",
    "monitoring.podMonitor.interval=30s",
    "monitoring.podMonitor.labels.team=soc",
    "monitoring.prometheusRule.enabled=true",
    "monitoring.prometheusRule.labels.team=soc",
    "monitoring.prometheusRule.runbookUrl=https://wiki.example.com/runbook",
    "monitoring.dashboards.enabled=true",
)
CILIUM = (
    *MANAGED_IDENTITY,
    "networkPolicy.enabled=true",
    "networkPolicy.flavor=cilium",
    "networkPolicy.hosts={arm.example.com,*.ingest.example.com}",
)
BARE = (
    *CLIENT_SECRET,
    "crds.install=false",
    "serviceAccount.create=false",
    "serviceAccount.name=theirs",
    "replicas=3",
    "uninstallCheck=false",
    "metricsPort=0",
)
WAYS = {
    "workload-identity": WORKLOAD_IDENTITY,
    "client-secret": CLIENT_SECRET,
    "client-certificate": CLIENT_CERTIFICATE,
    "managed-identity": MANAGED_IDENTITY,
    "everything": EVERYTHING,
    "cilium": CILIUM,
    "bare": BARE,
}
"""values that together make every line of every template"""


def helm(*arguments: str, values: Iterable[str] = ()) -> subprocess.CompletedProcess[str]:
    given = [word for value in values for word in ("--set", value)]
    return subprocess.run(  # noqa: S603 - the tester's own helm
        [program(), *arguments, *given], capture_output=True, text=True, check=False
    )


def program() -> str:
    found = os.environ.get("HELM") or shutil.which("helm")
    if found is None:
        clusters.absent("helm is not on PATH: install it or name it in HELM", os.environ)
    return str(found)


@cache
def text(values: tuple[str, ...], *more: str) -> str:
    """What `helm template` prints for the release in its namespace."""
    done = helm("template", RELEASE, str(CHART), "--namespace", NAMESPACE, *more, values=values)
    assert done.returncode == 0, done.stderr
    return done.stdout


def documents(values: tuple[str, ...]) -> list[Json]:
    """All that the chart makes, hooks too."""
    return deepcopy(_documents(values))


@cache
def _documents(values: tuple[str, ...]) -> list[Json]:
    return [dict(document.value) for document in manifests.load_all(text(values))]


def is_hook(document: Json) -> bool:
    return "helm.sh/hook" in (document["metadata"].get("annotations") or {})


def rendered(values: tuple[str, ...], *, hooks: bool = False) -> dict[str, Json]:
    """The release but for the right to lead, or its hooks, by kind; each kind is there once."""
    chosen = [
        document
        for document in documents(values)
        if is_hook(document) == hooks and document["metadata"]["name"] != LEADER
    ]
    by_kind = {document["kind"]: document for document in chosen}
    assert len(by_kind) == len(chosen)
    return by_kind


def pod(made: dict[str, Json]) -> Json:
    template: Json = made["Deployment"]["spec"]["template"]
    return template


def container(made: dict[str, Json]) -> Json:
    (only,) = pod(made)["spec"]["containers"]
    return dict(only)
