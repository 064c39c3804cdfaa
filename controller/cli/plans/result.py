"""What one connector of a command came to. Decides the exit code, not the words."""

from dataclasses import dataclass

from controller.model.derived import Derived
from controller.model.errors import Fault
from controller.reconcile.consent import ALL, Leave
from controller.reconcile.plan import Plan

DONE, ERROR, DIFFERENT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Subject:
    """One connector and where it was read: a file, or a cluster.

    `derived` is a fault when what was read there is no legal connector; `leave` is what an object's
    status and neighbours give it.
    """

    source: str
    namespace: str
    name: str
    derived: Derived | Fault
    leave: Leave = ALL

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Result:
    """The plan as made or carried out; `refusal`: why it is not, or would not be, carried out."""

    subject: Subject
    plan: Plan | None = None
    refusal: Fault | None = None

    @property
    def code(self) -> int:
        """0 as declared, 2 something is to do, 1 something is wrong."""
        plan = self.plan
        if self.refusal is not None or plan is None or plan.fault is not None:
            return ERROR
        return DONE if plan.done else DIFFERENT


def worst(results: list[Result]) -> int:
    """The exit code of all of them: an error counts most, then a difference."""
    codes = {result.code for result in results}
    return next((code for code in (ERROR, DIFFERENT) if code in codes), DONE)
