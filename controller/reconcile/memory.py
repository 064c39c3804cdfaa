"""What the next reconcile of an object saves by: nothing here decides what is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from controller.model.connector import APPROVED_PLAN, RECONCILE_REQUESTED, TAKE_OVER, Connector
from controller.model.derived import Derived
from controller.model.facts import DriftFound, DriftRepaired, Fact
from controller.reconcile.authors import Authors
from controller.reconcile.connectivity.criteria import Questions, questions
from controller.reconcile.phases import Phases
from controller.reconcile.plan import Plan


@dataclass
class Memory:
    """Of one object; a new process starts with an empty one."""

    generation: int = 0
    first_seen: datetime | None = None
    """when the generation came up, None: before this process did"""
    asked_for: tuple[str | None, ...] = ()
    """the annotations that ask for a walk"""
    walk_due: datetime | None = None
    ask_due: datetime | None = None
    ask_wait: timedelta | None = None
    """how long that was after the question before, None: whoever changed something is waiting"""
    failures: int = 0
    silences: int = 0
    asked: Questions | None = None
    checked: int | None = None
    """generation and schemas that the preflight let pass, as a hash"""
    warned: int = 0
    """the generation whose warnings were told"""

    absent: dict[str, datetime] = field(default_factory=dict)
    """since when the owner that a rule's claim names is not there"""
    authors: Authors = field(default_factory=Authors)
    """whom drifts are still to be laid to"""
    phases: Phases = field(default_factory=Phases)

    def note(self, connector: Connector, now: datetime) -> None:
        """A new generation, and a walk that somebody asks for or approves, are due at once."""
        if self.generation != connector.generation:
            known = connector.status.get("observedGeneration") == connector.generation
            self.first_seen = None if known else now
            self.phases.begin(self.first_seen)
            self.checked = None
        asked_for = tuple(
            connector.annotations.get(name)
            for name in (RECONCILE_REQUESTED, APPROVED_PLAN, TAKE_OVER)
        )
        if (self.generation, self.asked_for) != (connector.generation, asked_for):
            self.generation, self.asked_for = connector.generation, asked_for
            self.failures = self.silences = 0
            self.walk_due = self.ask_due = self.ask_wait = None

    def walked(self, derived: Derived, plan: Plan, *, began: datetime, drift: bool) -> None:
        """What a walk leaves to be asked: whether data arrives, and who made a drift."""
        self.asked = questions(derived, plan) or self.asked
        self.ask_due = self.ask_due or began
        self.authors.note(plan, began, drift=drift)

    @property
    def answers_since(self) -> datetime | None:
        """Answers from then on do, whoever asked: half a wait more or less costs nobody anything.

        None: only new ones.
        """
        if self.ask_due is None or self.ask_wait is None:
            return None
        return self.ask_due - self.ask_wait / 2

    def asks_again(self, at: datetime, seconds: float) -> None:
        """So long after the answers were asked for: who shares them stays in step."""
        self.ask_wait = timedelta(seconds=seconds)
        self.ask_due = at + self.ask_wait

    def begun(self, plan: Plan, now: datetime, *, drift: bool) -> Iterator[Fact]:
        """What is to be told before the first write of a plan; `drift`: it repairs."""
        yield from self.phases.planned(now)
        if drift:
            yield from (DriftFound(step.resource.kind) for step in plan.steps if step.writes)

    def ended(self, plan: Plan, now: datetime, *, drift: bool) -> Iterator[Fact]:
        """What is to be told of a walk that came to its end."""
        if drift:
            yield from (DriftRepaired(step.resource.kind) for step in plan.steps if step.written)
        if plan.done:
            yield from self.phases.written(now)

    def next(self, now: datetime) -> float | None:
        """Seconds until the earlier of what is due."""
        ask_due = self.ask_due if self.asked is not None else None
        due = [self.walk_due, ask_due, self.authors.due]
        times = [(time - now).total_seconds() for time in due if time is not None]
        return max(0.0, min(times)) if times else None
