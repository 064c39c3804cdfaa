"""Settings -> the ports of a walk. The one place where a cloud's file is read."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from controller.azure.clouds import CLOUDS, Cloud, CloudError, parse
from controller.azure.sender import Sender
from controller.config import CLOUD, Settings, SettingsError
from controller.kql.checker import Checker
from controller.model.facts import Tell, nobody
from controller.model.resource import Logs
from controller.reconcile.gate import Gate
from controller.reconcile.loop import Reconciler
from controller.reconcile.observe import Ports
from controller.reconcile.pace import Pace
from controller.reconcile.reach import granted


class Edges(NamedTuple):
    """What of Azure the engine needs; `sign_in` raises the Fault by which no token can be had."""

    ports: Ports
    logs: Logs
    sign_in: Callable[[], Awaitable[object]]


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


@asynccontextmanager
async def azure(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    may_write: Callable[[], bool] = lambda: True,
    tell: Tell = nobody,
) -> AsyncIterator[Edges]:
    """The ports to Azure, closed at the end; `tell` learns what happens.

    `may_write` says at any moment whether a write may leave.

    Raises SettingsError; a Fault for bad credentials.
    """
    from controller.azure.edge import connect
    from controller.azure.identities import identity

    place = cloud(settings.cloud)
    sender = Sender(f"{settings.installation}/{settings.pod or socket.gethostname()}", may_write)
    async with (
        checker() as kql,
        connect(place, identity(settings.credential, environ), sender=sender, tell=tell) as edge,
    ):
        ports = Ports(edge.arm, edge.inventory, Gate(), asyncio.sleep, kql, edge.activity, tell)
        yield Edges(ports, edge.logs, lambda: edge.tokens.token(place.arm_scope))


@asynccontextmanager
async def checker() -> AsyncIterator[Checker]:
    """The checker of KQL; without the language service it says so in its answers."""
    kql = Checker()
    try:
        yield kql
    finally:
        await kql.aclose()


def reconciler(settings: Settings, ports: Ports, logs: Logs) -> Reconciler:
    """The loop with a real clock and real chance; it remembers nothing, nor does its gate."""
    return Reconciler(
        replace(ports, gate=Gate()),
        logs,
        installation=settings.installation,
        clock=lambda: datetime.now(UTC),
        pace=Pace(random.random),
        connectivity_seconds=settings.connectivity_seconds,
        reaches=lambda namespace: granted(namespace, settings.grant(namespace)),
    )
