"""`python -m tests.bench`: measures, prints, and with --write puts the figures into the document.

Exit code 1 when a figure misses its target.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import calls, report
from tests.bench.comparison import comparison
from tests.bench.converge import converge
from tests.bench.report import Section
from tests.bench.scale import scale

DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one connector only, half a minute")
    parser.add_argument("--write", action="store_true", help="put the figures into the document")
    parser.add_argument("--connectors", type=int, default=1000, help="how many (default: 1000)")
    parser.add_argument(
        "--resync", type=int, default=180, help="seconds between two comparisons (default: 180)"
    )
    return parser.parse_args()


def _measurements(chosen: argparse.Namespace) -> list[Callable[[Path], Awaitable[Section]]]:
    found: list[Callable[[Path], Awaitable[Section]]] = [
        lambda folder: converge(folder, os.environ),
        comparison,
    ]
    if not chosen.quick:
        count, interval = chosen.connectors, chosen.resync
        found.append(lambda folder: scale(folder, count=count, interval=interval))
    return found


async def _measure(chosen: argparse.Namespace, console: Console) -> list[Section]:
    sections = []
    for measurement in _measurements(chosen):
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as folder,
            console.status("Measuring …"),
        ):
            sections.append(await measurement(Path(folder)))
        _show(sections[-1], console)
    return sections


def _show(section: Section, console: Console) -> None:
    table = Table(title=section.title, title_justify="left")
    for heading in ("what", "measured", "target", "met"):
        table.add_column(heading)
    for row in section.rows:
        table.add_row(row.what, row.figure, row.target, report.verdict(row))
    console.print(table)
    for line in section.lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def main() -> int:
    chosen, console = _arguments(), Console(highlight=False, width=calls.WIDTH)
    sections = asyncio.run(_measure(chosen, console))
    if chosen.write:
        figures = report.markdown(
            sections,
            machine=report.machine(os.cpu_count() or 1),
            command=f"make bench ARGS='{' '.join(sys.argv[1:])}'",
            day=datetime.now(UTC).date(),
        )
        DOCUMENT.write_text(report.replaced(DOCUMENT.read_text("utf-8"), figures), "utf-8")
        console.print(f"Written into {DOCUMENT.relative_to(Path.cwd())}.")
    return 0 if all(section.good for section in sections) else 1


if __name__ == "__main__":
    sys.exit(main())
