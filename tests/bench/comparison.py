"""What one comparison of a connector in sync costs the processor: readings to plan, no I/O."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from controller.cli.edges import azure
from controller.cli.local_azure import environment
from controller.config import from_environ
from controller.emulator.azure import AzureEmulator, Options
from controller.kinds import KINDS
from controller.model.derived import Derived, derive
from controller.model.resource import Resource, Workspace
from controller.model.spec import parse
from controller.reconcile.decision import planned
from controller.reconcile.observe import Ports, Reading, read
from controller.reconcile.plan import Action, Key, Plan, base_refs, needs
from controller.reconcile.walk import walk
from tests.bench.report import Row, Section
from tests.e2e.harness import CONTOSO, LARGE, Json, manifest

ROUNDS = 50
REPEATS = 60
MOST = 1000
"""microseconds that a connector in sync may cost, whatever its size"""


@dataclass(frozen=True)
class Look:
    """A connector in sync and all that was read of it."""

    spec: Json
    derived: Derived
    workspace: Workspace
    resources: tuple[Resource, ...]
    readings: dict[Key, Reading]

    def plan(self) -> Plan:
        """As a walk makes it, once everything is read."""
        order = needs(self.derived, self.resources, base_refs(self.derived, self.workspace))
        return planned(self.derived, self.workspace, order, self.readings)

    @property
    def bodies(self) -> list[str]:
        return [json.dumps(reading.body) for reading in self.readings.values()]


async def comparison(folder: Path) -> Section:
    """Converges two samples in this process, reads each once, and compares again and again."""
    async with AzureEmulator(Options(retry_after=0)) as emulator:
        variables = environment(emulator, emulator.azure.seed_walk_through(), folder)
        async with azure(from_environ(variables), variables) as (ports, *_):
            looks = [await _look(name, ports) for name in (CONTOSO, LARGE)]
    return Section(
        "Comparing a connector in sync, all kinds together",
        tuple(row for look in looks for row in rows(look)),
    )


async def _look(name: str, ports: Ports) -> Look:
    spec = manifest(name)["spec"]
    derived = _derived(spec, name)
    plan = await walk(derived, ports, begin=_carry_on)
    resources = tuple(resource for kind in KINDS for resource in kind.resources(derived))
    readings = await asyncio.gather(*(read(resource, ports) for resource in resources))
    keyed = {resource.key: look for resource, look in zip(resources, readings, strict=True)}
    return Look(spec, derived, plan.workspace, resources, keyed)


async def _carry_on(_: Plan) -> None:
    """Writes may begin."""


def _derived(spec: Json, name: str) -> Derived:
    return derive(parse(spec), namespace="default", name=name, installation="bench")


def rows(look: Look) -> tuple[Row, ...]:
    """Raises ValueError when the connector is not in sync: then something else was measured."""
    pending = [step for step in look.plan().steps if step.action is not Action.NONE]
    if pending:
        raise ValueError(f"{look.derived.owner} is not in sync: {pending}")
    texts = look.bodies
    comparing = microseconds(look.plan)
    parsing = microseconds(lambda: [json.loads(text) for text in texts])
    deriving = microseconds(lambda: _derived(look.spec, "bench"))
    size = sum(map(len, texts)) / 1024
    name = look.derived.owner.rpartition("/")[2]
    return (
        Row(
            f"{name}: {len(texts)} readings, {size:.0f} KiB of JSON → plan",
            f"{comparing:.0f} µs",
            f"≤ {MOST} µs",
            comparing <= MOST,
        ),
        Row(f"{name}: that ÷ json.loads of the same bodies", f"{comparing / parsing:.1f}"),
        Row(f"{name}: spec → model (pydantic, once a reconcile)", f"{deriving:.0f} µs"),
    )


def microseconds(work: Callable[[], object]) -> float:
    """For one run of the work: the best of many series, since others use the machine too, and for
    seconds at a time."""
    best = min(_series(work) for _ in range(REPEATS))
    return 1e6 * best / ROUNDS


def _series(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(ROUNDS):
        work()
    return time.process_time() - began
