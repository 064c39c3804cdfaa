"""Recorded exchanges with the real Azure: what was sent, and what was read of it next."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controller.kinds import KINDS
from controller.model.resource import Body, Kind, KindName

Json = Any
BESIDE = Path(__file__).parents[3] / "shared/azure/recordings"

TYPES = {
    "microsoft.operationalinsights/workspaces/tables": KindName.TABLE,
    "microsoft.insights/datacollectionendpoints": KindName.ENDPOINT,
    "microsoft.insights/datacollectionrules": KindName.RULE,
    "microsoft.authorization/roleassignments": KindName.ROLE_ASSIGNMENT,
    "microsoft.securityinsights/dataconnectordefinitions": KindName.DEFINITION,
    "microsoft.securityinsights/metadata": KindName.METADATA,
    "microsoft.securityinsights/dataconnectors": KindName.DATA_CONNECTOR,
}
JOBS = ("searchResults", "restoredLogs")
"""tables that are the result of a job; Azure moves their fields about (FIELD part 1, 3)"""

_RESOURCE = re.compile(r".*/providers/(?P<type>[^/]+(?P<parts>(?:/[^/]+/[^/]+)+))")
_WRITES = ("PUT", "PATCH")
_CHANGES = (*_WRITES, "POST", "DELETE")


@dataclass(frozen=True)
class Exchange:
    """One write and the next readback of the same resource, with no other write between."""

    name: str
    kind: Kind
    sent: Body
    read: Body


@dataclass
class Recordings:
    """The exchanges of a folder; `left_out` counts what is not compared, by reason."""

    exchanges: list[Exchange] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        kinds = Counter(str(exchange.kind.name) for exchange in self.exchanges)
        return f"compared: {_counted(kinds)}; left out: {_counted(self.left_out)}"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def recordings(folder: Path) -> Recordings:
    """All of a folder's files, in the format of the README beside the recordings."""
    found = Recordings()
    for path in sorted(folder.rglob("*.json")):
        calls = json.loads(path.read_text())
        if not isinstance(calls, list):
            found.left_out["files of another format"] += 1
            continue
        for place, call in enumerate(calls):
            _take(found, f"{path.stem}#{place}", call, calls[place + 1 :])
    return found


def _take(found: Recordings, name: str, call: Json, later: list[Json]) -> None:
    kind, sent = _kind(call["url"]), _json(call.get("request"))
    if call["method"] == "GET" and _is_list(call):
        found.left_out["LISTs"] += 1
    if call["method"] not in _WRITES:
        return
    read = _readback(kind, call, later) if kind else None
    if call.get("status", 200) >= 400:
        found.left_out["refused writes"] += 1
    elif kind is None:
        found.left_out["writes of types that are no kind of ours"] += 1
    elif not isinstance(sent, dict) or read is None:
        found.left_out["writes without body or readback"] += 1
    elif any(job in (sent.get("properties") or {}) for job in JOBS):
        found.left_out["search tables"] += 1
    else:
        api = call["url"].rpartition("api-version=")[2]
        found.exchanges.append(Exchange(f"{name} {call['method']} {api}", kind, sent, read))


def _is_list(call: Json) -> bool:
    return "resource" in call or _RESOURCE.fullmatch(_path(call["url"])) is None


def _kind(url: str) -> Kind | None:
    """The kind that the resource's type belongs to; None for other types and for collections."""
    resource = _RESOURCE.fullmatch(_path(url))
    if resource is None:
        return None
    namespace = resource["type"].removesuffix(resource["parts"])
    names = TYPES.get("/".join([namespace, *resource["parts"].split("/")[1::2]]))
    return next((kind for kind in KINDS if kind.name is names), None)


def _path(url: str) -> str:
    return url.partition("?")[0].rstrip("/").casefold()


def _readback(kind: Kind, call: Json, later: list[Json]) -> Body | None:
    """The next GET that is final (an operation may still be under way), else the own answer."""
    for other in _of_the_same(call, later):
        if other["method"] in _CHANGES:
            break
        answer = _json(other.get("response"))
        if _is_resource(answer) and kind.settled(answer) is None:
            return dict(answer)
    answer = _json(call.get("response"))
    return dict(answer) if _is_resource(answer) else None


def _of_the_same(call: Json, later: list[Json]) -> Iterator[Json]:
    path = _path(call["url"])
    for other in later:
        refused = other["method"] in _CHANGES and other.get("status", 200) >= 400
        if _path(other["url"]) == path and not refused:
            yield other


def _is_resource(answer: Json) -> bool:
    return isinstance(answer, dict) and "properties" in answer


def _json(text: Json) -> Json:
    """A body may be written as text."""
    if isinstance(text, str) and text.lstrip().startswith("{"):
        return json.loads(text)
    return text
