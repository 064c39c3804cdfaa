"""Whatever a connector needs in its life, it needs of the hosts of its cloud alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from controller.azure.clouds import CLOUDS, Cloud
from controller.emulator.azure.store import Resource
from tests.emulated import everything
from tests.emulated.stage import Stage, staged

EVERY_CLOUD = pytest.mark.parametrize("place", CLOUDS.values(), ids=list(CLOUDS))


def rules(stage: Stage) -> list[Resource]:
    return list(stage.cloud.store.of_type("microsoft.insights/datacollectionrules"))


async def live(stage: Stage) -> None:
    """Created, asked for data, repaired with the question who it was, and deleted."""
    await stage.run()
    await stage.run(minutes=1)
    rules(stage)[0].body["properties"]["dataFlows"] = []
    await stage.run()
    assert stage.says("Ready") == "True/Provisioned", stage.message("Ready")
    stage.held = replace(stage.held, deleting=True)
    await stage.run()
    assert rules(stage) == []


@EVERY_CLOUD
async def test_a_life_asks_only_the_hosts_of_its_cloud_with_their_audiences(place: Cloud) -> None:
    async with staged(everything.NAME, everything.SPEC, place=place) as stage:
        await live(stage)

        assert stage.cloud.served == {(place.arm, place.arm_scope), (place.logs, place.logs_scope)}
