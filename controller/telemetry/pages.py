"""The small HTTP server for /metrics and /readyz, in the operator's own event loop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from controller.model.masking import mask
from controller.telemetry.metrics import Metrics

Check = Callable[[], Awaitable[object]]
"""Returns if all is well; raises with a sentence if not."""

PATIENCE = 8.0
"""seconds that a check may take; the chart's probe waits ten"""


@asynccontextmanager
async def pages(
    port: int,
    metrics: Metrics,
    checks: Mapping[str, Check],
    *,
    host: str = "0.0.0.0",  # noqa: S104 a pod's port
) -> AsyncIterator[int]:
    """Serves inside the block; the port (another one for 0). Raises OSError if it is taken."""

    async def scrape(request: web.Request) -> web.Response:
        body, media_type = await metrics.text(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": media_type})

    async def ready(_: web.Request) -> web.Response:
        told = dict(zip(checks, await asyncio.gather(*map(_tried, checks.values())), strict=True))
        well = all(said == "ok" for said in told.values())
        return web.json_response(told, status=200 if well else 503)

    app = web.Application()
    app.add_routes([web.get("/metrics", scrape), web.get("/readyz", ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _tried(check: Check) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except TimeoutError:
        return f"no answer within {PATIENCE:g} seconds"
    except Exception as error:  # noqa: BLE001 whatever it is, we are not ready, and say why
        return mask(str(error))
    return "ok"
