"""A write leaves only while this process leads, by a look as late as its bytes; reads always do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest

from controller.azure.edge import Azure, connect
from controller.azure.sender import Sender
from controller.emulator.azure import AzureEmulator, Options, WalkThrough
from controller.model.errors import LeaseLost
from tests.azure.test_emulator import by_secret, cloud_of

METHODS = ("PUT", "PATCH", "DELETE")


@dataclass
class Lead:
    """Answers one after the other, the last one for ever."""

    answers: Iterator[bool] = field(default_factory=lambda: iter(()))
    last: bool = True
    asked: int = 0

    def __call__(self) -> bool:
        self.asked += 1
        return next(self.answers, self.last)

    def be(self, *answers: bool) -> None:
        self.answers, self.last, self.asked = iter(answers[:-1]), answers[-1], 0


@dataclass(frozen=True)
class World:
    emulator: AzureEmulator
    seed: WalkThrough
    azure: Azure
    lead: Lead

    async def write(self, method: str) -> None:
        table, body = f"{self.seed.workspace_id}/tables/A_CL", {"properties": {"plan": "Analytics"}}
        if method == "DELETE":
            await self.azure.arm.delete(table)
            return
        await {"PUT": self.azure.arm.put, "PATCH": self.azure.arm.patch}[method](table, body)

    def writes(self) -> list[str]:
        return [call.method for call in self.emulator.requests if call.method in METHODS]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    lead = Lead()
    async with AzureEmulator(Options()) as emulator:
        seed = emulator.azure.seed_walk_through()
        sender = Sender("prod-west/pod-a", lead)
        async with connect(cloud_of(emulator), by_secret(seed), sender=sender) as azure:
            await azure.arm.get(seed.workspace_id)
            yield World(emulator, seed, azure, lead)


@pytest.mark.parametrize("method", METHODS)
async def test_without_the_lead_no_write_leaves(world: World, method: str) -> None:
    world.lead.be(False)
    with pytest.raises(LeaseLost):
        await world.write(method)
    assert world.writes() == []


async def test_reads_need_no_lead(world: World) -> None:
    world.lead.be(False)
    assert await world.azure.arm.get(world.seed.workspace_id) is not None


@pytest.mark.parametrize("method", METHODS)
async def test_a_lead_lost_while_the_call_was_prepared_stops_it(world: World, method: str) -> None:
    """The first look is before the connection is taken, the next before the first bytes."""
    world.lead.be(True, False)
    with pytest.raises(LeaseLost):
        await world.write(method)
    assert world.lead.asked == 2
    assert world.writes() == []


async def test_a_lead_lost_before_the_body_leaves_stops_it_too(world: World) -> None:
    world.lead.be(True, True, False)
    with pytest.raises(LeaseLost):
        await world.write("PUT")
    assert [call.status for call in world.emulator.requests if call.method == "PUT"] in ([], [None])
    assert world.emulator.azure.get(f"{world.seed.workspace_id}/tables/A_CL") is None


async def test_the_session_goes_on_after_a_refused_write(world: World) -> None:
    world.lead.be(True, False)
    with pytest.raises(LeaseLost):
        await world.write("PUT")
    world.lead.be(True)
    assert await world.azure.arm.get(world.seed.workspace_id) is not None


async def test_every_call_says_which_process_sent_it(world: World) -> None:
    agents = {call.headers.get("user-agent", "") for call in world.emulator.requests}
    assert any(agent.endswith("(prod-west/pod-a)") for agent in agents), agents
