"""Settings -> the ports of a walk. The one place where a cloud's file is read."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from controller.azure.clouds import CLOUDS, Cloud, CloudError, parse
from controller.azure.sender import Sender
from controller.config import CLOUD, Settings, SettingsError
from controller.kql.checker import Checker
from controller.model.facts import Tell, nobody
from controller.model.resource import Logs, ReadSecret
from controller.reconcile.gate import Gate
from controller.reconcile.loop import Reconciler
from controller.reconcile.observe import Ports
from controller.reconcile.pace import Pace
from controller.reconcile.reach import Reach, granted
from controller.reconcile.rights import Edge, Lend, Memories, Rights


class Edges(NamedTuple):
    """What of Azure the engine needs; `sign_in` raises the Fault by which no token can be had.

    `lend` gives the same by the rights of a Secret.
    """

    ports: Ports
    logs: Logs
    sign_in: Callable[[], Awaitable[object]]
    lend: Lend


def cloud(name: str) -> Cloud:
    """One of Microsoft's, or the one that a JSON file describes; raises SettingsError."""
    if name in CLOUDS:
        return CLOUDS[name]
    try:
        return parse(json.loads(Path(name).read_text()))
    except (OSError, ValueError, CloudError) as error:
        raise SettingsError(
            f"{CLOUD} is {name!r}, neither one of {', '.join(CLOUDS)} nor a file that describes a"
            f" cloud: {error}"
        ) from error


async def _no_secret(namespace: str, name: str) -> Mapping[str, bytes]:
    raise LookupError(f"{namespace}/{name}")


@asynccontextmanager
async def azure(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    may_write: Callable[[], bool] = lambda: True,
    tell: Tell = nobody,
    read_secret: ReadSecret = _no_secret,
) -> AsyncIterator[Edges]:
    """The ports to Azure, closed at the end; `tell` learns what happens.

    `may_write` says at any moment whether a write may leave. A command reads no Secret: it acts by
    the rights of whoever calls it.

    Raises SettingsError; a Fault for bad credentials.
    """
    from controller.azure import edge
    from controller.azure.identities import identity
    from controller.cli.lending import lending

    place = cloud(settings.cloud)
    sender = Sender(f"{settings.installation}/{settings.pod or socket.gethostname()}", may_write)
    connect = partial(edge.connect, place, sender=sender, tell=tell)
    async with checker() as kql, connect(identity(settings.credential, environ)) as own:
        ports = Ports(own.arm, own.inventory, Gate(), asyncio.sleep, kql, own.activity, tell)
        async with lending(place, connect, read_secret, ports) as lend:
            yield Edges(ports, own.logs, lambda: own.tokens.token(place.arm_scope), lend)


@asynccontextmanager
async def checker() -> AsyncIterator[Checker]:
    """The checker of KQL; without the language service it says so in its answers."""
    kql = Checker()
    try:
        yield kql
    finally:
        await kql.aclose()


def rights(settings: Settings, edges: Edges) -> Rights:
    """The loop with a real clock and real chance; it remembers nothing, nor does its gate."""
    gate = Gate()

    def reaches(namespace: str) -> Reach:
        return granted(namespace, settings.grant(namespace))

    def begin(edge: Edge, memories: Memories) -> Reconciler:
        return Reconciler(
            replace(edge.ports, gate=gate),
            edge.logs,
            installation=settings.installation,
            clock=lambda: datetime.now(UTC),
            pace=Pace(random.random),
            connectivity_seconds=settings.connectivity_seconds,
            reaches=reaches,
            memories=memories,
        )

    return Rights(Edge(edges.ports, edges.logs), edges.lend, begin, reaches)
