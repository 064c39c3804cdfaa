"""What a scrape says, and what promtool says to it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from controller.kube.objects import connector_of
from controller.model.connector import Connector
from controller.model.facts import Serving
from controller.telemetry.metrics import Metrics
from controller.telemetry.table import PREFIX
from tests import clusters

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Samples:
    """The values by name without the prefix and sorted labels."""
    return {
        (sample.name.removeprefix(PREFIX), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, /, **labels: str) -> float | None:
    """That of the one series with exactly these labels."""
    return found.get((name, tuple(sorted(labels.items()))))


def total(found: Samples, name: str, /, **labels: str) -> float:
    """The sum of all series that have these labels, and whatever others."""
    return sum(
        number
        for (found_name, has), number in found.items()
        if found_name == name and labels.items() <= dict(has).items()
    )


def named(found: Samples, name: str) -> list[dict[str, str]]:
    """The labels of all series of that name."""
    return [dict(labels) for found_name, labels in found if found_name == name]


class Gauge:
    """The gauge of the conditions of one object, as an operator that holds it shows them."""

    def __init__(self) -> None:
        self._held: Connector
        self._metrics = Metrics("test")
        self._metrics.tell(Serving(lambda: [self._held], dict, lambda: 0.0, 180.0))

    async def of(self, body: Mapping[str, Any]) -> set[tuple[str, str, str]]:
        """Type, status and reason of each series, when the object is like this."""
        self._held = connector_of(body)
        text, _ = await self._metrics.text()
        found = named(parsed(text.decode()), "condition")
        return {(series["type"], series["status"], series["reason"]) for series in found}


def promtool(*arguments: str, stdin: str = "") -> str:
    """What it prints; fails the test with that if it is not content."""
    program = shutil.which("promtool")
    if program is None:
        clusters.absent("promtool is not on PATH: apt-get install prometheus", os.environ)
    done = subprocess.run(  # noqa: S603 - the tester's own promtool
        [str(program), *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
