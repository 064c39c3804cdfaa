"""How long one `kubectl apply` takes until the Contoso connector is Ready, against its chain."""

import time
from collections.abc import Mapping
from pathlib import Path

from controller.emulator.azure import Options, Request
from tests.bench import calls, chain
from tests.bench.report import Row, Section, at_most, claim
from tests.bench.scene import kubernetes, warm_operator
from tests.e2e.harness import CONTOSO, is_ready, manifest, stage

LATENCY = 0.2
PAUSE = 1
TABLE_SECONDS = 2.0
READS = 2


async def converge(folder: Path, environ: Mapping[str, str]) -> Section:
    """Creates the walk-through's connector beside a warm operator and waits for Ready."""
    azure = Options(latency=LATENCY, table_seconds=TABLE_SECONDS, retry_after=PAUSE)
    async with (
        kubernetes(folder, environ) as (name, cluster),
        stage(cluster, folder, azure) as play,
        warm_operator(play),
    ):
        body = manifest(CONTOSO)
        began = time.monotonic()
        await play.create(body)
        await play.seen.until(CONTOSO, is_ready)
        ready = time.monotonic() - began
        made = [call for call in play.azure.requests if call.finished is not None]
    # what is asked after the last write is whether data arrives: not part of converging
    end = calls.last_write(made)
    return section(name, ready, [call for call in made if call.started < end])


def section(kubernetes_name: str, ready: float, made: list[Request]) -> Section:
    """`ready`: seconds from the object's creation to Ready=True."""
    needed = chain.seconds(chain.CHAIN, latency=LATENCY, pause=PAUSE)
    limit = chain.limit(needed)
    azure = calls.last_write(made) - made[0].started
    most, reads = max((count, name) for name, count in calls.reads(made).items())
    rows = (
        Row("the chain, as written in `tests/bench/chain.py`", f"{needed:.2f} s"),
        at_most("from creating the object to Ready=True, as a watch sees it", ready, limit, "s"),
        at_most("from the first call to Azure to the last write's answer", azure, limit, "s"),
        Row("Azure's part ÷ the chain", f"{azure / needed:.2f}"),
        claim(
            "table and endpoint PUT in flight together", calls.together(made, "table", "endpoint")
        ),
        claim(
            "role and definition PUT in flight together", calls.together(made, "role", "definition")
        ),
        Row(f"most GETs of one resource ({reads})", str(most), f"≤ {READS}", most <= READS),
        Row("calls to Azure, of them writes", f"{len(made)}, {len(calls.writes(made))}"),
    )
    title = f"One connector converges, on {kubernetes_name}"
    return Section(title, rows, tuple(calls.timeline(made)))
