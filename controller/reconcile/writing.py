"""One write of one resource: sent, held against what Azure made of it, and sent again if need be.

Decides what Azure keeps otherwise: the difference that is still the same after an equal write.
"""

from collections.abc import Callable
from dataclasses import replace

from controller.model.errors import ColumnsLost, Waiting
from controller.model.facts import Written
from controller.model.reasons import Reason
from controller.model.resource import Body, Change, Kind, Verb, Write
from controller.reconcile.diff import changes
from controller.reconcile.gate import Gate
from controller.reconcile.kept import drift, fingerprint, kept
from controller.reconcile.observe import KIND, Ports, Reading, read, settle
from controller.reconcile.plan import Action, Step, unknown_refs

Compare = Callable[[Reading], Step]
"""What a reading says of the resource, with all that it depends on in place."""


async def written(step: Step, compare: Compare, ports: Ports) -> Step:
    """The step once it is carried out; `kept` holds what Azure did not take, written twice.

    An answer may echo what was sent while the readback never shows it. So the write of a body
    that this process has written before is the second one, and a GET says what became of it.
    """
    if step.action is Action.REPLACE:
        return await _replaced(step, compare, ports)
    answered = await _sent(step, compare, ports)
    again = ports.gate.repeats(step.resource.id, fingerprint(step.desired))
    if not again and not _is_left(answered):
        return _done(step, answered)
    shown = await _looked(answered, compare, ports)
    if again or not _is_left(shown):
        return _done(step, shown, stuck=_in_both(step, shown))
    left = await _sent(shown, compare, ports)
    return _done(step, left, stuck=_in_both(shown, left))


def _is_left(after: Step) -> bool:
    """Whether an equal write may still help."""
    return after.action in (Action.UPDATE, Action.ADOPT)


def _done(step: Step, left: Step, *, stuck: tuple[Change, ...] = ()) -> Step:
    return replace(step, readback=left.readback, written=True, kept=(*left.kept, *stuck))


def _in_both(before: Step, left: Step) -> tuple[Change, ...]:
    """What differs after a write as it did before."""
    new = drift(left.changes, kept(before.changes))
    return tuple(change for change in left.changes if change not in new)


async def _replaced(step: Step, compare: Compare, ports: Ports) -> Step:
    """Deleted, then made anew. What a crash leaves between the two the next walk creates."""
    replacement = KIND[step.resource.kind].replacement
    request = Write(Verb.PUT, replacement(step.desired or {}, step.readback or {}))
    _refuse_unknown(step, request)
    try:
        await ports.arm.delete(step.resource.id, before=step.readback)
        after = await ports.arm.put(step.resource.id, request.body)
    finally:
        ports.gate.wrote(step.resource.id)
    ports.tell(Written(step.resource.kind, request.verb, changed=True))
    left = replace(compare(Reading(step.resource, after)), readback=after)
    # what asked for this and is still so would ask for it for ever
    return _done(step, left, stuck=_in_both(step, left))


async def _looked(answered: Step, compare: Compare, ports: Ports) -> Step:
    reading = await settle(await read(answered.resource, ports), ports)
    if reading.fault is not None:
        raise reading.fault
    return answered if reading.body is None else compare(reading)


async def _sent(step: Step, compare: Compare, ports: Ports) -> Step:
    """What the answer leaves to do."""
    kind, before, gate = KIND[step.resource.kind], step.readback, ports.gate
    _refuse_to_lose_more(step, gate)
    request = kind.write(step.desired or {}, before, step.changes)
    _refuse_unknown(step, request)
    send = ports.arm.put if request.verb is Verb.PUT else ports.arm.patch
    try:
        after: Body = await send(step.resource.id, request.body, before=before)
    finally:
        gate.wrote(step.resource.id)  # also a write whose answer was lost
    changed = before is None or _is_another(kind, before, after)
    ports.tell(Written(kind.name, request.verb, changed))
    lost = kind.columns(before) - kind.columns(after) if before is not None else frozenset()
    if lost:
        gate.stop(step.resource.id, lost)
        raise _columns_lost(step, lost)
    return replace(compare(Reading(step.resource, after)), readback=after)


def _is_another(kind: Kind, before: Body, after: Body) -> bool:
    """Whether a write did anything; what only ARM writes does not count."""
    return bool(changes(kind, before, after) or changes(kind, after, before))


def _refuse_unknown(step: Step, request: Write) -> None:
    missing = unknown_refs(request.body)
    if missing:
        raise Waiting(
            Reason.WAITING_FOR_PARENT,
            f"{step.resource.kind} {step.resource.name}: Azure does not tell "
            f"{', '.join(sorted(missing))}, which it is to hold.",
        )


def _refuse_to_lose_more(step: Step, gate: Gate) -> None:
    """After a loss nothing is written until somebody has put back what was lost."""
    lost, readback = gate.stopped(step.resource.id), step.readback
    if readback is not None and (gone := lost - KIND[step.resource.kind].columns(readback)):
        raise _columns_lost(step, gone)
    gate.resume(step.resource.id)


def _columns_lost(step: Step, lost: frozenset[str]) -> ColumnsLost:
    return ColumnsLost(
        f"{step.resource.kind} {step.resource.name} lost columns {', '.join(sorted(lost))} by the "
        "operator's own write, so it writes no more to it. Put them back with their types: it "
        "goes on by itself then.",
        lost,
    )
