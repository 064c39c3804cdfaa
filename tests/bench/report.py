"""Figures as people read them: rows, Markdown, and the part of a document that they replace."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

BEGIN = "<!-- figures: written by `make bench ARGS=--write` -->"
END = "<!-- end of figures -->"


class Row(NamedTuple):
    """One figure. `target` is empty for what has none, `good` None then."""

    what: str
    figure: str
    target: str = ""
    good: bool | None = None


@dataclass(frozen=True)
class Section:
    """The figures of one measurement; `lines` are printed as they are, below the table."""

    title: str
    rows: tuple[Row, ...]
    lines: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """No figure misses its target."""
        return all(row.good is not False for row in self.rows)


def verdict(row: Row) -> str:
    return {None: "", True: "yes", False: "NO"}[row.good]


def claim(what: str, holds: bool) -> Row:
    """A statement that has to be true."""
    return Row(what, "yes" if holds else "no", "yes", holds)


def at_most(what: str, value: float, limit: float, unit: str) -> Row:
    return Row(what, f"{value:.2f} {unit}", f"≤ {limit:.2f} {unit}", value <= limit)


def markdown(sections: Sequence[Section], *, machine: str, command: str, day: date) -> str:
    """The part of the document between the markers."""
    parts = [f"Measured on {day:%Y-%m-%d} with `{command}`:\n{machine}."]
    for section in sections:
        parts += [f"### {section.title}", _table(section.rows)]
        if section.lines:
            parts.append("\n".join(["```text", *section.lines, "```"]))
    return "\n\n".join(parts)


def _table(rows: Sequence[Row]) -> str:
    head = ["| what | measured | target | met |", "|---|---|---|---|"]
    return "\n".join(
        [*head, *(f"| {row.what} | {row.figure} | {row.target} | {verdict(row)} |" for row in rows)]
    )


def replaced(document: str, figures: str) -> str:
    """The document with other figures between its markers; raises ValueError without them."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The document lacks the lines {BEGIN} and {END}: put them in.")
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"


def machine(cores: int, cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Cores, processor, kernel and Python of this machine."""
    model = "processor unknown"
    if cpuinfo.exists():
        named = (line for line in cpuinfo.read_text().splitlines() if line.startswith("model name"))
        model = next((line.partition(":")[2].strip() for line in named), model)
    return (
        f"{cores} cores, {model}, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )
