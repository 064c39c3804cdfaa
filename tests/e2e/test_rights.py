"""The operator lives with the rights that the chart gives it: none is missing, none is idle.

It runs as the ServiceAccount of the chart, and the API server's audit says what it asked for.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import yaml

from controller.emulator.kubernetes.control_plane import ControlPlane
from controller.model.connector import APPROVED_PLAN, GROUP, PLURAL, RECONCILE_REQUESTED
from tests import clusters
from tests.chart.helm import CHART, RELEASE, helm
from tests.clusters import Cluster
from tests.e2e import harness
from tests.e2e.harness import (
    CONTOSO,
    ON_A_REAL_API_SERVER,
    SECONDS,
    Json,
    Stage,
    condition,
    is_ready,
    manifest,
)
from tests.e2e.pods import CLOUD, SECRET, Kubelet, configured, token
from tests.e2e.rights import Asked, Right, asked, granted, idle, in_force, missing
from tests.e2e.test_operator import change_the_rule
from tests.e2e.test_replicas import other_retention

OF_RBAC = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
WHOSE = "{namespace}"
"""the namespace of the connector, in the value `namespaces`: name -> whose identity"""
SERVED = [
    pytest.param({WHOSE: "Operator"}, id="Roles"),
    pytest.param({"*": "Operator"}, id="a ClusterRole"),
    pytest.param(
        {"*": "Operator", WHOSE: "Secret"},
        id="a ClusterRole, and a Role for Secrets",
    ),
]

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("rights")]


@dataclass(frozen=True)
class Site:
    """What the chart installs in a namespace of its own, and who runs its Pods."""

    stage: Stage
    kubelet: Kubelet
    audit: Path
    documents: list[Json]
    connector: Json

    @property
    def rights(self) -> list[Right]:
        return granted(self.documents, RELEASE, self.kubelet.namespace)

    @property
    def requests(self) -> list[Asked]:
        return asked(self.audit, RELEASE, self.kubelet.namespace)

    def template(self, kind: str) -> Json:
        """Of the Pods of the only Deployment or Job."""
        (owner,) = (one for one in self.documents if one["kind"] == kind)
        found: Json = owner["spec"]["template"]
        return found


def rendered(namespace: str, served: Mapping[str, str]) -> list[Json]:
    """The chart in the namespace of the operators, serving others: name -> whose identity."""
    values = (
        *("installation=demo", "leaseSeconds=3", "replicas=2", "logFormat=plain"),
        *("credential.method=client-secret", f"credential.secretName={SECRET}"),
        f"cloudConfigMap={CLOUD}",
        *(f"namespaces.{name}.scopes={{/}}" for name in served),
        *(f"namespaces.{name}.identity={who}" for name, who in served.items()),
    )
    done = helm("template", RELEASE, str(CHART), "--namespace", namespace, values=values)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


@asynccontextmanager
async def site(plane: ControlPlane, folder: Path, served: Mapping[str, str]) -> AsyncIterator[Site]:
    """`served`: whose identity by namespace, where WHOSE is that of the stage."""
    name = uuid.uuid4().hex[:8]
    async with (
        clusters.real(plane, folder, f"test-{name}") as cluster,
        harness.stage(cluster, folder) as stage,
    ):
        namespace = f"operators-{name}"
        made = await cluster.kubectl("create", "namespace", namespace)
        assert made.returncode == 0, made.stderr
        names = {cluster.namespace if key == WHOSE else key: who for key, who in served.items()}
        documents = rendered(namespace, names)
        accounts = [document for document in documents if document["kind"] in OF_RBAC]
        items = [*accounts, *configured(stage, namespace, cluster.namespace)]
        await cluster.apply({"apiVersion": "v1", "kind": "List", "items": items})
        kubelet = Kubelet(cluster, stage.api, namespace, folder)
        connector = sample(served.get(WHOSE, "Operator"))
        found = Site(stage, kubelet, plane.audit, documents, connector)
        await in_force(stage.api, found.rights, RELEASE, namespace)
        yield found


def sample(who: str) -> Json:
    """The connector, with the Secret that it has to name if the identity is that of one."""
    body = manifest(CONTOSO)
    if who == "Secret":
        body["spec"]["credentialsRef"] = {"name": SECRET}
    return body


async def lives(site: Site) -> None:
    """Two replicas see one connector through all that may happen to it."""
    stage, run, template = site.stage, site.kubelet.running, site.template("Deployment")
    async with run("one", template) as one:
        await one.says("leads now")
        async with run("two", template) as two:
            await two.says("waits for the Lease")
            await stage.create(site.connector)
            await stage.seen.until(CONTOSO, is_ready)
            await drifts(stage)
            await is_approved(stage)
            await is_suspended(stage)
            check = await site.kubelet.start("check", site.template("Job"))
            assert await check.process.wait() == 1, check.log
            await is_changed_all_the_time(site)
            assert await one.stop() == 0
            await two.says("leads now")
            await stage.delete(CONTOSO)
            await stage.seen.gone(CONTOSO)


async def drifts(stage: Stage) -> None:
    """Twice in the same way: the second time an event is counted up."""
    for word in ("once", "again"):
        change_the_rule(stage)
        await stage.resync(CONTOSO, word)
    assert {event["count"] for event in await stage.events(CONTOSO)} >= {1, 2}


async def is_approved(stage: Stage) -> None:
    change = other_retention(60)
    change["spec"]["policy"] = {"apply": "Approved"}
    await stage.change(CONTOSO, change)
    waiting = await stage.seen.until(CONTOSO, lambda body: "plan" in body["status"])
    approval = {APPROVED_PLAN: waiting["status"]["plan"]["hash"]}
    await stage.change(CONTOSO, {"metadata": {"annotations": approval}})
    await stage.seen.until(CONTOSO, is_ready)


async def is_suspended(stage: Stage) -> None:
    await stage.change(CONTOSO, {"spec": {"suspend": True}})
    await stage.seen.until(CONTOSO, lambda body: condition(body, "Synced")["status"] == "Unknown")
    await stage.change(CONTOSO, {"spec": {"suspend": False}})
    await stage.seen.until(CONTOSO, is_ready)


async def is_changed_all_the_time(site: Site) -> None:
    """Until a status is refused since it means an older object, and the object is read again."""
    changing = asyncio.create_task(labelled(site.stage))
    try:
        async with asyncio.timeout(SECONDS):
            word = 0
            while "get" not in verbs(site):
                word += 1
                request = {RECONCILE_REQUESTED: f"amid changes {word}"}
                await site.stage.change(CONTOSO, {"metadata": {"annotations": request}})
                await asyncio.sleep(0.02)
    finally:
        changing.cancel()
        await asyncio.wait([changing])


async def labelled(stage: Stage) -> None:
    """With one label after the other, until cancelled: no work for the operator."""
    for number in count():
        await stage.change(CONTOSO, {"metadata": {"labels": {"changed": str(number)}}})


def verbs(site: Site) -> set[str]:
    """What was done with connectors so far."""
    connectors = f"{GROUP}/{PLURAL}"
    needed = (request.needed for request in site.requests)
    return {right.verb for right in needed if right.resource == connectors}


def reader(namespace: str, *verbs: str) -> list[Json]:
    """An account with these verbs on ConfigMaps of its namespace."""
    metadata = {"name": "reader", "namespace": namespace}
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": list(verbs)}
    subject = {"kind": "ServiceAccount", **metadata}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {**rbac, "kind": "Role", "rules": [rule]},
        {**rbac, "kind": "RoleBinding", "subjects": [subject], "roleRef": reference},
    ]


@ON_A_REAL_API_SERVER
async def test_a_right_that_is_missing_and_one_that_is_idle_are_found(
    control_plane: ControlPlane, cluster: Cluster
) -> None:
    """The judge of the tests below, by an account that asks for one thing too much."""
    documents = reader(cluster.namespace, "get", "list")
    await cluster.apply({"apiVersion": "v1", "kind": "List", "items": documents})
    async with cluster.session() as api:
        headers = {"Authorization": f"Bearer {await token(api, cluster.namespace, 'reader')}"}
        for kind, code in (("configmaps", 200), ("secrets", 403)):
            path = f"/api/v1/namespaces/{cluster.namespace}/{kind}"
            async with api.get(path, headers=headers) as answer:
                assert answer.status == code, await answer.text()

    requests = asked(control_plane.audit, "reader", cluster.namespace)
    assert missing(requests) == [f"list /secrets in {cluster.namespace}"]
    rights = granted(documents, "reader", cluster.namespace)
    assert idle(rights, requests) == [f"get /configmaps in {cluster.namespace}"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("served", SERVED)
async def test_the_operator_has_the_rights_that_it_needs_and_no_others(
    plane: ControlPlane, tmp_path: Path, served: Mapping[str, str]
) -> None:
    async with site(plane, tmp_path, served) as found:
        await lives(found)

        assert missing(found.requests) == []
        assert idle(found.rights, found.requests) == []
        assert len(found.rights) == len(set(found.rights))
