"""A Prometheus that scrapes an operator each second, and what it answers."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests import clusters
from tests.generated import ROOT
from tests.kube.operating import until

RULES = ROOT / "charts" / "contoso-connector-operator" / "files" / "rules.yaml"


@dataclass(frozen=True)
class Prometheus:
    """`http` is a session with its base address."""

    http: aiohttp.ClientSession

    async def ask(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query: labels under `metric`, time and text under `value`."""
        async with self.http.get("/api/v1/query", params={"query": expression}) as answer:
            told = await answer.json()
        assert told["status"] == "success", told
        result: list[dict[str, Any]] = told["data"]["result"]
        return result

    async def is_ready(self) -> bool:
        with suppress(aiohttp.ClientConnectionError):
            async with self.http.get("/-/ready") as answer:
                return answer.ok
        return False


@asynccontextmanager
async def prometheus(targets: Sequence[str], folder: Path, port: int) -> AsyncIterator[Prometheus]:
    """With the chart's rules; `targets` are host:port. Skips without the program, but not in CI."""
    program = shutil.which("prometheus")
    if program is None:
        clusters.absent("prometheus is not on PATH: apt-get install prometheus", os.environ)
    config = folder / "prometheus.json"  # JSON is YAML too
    config.write_text(json.dumps(_config(targets)), encoding="utf-8")
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(program),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            found = Prometheus(http)
            await until(found.is_ready)
            yield found
    finally:
        process.terminate()
        await process.wait()


def _config(targets: Sequence[str]) -> dict[str, Any]:
    job = {
        "job_name": "contoso-connector-operator",
        "static_configs": [{"targets": list(targets)}],
        "honor_labels": True,
    }
    often = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    return {"global": often, "rule_files": [str(RULES)], "scrape_configs": [job]}
