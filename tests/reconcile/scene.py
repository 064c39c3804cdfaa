"""An operator on the fake port, and one object as the API server would hold it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from controller.model.connector import (
    FINALIZER,
    Connector,
    Event,
    Gone,
    Outcome,
)
from controller.reconcile.conditions import find
from controller.reconcile.gate import Gate
from controller.reconcile.loop import Reconciler
from controller.reconcile.pace import Pace
from tests.reconcile import kstatus
from tests.reconcile.fakes import Azure, Clock
from tests.reconcile.samples import connector


class Scene:
    """An operator, its Azure, and one object as the API server would hold it."""

    def __init__(self, held: Connector | None = None) -> None:
        self.azure = Azure()
        self.clock = Clock()
        self.held = held or connector()
        self.others: list[Connector] = []
        self.reports: list[Mapping[str, Any]] = []
        self.told: list[Event] = []
        self.gone = False
        self.reconcile = self.operator()

    def operator(self) -> Reconciler:
        """A new process: it remembers nothing."""
        return Reconciler(
            self.azure.ports, self.azure.logs, "demo", self.clock, Pace(jitter=lambda: 0.0)
        )

    def restart(self) -> None:
        self.azure.ports = replace(self.azure.ports, gate=Gate())
        self.reconcile = self.operator()

    def change(self, **spec: Any) -> None:
        self.held = replace(
            self.held, generation=self.held.generation + 1, spec={**self.held.spec, **spec}
        )

    def annotate(self, **annotations: str) -> None:
        self.held = replace(self.held, annotations=annotations)

    async def report(
        self, status: Mapping[str, Any], *, finalizer: bool, events: tuple[Event, ...] = ()
    ) -> None:
        if self.gone:
            raise Gone
        self.reports.append(status)
        self.told += events
        if finalizer and FINALIZER not in self.held.finalizers:
            self.held = replace(self.held, finalizers=(*self.held.finalizers, FINALIZER))
        self.held = replace(self.held, status=status)

    async def run(self) -> Outcome:
        """One reconcile, and what the API server holds after it."""
        outcome = await self.reconcile(self.held, self.others, self.report)
        self.told += outcome.events
        if outcome.status is not None:
            self.held = replace(self.held, status=outcome.status)
        if outcome.release:
            kept = tuple(name for name in self.held.finalizers if name != FINALIZER)
            self.held = replace(self.held, finalizers=kept)
        return outcome

    async def walk(self) -> Outcome:
        """One reconcile that walks: somebody else's clock has come round."""
        self.clock.forward(hours=1)
        return await self.run()

    async def delete(self, **annotations: str) -> Outcome:
        generation = self.held.generation + (not self.held.deleting)
        self.held = replace(
            self.held, deleting=True, generation=generation, annotations=annotations
        )
        return await self.run()

    def says(self, type_: str) -> str:
        condition = find(self.held.status, type_)
        return "-" if condition is None else f"{condition['status']}/{condition['reason']}"

    def message(self, type_: str) -> str:
        condition = find(self.held.status, type_)
        assert condition is not None
        return str(condition["message"])

    def kstatus(self) -> str:
        return kstatus.reading(self.held.status, generation=self.held.generation)


async def ready(held: Connector | None = None) -> Scene:
    """An object that has converged; calls, reports and events from then on are counted."""
    scene = Scene(held)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"
    scene.azure.arm.forget_calls()
    scene.reports.clear()
    scene.told.clear()
    return scene
