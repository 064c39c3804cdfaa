"""Objects at a glance: a row each, below them a sentence for what is not as wished. Prints nothing.

The age of the last data is as coarse as the status has it (15 minutes).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

from controller.model.connector import Connector
from controller.reconcile.conditions import LASTING, READY, RECONCILING, STALLED, find
from controller.reconcile.connectivity.judgement import Counts

HEADINGS = ("READY", "SYNCED", "ACTIVE", "CONNECTED", "LAST DATA", "LAST HOUR", "LAST DAY")
NUMBERS = ("LAST HOUR", "LAST DAY")
UNKNOWN = "-"
_COLOURS = {"True": "green", "False": "red", "Unknown": "yellow"}
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Glance:
    """One object; `counts` is None where nobody knows them."""

    connector: Connector
    counts: Counts | None = None

    @property
    def title(self) -> str:
        return f"{self.connector.namespace}/{self.connector.name}"

    @property
    def is_ready(self) -> bool:
        """For the generation that the object has now."""
        ready = find(self.connector.status, READY) or {}
        current: bool = ready.get("observedGeneration") == self.connector.generation
        return current and ready["status"] == "True"


def table(glances: Sequence[Glance], now: datetime) -> Text:
    """The rows, in columns as wide as they need, and the sentences below."""
    rows = [("NAMESPACE", "NAME", *HEADINGS), *(_row(each, now) for each in glances)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths, rows[0]) for row in rows]
    said = [sentence for each in glances for sentence in _sentences(each)]
    return Text("\n").join([*lines, *([Text()] if said else []), *said]).append("\n")


def document(glances: Sequence[Glance]) -> Mapping[str, Any]:
    """For machines: what stands in the status, with the counts beside it."""
    return {"connectors": [_entry(each) for each in glances]}


def age(seconds: float) -> str:
    """The largest unit that fits, as short as kubectl has it."""
    for length, unit in _UNITS:
        if seconds >= length:
            return f"{int(seconds // length)}{unit}"
    return "0s"


def _row(glance: Glance, now: datetime) -> tuple[str, ...]:
    status = glance.connector.status
    last = status.get("lastLogReceived")
    since = (now - datetime.fromisoformat(last)).total_seconds() if last else None
    hour, day = (f"{n:,}" for n in glance.counts) if glance.counts else (UNKNOWN, UNKNOWN)
    return (
        glance.connector.namespace,
        glance.connector.name,
        *((find(status, type_) or {}).get("status", "Unknown") for type_ in LASTING),
        UNKNOWN if since is None else age(since),
        hour,
        day,
    )


def _line(row: Sequence[str], widths: Sequence[int], headings: Sequence[str]) -> Text:
    line = Text()
    for value, width, heading in zip(row, widths, headings, strict=True):
        padded = value.rjust(width) if heading in NUMBERS else value.ljust(width)
        line.append(padded, _COLOURS.get(value, "")).append("  ")
    line.rstrip()
    return line


def _sentences(glance: Glance) -> Iterator[Text]:
    """What is under way or needs a person, else each condition that is not True."""
    connector = glance.connector
    if connector.deleting:
        yield Text(f"{glance.title}: it is being deleted.")
    if connector.status.get("observedGeneration") != connector.generation:
        yield Text(f"{glance.title}: generation {connector.generation} was not looked at yet.")
    told = set()
    for condition in _unwished(connector.status):
        if condition["message"] not in told:
            told.add(condition["message"])
            head = f"{glance.title} {condition['type']}={condition['status']}"
            message = " ".join(condition["message"].split())  # a query in it has lines
            yield Text(f"{head} {condition['reason']}: {message}")


def _unwished(status: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for type_ in (STALLED, RECONCILING):
        if (condition := find(status, type_)) is not None:
            yield condition
    for type_ in LASTING:
        condition = find(status, type_)
        if condition is not None and condition["status"] != "True":
            yield condition


def _entry(glance: Glance) -> Mapping[str, Any]:
    connector = glance.connector
    counts = glance.counts
    return {
        "namespace": connector.namespace,
        "name": connector.name,
        "generation": connector.generation,
        "observedGeneration": connector.status.get("observedGeneration"),
        "deleting": connector.deleting,
        "conditions": list(connector.status.get("conditions", ())),
        "lastLogReceived": connector.status.get("lastLogReceived"),
        "driftCount": connector.status.get("driftCount") or 0,
        "events": {"lastHour": counts.hour, "lastDay": counts.day} if counts else None,
    }
