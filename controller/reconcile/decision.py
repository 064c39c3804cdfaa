"""What each resource needs, from readings and in dependency order. Pure.

Decides the action of every step; what becomes of a plan that asks for what may not be.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from controller.model.derived import Derived
from controller.model.errors import Fault, Stalled, Waiting
from controller.model.reasons import Reason
from controller.model.resource import Body, KindName, Refs, Resource, Workspace
from controller.reconcile.diff import changes
from controller.reconcile.ignored import laid_over
from controller.reconcile.kept import drift
from controller.reconcile.observe import KIND, Reading
from controller.reconcile.ownership import CLAIMED, NO_STANDING, Hold, Standing, hold
from controller.reconcile.plan import Action, Key, Needs, Plan, Step, base_refs, provided


def planned(
    derived: Derived,
    workspace: Workspace,
    order: Needs,
    readings: Mapping[Key, Reading],
    standing: Standing = NO_STANDING,
) -> Plan:
    """The plan that these readings ask for; what only a write will tell is `Unknown` in it."""
    refs, held = base_refs(derived, workspace), held_by(derived, readings, standing)
    steps: dict[Key, Step] = {}
    for key, needed in order.items():
        before = [steps[other] for other in needed]
        reading = _after_replacement(readings[key], before)
        held_up = any(step.stuck and not step.refused for step in before)
        if held_up or (_only_looked_for(reading) and any(step.writes for step in before)):
            step = blocked(reading)
        else:
            step = decide(derived, reading, refs, held)
        steps[key] = step
        refs = refs.also(provided(derived, step))
    made = Plan(workspace, tuple(steps.values()), refs, derived)
    return replace(made, steps=tuple(_held_back(made.steps, held))) if made.refused else made


def held_by(derived: Derived, readings: Mapping[Key, Reading], standing: Standing) -> Hold:
    """What of the connector's resources is its own, by these readings."""
    look = readings[KindName.RULE, derived.rule_name]
    return hold(derived, standing, (look.resource, look.body))


def _after_replacement(reading: Reading, before: Iterable[Step]) -> Reading:
    """What lies under a resource goes with it when that is deleted to be made anew."""
    gone = any(goes_with(step, reading.resource) for step in before)
    return replace(reading, body=None) if gone else reading


def goes_with(step: Step, resource: Resource) -> bool:
    """Whether the step's replacement takes the resource away."""
    if step.action is not Action.REPLACE:
        return False
    return resource.id.casefold().startswith(step.resource.id.casefold() + "/")


def _held_back(steps: Iterable[Step], held: Hold) -> Iterator[Step]:
    """The steps of a plan of which nothing is written; what is not ours is recorded as such."""
    for step in steps:
        action = Action.BLOCKED if step.writes else step.action
        resource, body = step.resource, step.readback
        strange = body is not None and resource.kind in CLAIMED and not held.has(resource, body)
        if strange and not held.standing.knows(resource.id):
            resource = replace(resource, managed=False)
        yield replace(step, action=action, resource=resource)


def _only_looked_for(reading: Reading) -> bool:
    return reading.body is None and reading.fault is None and not reading.resource.managed


def blocked(reading: Reading) -> Step:
    """The step of a resource whose dependencies did not get there."""
    return Step(reading.resource, Action.BLOCKED, readback=reading.body, found=reading.found)


def decide(derived: Derived, reading: Reading, refs: Refs, held: Hold) -> Step:
    """What one resource needs, with what it depends on in place."""
    resource, body = reading.resource, reading.body
    try:
        if reading.fault is not None:
            raise reading.fault
        desired = KIND[resource.kind].desired(derived, resource, refs)
        if body is not None:
            desired = laid_over(desired, body, derived.spec.policy.ignore, resource)
        return _compared(desired, reading, held)
    except Fault as fault:
        return Step(resource, Action.FAILED, readback=body, found=reading.found, fault=fault)


def _compared(desired: Body, reading: Reading, held: Hold) -> Step:
    kind, resource, body = KIND[reading.resource.kind], reading.resource, reading.body
    if body is None:
        if not resource.managed:
            raise _absent(resource)
        return Step(resource, Action.CREATE, desired=desired)
    every = changes(kind, desired, body) if resource.managed else ()
    differ = drift(every, held.standing.kept.get(resource.id.casefold(), ())) if every else ()
    kept = tuple(change for change in every if change not in differ)
    step = Step(resource, Action.NONE, differ, desired, body, found=True, kept=kept)
    if (refusal := held.refusal(resource, body, differ)) is not None:
        return replace(step, action=Action.FAILED, fault=refusal)
    if reading.unsettled is not None:
        return Step(resource, Action.WAIT, desired=desired, readback=body, found=True)
    if not differ:
        return step
    try:
        kind.write(desired, body, differ)
    except Stalled as fault:
        if fault.reason is Reason.IMMUTABLE and held.replaces(resource, body):
            return replace(step, action=Action.REPLACE)
        return replace(step, action=Action.FAILED, fault=fault)
    return replace(step, action=Action.UPDATE if held.has(resource, body) else Action.ADOPT)


def _absent(resource: Resource) -> Fault:
    if resource.kind is KindName.ROLE_ASSIGNMENT:
        return Stalled(
            Reason.ROLE_MISSING,
            "The application lacks the role Monitoring Metrics Publisher on the rule: "
            "assign it, or set spec.roleAssignment to Ensure.",
        )
    return Waiting(
        Reason.WAITING_FOR_PARENT,
        f"{resource.kind} {resource.name} does not exist: create it, "
        f"or correct spec.endpoint.existing.resourceId ({resource.id}).",
    )
