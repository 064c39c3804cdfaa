"""What `contosoctl run` shows of itself: nothing unless a setting asks for it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from controller.cli.edges import Edges
from controller.cli.main import version
from controller.config import METRICS_PORT, Settings, SettingsError
from controller.kube.api import Api
from controller.kube.login import Access
from controller.telemetry.metrics import Metrics
from controller.telemetry.pages import pages


def metrics(settings: Settings) -> Metrics | None:
    """Those of this process, None if nobody can ask for them."""
    return Metrics(version()) if settings.metrics_port else None


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
