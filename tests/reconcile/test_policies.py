"""What holds for each policy whatever happens: which walks write, and what they write."""

import asyncio
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reconcile.fakes import Call
from tests.reconcile.policies import APPROVED, NEVER, ON_SPEC_CHANGE, approve, drift, provisioned
from tests.reconcile.samples import DATA_CONNECTOR, RULE, TABLE, connector
from tests.reconcile.scene import Scene

EDITS = st.lists(
    st.sampled_from(["drift", "delete", "describe", "approve", "nothing", "restart"]),
    min_size=1,
    max_size=6,
)
LAW = settings(max_examples=25, deadline=None)


class Walked(NamedTuple):
    """One edit, what was waiting before it, and the writes of the walk that followed."""

    edit: str
    was_applied: bool
    waiting: frozenset[str]
    writes: list[Call]


async def lived(scene: Scene, edits: list[str]) -> list[Walked]:
    """The object's life under these edits, one walk after each."""
    life = []
    for number, edit in enumerate(edits):
        plan = scene.held.status.get("plan", {"steps": ()})
        waiting = frozenset(f"{step['kind']} {step['name']}" for step in plan["steps"])
        scene.azure.arm.forget_calls()
        if edit == "drift" and RULE.casefold() in scene.azure.arm.bodies:
            drift(scene)
        elif edit == "delete":
            scene.azure.arm.bodies.pop(DATA_CONNECTOR.casefold(), None)
            scene.azure.arm.bodies.pop(TABLE.casefold(), None)
        elif edit == "describe":
            scene.change(rule={"description": f"No. {number}"})
        elif edit == "restart":
            scene.restart()
        applied = scene.held.status.get("appliedGeneration") == scene.held.generation
        if edit == "approve" and waiting:
            await approve(scene)
        else:
            await scene.walk()
        life.append(Walked(edit, applied, waiting, scene.azure.arm.writes()))
    return life


@LAW
@given(edits=EDITS, made=st.booleans())
def test_never_never_writes(edits: list[str], made: bool) -> None:
    async def live() -> list[Walked]:
        scene = await provisioned(NEVER) if made else Scene(connector(policy=NEVER))
        return await lived(scene, edits)

    assert [walked.writes for walked in asyncio.run(live())] == [[]] * len(edits)


@LAW
@given(edits=EDITS)
def test_on_spec_change_writes_only_a_generation_that_is_not_carried_out(edits: list[str]) -> None:
    life = asyncio.run(lived(Scene(connector(policy=ON_SPEC_CHANGE)), edits))
    assert all(not walked.writes for walked in life if walked.was_applied)
    assert life[0].writes


@LAW
@given(edits=EDITS)
def test_approved_writes_only_on_approval_and_only_what_was_shown(edits: list[str]) -> None:
    life = asyncio.run(lived(Scene(connector(policy=APPROVED)), edits))
    for walked in life:
        if walked.writes:
            assert walked.edit == "approve"
            assert len(walked.writes) <= len(walked.waiting)
