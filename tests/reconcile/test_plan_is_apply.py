"""What a plan says is what applying it does, whatever Azure holds at the start."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.model.errors import Transient
from controller.model.reasons import Reason
from controller.reconcile.digest import covered, step_hashes
from controller.reconcile.plan import Key, Plan
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure
from tests.reconcile.samples import ENDPOINT, RULE, SENTINEL, derived

WANTED = derived(definition={"ui": {"descriptionMarkdown": "Send to $(endpoint.logsIngestion)"}})
LOST = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
GIVEN_OUT = {
    RULE.casefold(): ("dcr-acme", "dcr-before"),
    ENDPOINT.casefold(): ("-a1b2.", "-z9y8."),
}
"""what Azure gives a resource anew when it is made again: others still show the old one"""
KEPT = ("id", "immutableId", "logsIngestion", "name", "provisioningState", "scope")
"""what nobody but Azure can change; `name` is also what an element goes by"""


async def begin(_: Plan) -> None:
    """No object to tell."""


def complete() -> Mapping[str, dict[str, Any]]:
    azure = Azure()
    assert asyncio.run(walk(WANTED, azure.ports, begin=begin)).done
    return azure.arm.bodies


COMPLETE = complete()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values that somebody may change."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in KEPT:
                yield from places(item, (*path, key))
        return
    yield path
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def change(body: Any, path: tuple[Any, ...]) -> None:
    """Another value of the same sort, as Azure's schemas have it; a list loses its last element."""
    for part in path[:-1]:
        body = body[part]
    value = body[path[-1]]
    if isinstance(value, list):
        body[path[-1]] = value[:-1]
    elif isinstance(value, bool):
        body[path[-1]] = not value
    elif isinstance(value, int):
        body[path[-1]] = value + 1
    else:
        body[path[-1]] = "other"


@st.composite
def states(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """Of each resource: it is as declared, or missing, or some values of it are others."""
    bodies = deepcopy(dict(COMPLETE))
    for key in COMPLETE:
        fate = draw(st.sampled_from(["kept", "missing", "changed"]))
        if fate == "missing":
            del bodies[key]
        elif fate == "changed":
            for _ in range(draw(st.integers(1, 3))):
                change(bodies[key], draw(st.sampled_from(sorted(places(bodies[key]), key=str))))
    for key, (now, before) in GIVEN_OUT.items():
        if key not in bodies:
            bodies = {
                other: json.loads(json.dumps(body).replace(now, before))
                if SENTINEL.casefold() in other
                else body
                for other, body in bodies.items()
            }
    return bodies


def held(bodies: Mapping[str, dict[str, Any]]) -> Azure:
    azure = Azure()
    azure.arm.bodies = deepcopy(dict(bodies))
    return azure


def told(plan: Plan) -> dict[Key, tuple[str, tuple[str, ...]]]:
    """What is to be written, or was: action and paths."""
    return {
        step.resource.key: (step.action, tuple(change.path for change in step.changes))
        for step in plan.steps
        if step.writes
    }


def writes(azure: Azure) -> list[str]:
    return sorted(resource_id for _, resource_id in azure.arm.writes())


@given(states())
@settings(max_examples=150, deadline=None)
def test_what_the_plan_says_is_what_apply_does(bodies: dict[str, dict[str, Any]]) -> None:
    """The same steps with the same paths, no other write, and no write by planning."""
    azure = held(bodies)
    plan = asyncio.run(walk(WANTED, azure.ports))
    assert writes(azure) == []

    applied = asyncio.run(walk(WANTED, azure.ports, begin=begin))
    assert told(applied) == told(plan)
    assert all(step.written for step in applied.steps if step.writes)
    assert writes(azure) == sorted(
        step.resource.id.casefold() for step in plan.steps if step.writes
    )


@given(states())
@settings(max_examples=50, deadline=None)
def test_what_was_approved_is_what_apply_does(bodies: dict[str, dict[str, Any]]) -> None:
    """Also for values that were known only after others were written."""
    azure = held(bodies)
    plan = asyncio.run(walk(WANTED, azure.ports))
    applied = asyncio.run(walk(WANTED, azure.ports, begin=begin))

    assert step_hashes(WANTED, applied) == step_hashes(WANTED, plan)


@given(states(), st.sampled_from(sorted(COMPLETE)))
@settings(max_examples=100, deadline=None)
def test_an_approval_covers_what_a_broken_walk_left(
    bodies: dict[str, dict[str, Any]], broken: str
) -> None:
    azure = held(bodies)
    plan = asyncio.run(walk(WANTED, azure.ports))
    for verb in ("PUT", "PATCH"):
        azure.arm.fail(verb, broken, LOST, LOST, LOST)
    asyncio.run(walk(WANTED, azure.ports, begin=begin))

    rest = asyncio.run(walk(WANTED, azure.ports))
    assert covered(WANTED, rest, step_hashes(WANTED, plan).values())
