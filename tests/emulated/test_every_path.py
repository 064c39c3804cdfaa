"""Whatever somebody changes in Azure is told with its path, put back, and nothing else is written.

The changes are found by walking the bodies of two connectors that declare all there is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from controller.model.derived import Derived, derive
from controller.model.resource import Body, KindName
from controller.model.spec import parse
from controller.reconcile.walk import walk
from tests.emulated import everything
from tests.emulated.stage import Json, Stage, staged
from tests.emulated.tampering import (
    CHANGED,
    IMMUTABLE,
    IMPOSSIBLE,
    UNSEEN,
    Tampering,
    said,
    tamperings,
)

ONE_LOOP = pytest.mark.asyncio(loop_scope="module")

SPECS = {"endpoint": everything.SPEC, "direct": everything.direct()}
VOLATILE = frozenset({"etag", "systemData", "lastModifiedUtc", "updatedOn", "updatedBy"})
"""what every write moves"""


def derived(name: str) -> Derived:
    spec = parse(SPECS[name])
    return derive(spec, namespace="default", name=everything.NAME, installation="demo")


CASES = [
    (name, case)
    for name in SPECS
    for case in tamperings(derived(name))
    # of the second connector only what is not the same as in the first
    if name == "endpoint" or case.resource.kind is KindName.RULE
]
REPAIRED = [c for c in CASES if not any(said(c[1], t) for t in (IMPOSSIBLE, UNSEEN, IMMUTABLE))]
QUIET = [c for c in CASES if said(c[1], UNSEEN)]
REFUSED = [c for c in CASES if said(c[1], IMMUTABLE) and not said(c[1], IMPOSSIBLE)]


@dataclass
class Scene:
    """A connector that has converged, with what others have joined to its resources."""

    stage: Stage
    desired: dict[str, Body]
    before: dict[str, Json]

    def tamper(self, case: Tampering) -> Json:
        """Everything as it was, but for this one change; the resource as it is then."""
        store = self.stage.cloud.store
        for resource in store.all():
            resource.body = deepcopy(self.before[resource.key])
        key = case.resource.id.casefold()
        changed = store.get(key)
        assert changed is not None
        changed.body = case.of(self.desired[key], changed.body)
        return deepcopy(changed.body)

    def drift(self) -> list[tuple[str, str, str]]:
        """What the status tells, the one before the first write if there was one."""
        told = (self.stage.reported or self.stage.held.status).get("drift") or ()
        return [(entry["kind"], entry["name"], entry["path"]) for entry in told]


class Theatre:
    """The scenes, one at a time: two would answer each other's calls."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._on: tuple[str, Scene] | None = None

    async def scene(self, name: str) -> Scene:
        """The scene of that spec, opened if another one is on."""
        if self._on is None or self._on[0] != name:
            await self.close()
            stage = await self._stack.enter_async_context(staged(everything.NAME, SPECS[name]))
            self._on = name, await _converged(stage, name)
        return self._on[1]

    async def close(self) -> None:
        self._on = None
        await self._stack.aclose()


async def _converged(stage: Stage, name: str) -> Scene:
    await stage.run()
    everything.join_in(stage.cloud)
    await stage.run()
    assert (stage.cloud.writes, stage.says("Ready")) == ([], "True/Provisioned")
    plan = await walk(derived(name), stage.ports)
    desired = {step.resource.id.casefold(): step.desired or {} for step in plan.steps}
    return Scene(stage, desired, stage.cloud.bodies())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theatre() -> AsyncIterator[Theatre]:
    found = Theatre()
    yield found
    await found.close()


def settled(value: Any) -> Any:
    """What may not move: without what every write moves, and without columns somebody renamed."""
    if isinstance(value, dict):
        return {key: settled(item) for key, item in value.items() if key not in VOLATILE}
    if not isinstance(value, list):
        return value
    items = [settled(item) for item in value]
    if items and all(isinstance(item, dict) and {"name", "type"} <= item.keys() for item in items):
        return {item["name"]: item for item in items if not item["name"].endswith(CHANGED)}
    return items


@ONE_LOOP
@pytest.mark.parametrize(("name", "case"), REPAIRED, ids=str)
async def test_a_change_is_told_with_its_path_and_put_back_by_one_write(
    theatre: Theatre, name: str, case: Tampering
) -> None:
    scene = await theatre.scene(name)
    stage, wanted = scene.stage, case.resource
    scene.tamper(case)
    await stage.run()

    assert scene.drift() == [(wanted.kind, wanted.name, case.path)], stage.message("Ready")
    assert [write.path.casefold() for write in stage.cloud.writes] == [wanted.id.casefold()]
    assert settled(stage.cloud.bodies()) == settled(scene.before)
    repaired = f"{wanted.kind} {wanted.name}: {case.path} was "
    assert [event.message.startswith(repaired) for event in stage.told] == [True, True]
    assert [event.reason for event in stage.told] == ["DriftDetected", "DriftRepaired"]
    assert stage.says("Ready") == "True/Provisioned"


@ONE_LOOP
@pytest.mark.parametrize(("name", "case"), REFUSED, ids=str)
async def test_what_azure_never_changes_has_its_sentence_and_no_write(
    theatre: Theatre, name: str, case: Tampering
) -> None:
    scene = await theatre.scene(name)
    stage = scene.stage
    left = scene.tamper(case)
    await stage.run()

    assert stage.says("Stalled") == "True/Immutable"
    assert str(said(case, IMMUTABLE)) in stage.message("Stalled")
    assert scene.drift() == [(case.resource.kind, case.resource.name, case.path)]
    assert stage.cloud.writes == []
    assert stage.cloud.body(case.resource.id) == left


@ONE_LOOP
@pytest.mark.parametrize(("name", "case"), QUIET, ids=str)
async def test_what_a_rule_of_the_kind_covers_is_neither_told_nor_written(
    theatre: Theatre, name: str, case: Tampering
) -> None:
    scene = await theatre.scene(name)
    scene.tamper(case)
    await scene.stage.run()

    assert (scene.drift(), scene.stage.cloud.writes) == ([], [])
    assert scene.stage.says("Synced") == "True/InSync"


@ONE_LOOP
async def test_a_table_that_became_classic_is_left_alone(theatre: Theatre) -> None:
    """No spec declares what a classic table is, so no walk over the bodies finds it."""
    scene = await theatre.scene("endpoint")
    case = next(case for _, case in REPAIRED if case.resource.name == "Logins_CL")
    scene.tamper(case)
    body = scene.stage.cloud.body(case.resource.id)
    body["properties"]["schema"]["tableSubType"] = "Classic"
    await scene.stage.run()

    assert "is a Classic table" in scene.stage.message("Stalled")
    assert ("Table", "Logins_CL", "/properties/schema/tableSubType") in scene.drift()
    assert scene.stage.cloud.writes == []


def test_every_exception_stands_for_a_change_that_there_is() -> None:
    for table in (IMPOSSIBLE, UNSEEN, IMMUTABLE):
        for pattern in table:
            assert any(said(case, {pattern: "it"}) for _, case in CASES), pattern
