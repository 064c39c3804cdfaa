"""A plan in words: why each step is there, its values without secrets, what it all adds up to.

Decides no layout: text, Markdown and JSON are made of this.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from controller.model.claims import OWNER_TAG
from controller.model.derived import Derived
from controller.model.masking import masked_at
from controller.model.resource import Body, Change
from controller.reconcile.digest import plan_hash, step_hashes
from controller.reconcile.observe import KIND
from controller.reconcile.plan import Action, Key, Plan, Step, base_refs, needs

WRITTEN = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.ADOPT: "adopted",
    Action.REPLACE: "replaced",
}
_COUNTED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.ADOPT: "to adopt",
    Action.REPLACE: "to replace",
    Action.NONE: "as declared",
    Action.WAIT: "at work in Azure",
    Action.BLOCKED: "held up",
    Action.FAILED: "failed",
}
_NAMED_MOST = 2


@dataclass(frozen=True, slots=True)
class Told:
    """One step. `changes`, `kept` and `body` (of what is created, else None) hold no secret.

    `kept` is what Azure holds otherwise though it was written twice. `hash` is "" for a step that
    writes nothing.
    """

    step: Step
    reason: str
    changes: tuple[Change, ...]
    kept: tuple[Change, ...]
    body: Body | None
    hash: str

    @property
    def word(self) -> str:
        """The action; once it is done, what was done."""
        step = self.step
        return WRITTEN[step.action] if step.written else str(step.action)

    @property
    def message(self) -> str:
        """What went wrong, "" if nothing did."""
        return self.step.fault.message if self.step.fault else ""


@dataclass(frozen=True, slots=True)
class Account:
    """The steps of one plan in order. `hash` is "" when nothing is left to write."""

    steps: tuple[Told, ...]
    summary: str
    hash: str


def tell(derived: Derived, plan: Plan) -> Account:
    """The plan, or what became of it."""
    hashes = step_hashes(derived, plan)
    awaited = _awaited(derived, plan)
    steps = tuple(
        Told(
            step,
            _reason(step, awaited.get(step.resource.key, ())),
            tuple(_masked(change) for change in step.changes),
            tuple(_masked(change) for change in step.kept),
            masked_at("", step.desired) if step.action is Action.CREATE else None,
            hashes.get(step.resource.key, ""),
        )
        for step in plan.steps
    )
    pending = any(step.writes and not step.written for step in plan.steps)
    return Account(steps, summary(plan.steps), plan_hash(derived, plan) if pending else "")


def summary(steps: Iterable[Step]) -> str:
    """ "3 to create, 1 to update, 4 as declared": what does not occur is left out."""
    counts = Counter(
        WRITTEN.get(step.action, "") if step.written else _COUNTED[step.action] for step in steps
    )
    words = [*WRITTEN.values(), *_COUNTED.values()]
    return ", ".join(f"{counts[word]} {word}" for word in words if counts[word])


def _awaited(derived: Derived, plan: Plan) -> Mapping[Key, tuple[str, ...]]:
    """For each resource the ones that hold it up: those that are stuck, else those to come."""
    resources = [step.resource for step in plan.steps]
    order = needs(derived, resources, base_refs(derived, plan.workspace))
    steps = {step.resource.key: step for step in plan.steps}
    awaited = {}
    for key, needed in order.items():
        before = [steps[other] for other in needed if not steps[other].reached]
        stuck = [step for step in before if step.stuck]
        awaited[key] = tuple(" ".join(step.resource.key) for step in stuck or before)
    return awaited


def _reason(step: Step, awaited: tuple[str, ...]) -> str:
    match step.action:
        case Action.CREATE:
            return "did not exist" if step.written else "does not exist"
        case Action.UPDATE | Action.ADOPT | Action.REPLACE:
            return _differing(step)
        case Action.WAIT:
            return KIND[step.resource.kind].settled(step.readback or {}) or "not final yet"
        case Action.BLOCKED:
            more = len(awaited) - _NAMED_MOST
            named = ", ".join(awaited[:_NAMED_MOST])
            return f"waits for {named}" + (f" and {more} more" if more > 0 else "")
        case Action.FAILED:
            return str(step.fault.reason) if step.fault else ""
        case _:
            return f"Azure keeps {_counted_paths(step.kept)}" if step.kept else "as declared"


def _differing(step: Step) -> str:
    verb = "differs" if len(step.changes) == 1 else "differ"
    said = f"{_counted_paths(step.changes)} {'differed' if step.written else verb}"
    claims = [change for change in step.changes if change.path == f"/tags/{OWNER_TAG}"]
    if not claims:
        return said
    owner = claims[0].actual
    return f"{'made by somebody else' if owner is None else f'claimed by {owner}'}, {said}"


def _counted_paths(changes: tuple[Change, ...]) -> str:
    return "1 path" if len(changes) == 1 else f"{len(changes)} paths"


def _masked(change: Change) -> Change:
    path, desired, actual = change
    return Change(path, masked_at(path, desired), masked_at(path, actual))
