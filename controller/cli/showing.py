"""What `contosoctl run` shows of itself: nothing unless a setting asks for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from controller.cli.edges import Edges
from controller.cli.main import version
from controller.config import METRICS_PORT, TRACES_ENDPOINT, Settings, SettingsError
from controller.kube.api import Api
from controller.kube.login import Access
from controller.model.facts import Tell, everybody, nobody
from controller.telemetry.metrics import Metrics
from controller.telemetry.pages import pages


def metrics(settings: Settings) -> Metrics | None:
    """Those of this process, None if nobody can ask for them."""
    return Metrics(version()) if settings.metrics_port else None


@asynccontextmanager
async def telling(settings: Settings, shown: Metrics | None) -> AsyncIterator[Tell]:
    """Who is told what happens inside the block; what is left of the traces goes at its end.

    Raises SettingsError where a collector is named and the optional part is not installed.
    """
    listeners: list[Tell] = [] if shown is None else [shown.tell]
    if not settings.traces_endpoint:
        yield everybody(*listeners) if listeners else nobody
        return
    try:
        # only here: its import takes longer than all the rest of the start
        from controller.telemetry.traces import to_collector
    except ImportError as error:
        raise SettingsError(
            f"{TRACES_ENDPOINT} is set, and {error.name} is not installed: install the extra "
            "otel of this package, or unset the variable."
        ) from error
    traces = to_collector(settings.traces_endpoint, version())
    try:
        yield everybody(*listeners, traces.tell)
    finally:
        await asyncio.to_thread(traces.close)


@asynccontextmanager
async def showing(
    settings: Settings, shown: Metrics | None, edges: Edges, access: Access
) -> AsyncIterator[None]:
    """/metrics and /readyz inside the block; raises SettingsError for a port that is taken.

    A standby is ready as well: what is asked is whether this process could do its work.
    """
    async with AsyncExitStack() as stack:
        if shown is not None:
            api = await stack.enter_async_context(Api(access))
            checks = {"credentials": edges.sign_in, "kubernetes": api.version}
            try:
                await stack.enter_async_context(pages(settings.metrics_port, shown, checks))
            except OSError as error:
                raise SettingsError(
                    f"{METRICS_PORT} is {settings.metrics_port}, which cannot be served: {error}."
                ) from error
        yield
