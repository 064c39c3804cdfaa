"""A thousand random edits of a legal spec and of Azure: one walk converges, the next finds nothing.

Azure answers without delay and adds only what it always adds.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from controller.model.derived import Derived, derive
from controller.model.resource import Resource
from controller.model.spec import parse
from controller.reconcile.observe import KIND
from controller.reconcile.plan import Step
from controller.reconcile.walk import walk
from tests.emulated import tampering, wishes
from tests.emulated.chance import Choice
from tests.emulated.refusals import REFUSALS, Refusal
from tests.emulated.stage import Json, staged
from tests.emulated.tampering import IMMUTABLE, IMPOSSIBLE, UNSEEN, said
from tests.emulated.wishes import Edit

EDITS = 1000
HISTORIES, STEPS = 24, 50
"""more than EDITS together: not every step has something to change"""


ONCE = {r"Table other .*/columns/[^/]*": "two columns would have the same new name"}


class Histories(RuleBasedStateMachine):
    """One connector, edited by its owner and by others; after each edit it must be right again."""

    edits = 0
    """that changed something, in all histories together"""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.wish = wishes.first()
        opening = staged(wishes.NAME, self.wish.spec())
        self.stage = self.loop.run(self.stack.enter_async_context(opening))
        self.converge()

    def teardown(self) -> None:
        self.loop.run(self.stack.aclose())
        self.loop.close()

    @rule(edit=st.sampled_from(wishes.EDITS), data=st.data())
    def the_owner_edits_the_spec(self, edit: Edit, data: st.DataObject) -> None:
        wish = deepcopy(self.wish)
        edit(wish, choice(data))
        if wish == self.wish:
            return
        self.wish = wish
        held = self.columns()
        self.stage.declare(wish.spec())
        self.converge()
        assert held.items() <= self.columns().items(), "a column of others is gone"

    @rule(refusal=st.sampled_from(REFUSALS), data=st.data())
    def the_owner_asks_for_what_cannot_be(self, refusal: Refusal, data: st.DataObject) -> None:
        spec, field = refusal(self.wish.spec(), choice(data))
        before = self.stage.cloud.bodies()
        type(self).edits += 1
        self.stage.declare(spec)
        self.loop.run(self.stage.run())
        assert self.stage.says("Stalled").startswith("True/"), self.stage.held.status["conditions"]
        assert field in self.stage.message("Stalled")
        assert self.stage.cloud.bodies() == before, "Azure was touched"
        self.stage.declare(self.wish.spec())
        self.loop.run(self.stage.run())
        assert self.stage.cloud.writes == [], "what was refused has left something to do"

    @rule(data=st.data())
    def somebody_changes_a_resource(self, data: st.DataObject) -> None:
        step = choice(data).of(self.steps())
        kind, desired = KIND[step.resource.kind], step.desired or {}
        cases = [
            case
            for case in tampering.tamperings_of(kind, step.resource, desired)
            if not any(said(case, table) for table in (IMPOSSIBLE, UNSEEN, IMMUTABLE, ONCE))
        ]
        if not cases:
            return
        resource = self.stage.cloud.store.get(step.resource.id)
        assert resource is not None
        resource.body = choice(data).of(cases).of(desired, resource.body)
        self.converge()

    @rule(data=st.data())
    def somebody_deletes_a_resource(self, data: st.DataObject) -> None:
        resource: Resource = choice(data).of(self.steps()).resource
        assert self.stage.cloud.store.delete(resource.id)
        self.converge()

    def converge(self) -> None:
        """Right after one walk, and nothing to do for the second."""
        type(self).edits += 1
        self.loop.run(self.stage.run())
        assert self.stage.says("Ready") == "True/Provisioned", self.stage.held.status["conditions"]
        told = self.stage.message("Synced")
        self.loop.run(self.stage.run())
        assert (self.stage.cloud.writes, self.stage.told) == ([], []), told
        assert self.stage.says("Synced") == "True/InSync"

    def steps(self) -> list[Step]:
        """What the connector consists of now, all in sync."""
        plan = self.loop.run(walk(self.derived(), self.stage.ports))
        return [step for step in plan.steps if step.resource.id and step.resource.managed]

    def derived(self) -> Derived:
        spec = parse(self.wish.spec())
        return derive(spec, namespace="default", name=wishes.NAME, installation="demo")

    def columns(self) -> dict[tuple[str, str], Any]:
        """Every column of every table, with its type."""
        return {
            (body["id"], column["name"]): column["type"]
            for body in self.stage.cloud.bodies().values()
            for column in _columns(body)
        }


def _columns(body: Json) -> list[Json]:
    schema = body.get("properties", {}).get("schema") or {}
    found: list[Json] = schema.get("columns") or []
    return found


def choice(data: st.DataObject) -> Choice:
    return Choice(lambda most: data.draw(st.integers(0, most - 1)))


@pytest.mark.timeout(900)
def test_a_thousand_random_edits_converge_in_one_walk_each() -> None:
    Histories.edits = 0
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Histories.edits >= EDITS
