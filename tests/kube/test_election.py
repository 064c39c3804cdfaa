"""Elections at both API servers: one leads, another follows, two that grab at once do not both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from controller.kube.api import Api
from controller.kube.election import LeaseElection
from controller.kube.lease import Candidate, Rhythm
from controller.kube.login import Access
from tests.clusters import Cluster
from tests.kube.operating import until

SHORT = Rhythm(3)
SECONDS = 15.0


@asynccontextmanager
async def electing(cluster: Cluster, name: str) -> AsyncIterator[LeaseElection]:
    access = Access({}, kubeconfig=str(cluster.kubeconfig))
    async with Api(access) as api:
        yield LeaseElection(Candidate(name, cluster.namespace, SHORT), api)


@pytest.fixture
async def session(cluster: Cluster) -> AsyncIterator[aiohttp.ClientSession]:
    async with cluster.session() as found:
        yield found


async def spec_of(session: aiohttp.ClientSession, namespace: str) -> dict[str, Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
    async with session.get(f"{path}/contoso-connector-operator") as answer:
        assert answer.ok
        spec: dict[str, Any] = (await answer.json())["spec"]
    return spec


async def won(election: LeaseElection) -> None:
    async with asyncio.timeout(SECONDS):
        await election.win()


async def test_the_first_one_leads(cluster: Cluster, session: aiohttp.ClientSession) -> None:
    async with electing(cluster, "a") as a:
        assert not a.leads()
        await won(a)
        assert a.leads()
    assert (await spec_of(session, cluster.namespace))["holderIdentity"] == "a"


async def test_who_keeps_it_goes_on_and_the_other_waits(
    cluster: Cluster, session: aiohttp.ClientSession
) -> None:
    async with electing(cluster, "a") as a, electing(cluster, "b") as b:
        await won(a)
        first = await spec_of(session, cluster.namespace)
        keeping, winning = asyncio.create_task(a.keep()), asyncio.create_task(b.win())

        async def renewed() -> bool:
            return await spec_of(session, cluster.namespace) != first

        await until(renewed)
        assert a.leads()
        assert not winning.done()
        for task in (keeping, winning):
            task.cancel()
        await asyncio.gather(keeping, winning, return_exceptions=True)


async def test_a_silent_leader_is_followed_after_its_own_time_has_ended(cluster: Cluster) -> None:
    async with electing(cluster, "a") as a, electing(cluster, "b") as b:
        await won(a)
        await won(b)
        assert b.leads()
        assert not a.leads()
        async with asyncio.timeout(SECONDS):
            await a.keep()


async def test_who_resigns_is_followed_at_once(
    cluster: Cluster, session: aiohttp.ClientSession
) -> None:
    async with electing(cluster, "a") as a, electing(cluster, "b") as b:
        await won(a)
        await a.resign()
        assert not a.leads()
        assert (await spec_of(session, cluster.namespace))["holderIdentity"] == ""
        before = b.hold.clock()
        await won(b)
        assert b.hold.clock() - before < SHORT.duration
    assert (await spec_of(session, cluster.namespace))["leaseTransitions"] == 1


async def test_of_two_that_grab_it_at_once_one_leads(cluster: Cluster) -> None:
    async with electing(cluster, "a") as a, electing(cluster, "b") as b:
        racing = [asyncio.create_task(election.win()) for election in (a, b)]
        done, pending = await asyncio.wait(racing, return_when=asyncio.FIRST_COMPLETED)
        assert len(done) == 1
        assert [a.leads(), b.leads()].count(True) == 1
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


async def test_a_lease_that_somebody_deleted_still_binds_who_has_seen_it(
    cluster: Cluster, session: aiohttp.ClientSession
) -> None:
    async with electing(cluster, "a") as a, electing(cluster, "b") as b:
        await won(a)
        trying = asyncio.create_task(b.win())
        await until(lambda: b._seen is not None)
        path = f"/apis/coordination.k8s.io/v1/namespaces/{cluster.namespace}/leases"
        async with session.delete(f"{path}/contoso-connector-operator") as answer:
            assert answer.ok
        async with asyncio.timeout(SECONDS):
            await trying
        assert not a.leads()
