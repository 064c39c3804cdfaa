"""An Azure that does not keep what it is sent, in ways that no rule of a kind knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from controller.model.connector import Connector
from controller.model.resource import Body
from controller.reconcile.gate import Gate
from tests.reconcile.fakes import Arm
from tests.reconcile.scene import Scene

Rewrite = Callable[[dict[str, Any]], None]
"""Changes a body as Azure stores it."""


class StubbornArm(Arm):
    """Rewrites what is stored under an id; `echoes`: the answer to a write does not show it."""

    def __init__(self, rewrites: dict[str, Rewrite], *, echoes: bool = False) -> None:
        super().__init__()
        self.rewrites = {key.casefold(): rewrite for key, rewrite in rewrites.items()}
        self.echoes = echoes

    async def _write(self, verb: str, resource_id: str, body: Body) -> Body:
        answer = await super()._write(verb, resource_id, body)
        self.settle(resource_id)
        return answer if self.echoes else self.bodies[resource_id.casefold()]

    def settle(self, resource_id: str) -> None:
        """As if Azure had worked over what it holds."""
        rewrite = self.rewrites.get(resource_id.casefold())
        if rewrite is not None:
            rewrite(self.bodies[resource_id.casefold()])


class StubbornScene(Scene):
    """A scene with such an Azure."""

    def __init__(
        self, rewrites: dict[str, Rewrite], *, echoes: bool = False, held: Connector | None = None
    ) -> None:
        super().__init__(held)
        self.arm = StubbornArm(rewrites, echoes=echoes)
        self.azure.arm = self.arm
        self.azure.ports = replace(self.azure.ports, arm=self.arm)
        self.reconcile = self.operator()

    def restart(self) -> None:
        """A new process has written nothing yet."""
        self.azure.ports = replace(self.azure.ports, gate=Gate())
        super().restart()
