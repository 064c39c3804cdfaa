"""A Helm release on an API server where nothing else runs: what its controllers would do.

The Deployment's Pods and the hook's Job are started here, from what the API server holds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import combinations, count

from tests.chart.helm import CHART, helm
from tests.clusters import Cluster
from tests.e2e.harness import MERGE_PATCH, SECONDS, Json, Operator
from tests.e2e.pods import CLOUD, SECRET, Kubelet

NAME = "connectors"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{{}}/deployments/{NAME}"
JOB = f"/apis/batch/v1/namespaces/{{}}/jobs/{NAME}-uninstall-check"


async def by_helm(cluster: Cluster, *words: str, values: tuple[str, ...] = ()) -> tuple[int, str]:
    """The exit code, and what helm says."""
    where = ("--kubeconfig", str(cluster.kubeconfig), "--namespace", cluster.namespace)
    done = await asyncio.to_thread(helm, *words, *where, values=values)
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True)
class Uninstall:
    """helm's exit code and words, and what the hook's Pod has printed."""

    code: int
    said: str
    why: str


@dataclass
class Release:
    """What runs of it: `pods`, from the oldest on; `past`: those that have ended."""

    kubelet: Kubelet
    ended_by: AsyncExitStack
    pods: list[Operator] = field(default_factory=list)
    past: list[Operator] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def ever(self) -> list[Operator]:
        return [*self.past, *self.pods]

    async def helm(self, *words: str) -> None:
        code, said = await by_helm(self.kubelet.cluster, *words)
        assert code == 0, said

    async def deployment(self) -> Json | None:
        return await self._get(DEPLOYMENT)

    async def roll(self) -> None:
        """The Pods as the Deployment wants them now: one more is ready before one ends."""
        deployment = await self.deployment()
        assert deployment is not None
        old = list(self.pods)
        for _ in range(deployment["spec"]["replicas"]):
            await self._start(deployment["spec"]["template"])
            if old:
                await self._end(old.pop(0))
        for pod in old:
            await self._end(pod)

    async def uninstall(self) -> Uninstall:
        before = await self._get(JOB)
        job = asyncio.create_task(self._hook("" if before is None else before["metadata"]["uid"]))
        code, said = await by_helm(self.kubelet.cluster, "uninstall", NAME)
        return Uninstall(code, said, await job)

    def writes(self) -> list[Json]:
        """Every write to Azure by the audit lines of all Pods, in the order of their begin."""
        lines = [line for pod in self.ever for line in pod.log.splitlines(keepends=True)]
        # the last line may not be through yet
        told = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
        return sorted(
            (line for line in told if {"operator", "started", "ended"} <= line.keys()),
            key=lambda line: str(line["started"]),
        )

    async def _start(self, template: Json) -> None:
        name = f"{NAME}-{next(self._numbers)}"
        pod = await self.ended_by.enter_async_context(self.kubelet.running(name, template))
        await pod.says("waits for the Lease", "leads now")
        self.pods.append(pod)

    async def _end(self, pod: Operator) -> None:
        assert await pod.stop() == 0
        self.pods.remove(pod)
        self.past.append(pod)

    async def _hook(self, before: str) -> str:
        """The Job is there (not the one with this uid), runs, and is told to have ended."""
        async with asyncio.timeout(SECONDS):
            while (  # noqa: ASYNC110 helm does not tell
                job := await self._get(JOB)
            ) is None or job["metadata"]["uid"] == before:
                await asyncio.sleep(0.05)
        template = job["spec"]["template"]
        pod = await self.kubelet.start(f"{NAME}-check-{next(self._numbers)}", template)
        ended, now = await pod.process.wait(), datetime.now(UTC).isoformat(timespec="seconds")
        outcome, type_ = ("failed", "Failed") if ended else ("succeeded", "Complete")
        condition = {"type": type_, "status": "True", "lastTransitionTime": now}
        status = {"startTime": now, outcome: 1, "conditions": [condition]}
        await self._tell(f"{JOB}/status", {"status": status})
        return pod.log

    async def _get(self, path: str) -> Json | None:
        async with self.kubelet.api.get(path.format(self.kubelet.namespace)) as answer:
            return None if answer.status == 404 else await answer.json()

    async def _tell(self, path: str, patch: Json) -> None:
        form = {"Content-Type": MERGE_PATCH}
        async with self.kubelet.api.patch(
            path.format(self.kubelet.namespace), json=patch, headers=form
        ) as answer:
            assert answer.ok, await answer.text()


async def install(cluster: Cluster) -> None:
    """`helm install` with two replicas that find credentials and cloud where tests put them."""
    given = (
        *("installation=demo", "replicas=2"),
        *("credential.method=client-secret", f"credential.secretName={SECRET}"),
        f"cloudConfigMap={CLOUD}",
    )
    code, said = await by_helm(cluster, "install", NAME, str(CHART), values=given)
    assert code == 0, said


def overlapping(writes: Sequence[Json]) -> list[tuple[Json, Json]]:
    """Pairs of writes of different operators that were under way at the same time."""
    return [
        (one, other)
        for one, other in combinations(writes, 2)
        if one["operator"] != other["operator"]
        and max(one["started"], other["started"]) < min(one["ended"], other["ended"])
    ]
