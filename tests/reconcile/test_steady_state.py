"""100 connectors with nothing to do: for ten resyncs nobody is written to, Azure nor Kubernetes."""

from __future__ import annotations

import heapq
from datetime import timedelta
from typing import Any

import pytest

from controller.model.resource import Rows
from tests.reconcile.fakes import rows
from tests.reconcile.samples import connector
from tests.reconcile.scene import Scene

CONNECTORS, RESYNCS = 100, 10
RESYNC = timedelta(seconds=600)


class Fleet:
    """Objects that one operator looks after, each when it asks for it."""

    def __init__(self) -> None:
        self.first = Scene(connector("acme-0", **_own(0)))
        self.scenes = [self.first]
        for number in range(1, CONNECTORS):
            scene = Scene(connector(f"acme-{number}", **_own(number)))
            scene.azure, scene.clock = self.first.azure, self.first.clock
            scene.reconcile = self.first.reconcile
            self.scenes.append(scene)
        self.due = [(self.first.clock.now, number) for number in range(CONNECTORS)]
        self.stored = [0] * CONNECTORS

    async def live(self, span: timedelta, *, arriving: bool = False) -> None:
        """All that comes due in that time; counts each status that differs from the one before."""
        end = self.first.clock.now + span
        while self.due[0][0] <= end:
            self.first.clock.now, number = heapq.heappop(self.due)
            if arriving:
                now = self.first.clock.now.isoformat()
                self.first.azure.logs.replies["max"] = rows("Time", now)
            scene = self.scenes[number]
            before = scene.held.status
            outcome = await scene.run()
            self.stored[number] += scene.held.status != before
            assert outcome.retry_in is not None
            again = self.first.clock.now + timedelta(seconds=outcome.retry_in)
            heapq.heappush(self.due, (again, number))


def _own(number: int) -> dict[str, Any]:
    columns = [{"name": "User", "type": "string"}]
    return {"tables": [{"name": f"Logins{number}_CL", "columns": columns}]}


@pytest.fixture
async def fleet() -> Fleet:
    """Ready, each asked for data already."""
    made = Fleet()
    made.first.azure.logs.replies["IsConnected"] = rows("IsConnected", True)
    made.first.azure.logs.replies["max"] = rows("Time", made.first.clock.now.isoformat())
    await made.live(RESYNC)
    assert {scene.says("Ready") for scene in made.scenes} == {"True/Provisioned"}
    assert {scene.says("IsConnected") for scene in made.scenes} == {"True/Connected"}
    made.first.azure.arm.forget_calls()
    made.stored = [0] * CONNECTORS
    for scene in made.scenes:
        scene.told.clear()
        scene.reports.clear()
    return made


async def test_without_new_data_ten_resyncs_write_nothing_at_all(fleet: Fleet) -> None:
    await fleet.live(RESYNCS * RESYNC)

    assert fleet.first.azure.arm.writes() == []
    assert fleet.stored == [0] * CONNECTORS
    assert [scene.told for scene in fleet.scenes if scene.told] == []
    assert [scene.reports for scene in fleet.scenes if scene.reports] == []


async def test_a_source_that_stays_silent_is_no_news_either(fleet: Fleet) -> None:
    fleet.first.azure.logs.replies["IsConnected"] = Rows(("IsConnected",), ())
    await fleet.live(2 * RESYNC)
    assert {len(scene.told) for scene in fleet.scenes} == {1}
    fleet.stored = [0] * CONNECTORS

    await fleet.live(RESYNCS * RESYNC)

    assert fleet.stored == [0] * CONNECTORS
    assert {len(scene.told) for scene in fleet.scenes} == {1}
    assert fleet.first.azure.arm.writes() == []


async def test_with_data_arriving_all_the_time_a_status_is_written_once_in_15_minutes(
    fleet: Fleet,
) -> None:
    span = timedelta(minutes=90)
    await fleet.live(span, arriving=True)

    assert max(fleet.stored) <= span / timedelta(minutes=15)
    assert min(fleet.stored) > 0
    assert fleet.first.azure.arm.writes() == []
