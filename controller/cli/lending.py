"""Azure for each Secret that objects name: opened at its first use, closed with the operator."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace

from controller.azure.clouds import Cloud
from controller.azure.credentials import Now
from controller.azure.edge import Azure
from controller.azure.lent import Lent
from controller.model.resource import ReadSecret
from controller.reconcile.observe import Ports
from controller.reconcile.rights import Edge, Lend, Secret

Connect = Callable[[Now], AbstractAsyncContextManager[Azure]]
"""The ports to one cloud by the rights of somebody."""


@asynccontextmanager
async def lending(
    cloud: Cloud,
    connect: Connect,
    read: ReadSecret,
    ports: Ports,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Lend]:
    """What does not depend on an identity is taken from `ports`; `clock` gives seconds."""
    lent: dict[tuple[str, str], Lent] = {}
    edges: dict[Secret, Edge] = {}
    turn = asyncio.Lock()
    async with AsyncExitStack() as stack:

        async def lend(secret: Secret) -> Edge:
            async with turn:
                if secret not in edges:
                    key = secret.namespace, secret.name
                    who = lent.setdefault(key, Lent(read, key, cloud, clock=clock))
                    azure = connect(who.last if secret.leaving else who.now)
                    edges[secret] = edge(await stack.enter_async_context(azure), ports)
                return edges[secret]

        yield lend


def edge(azure: Azure, ports: Ports) -> Edge:
    """As that identity sees it, the rest as it is."""
    own = replace(ports, arm=azure.arm, inventory=azure.inventory, activity=azure.activity)
    return Edge(own, azure.logs)
