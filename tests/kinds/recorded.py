"""Recorded exchanges with the real Azure: what was sent, and what was read of it next."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from controller.kinds import KINDS
from controller.model.bodies import at
from controller.model.resource import Body, Kind, KindName

Json = Any
BESIDE = Path(__file__).parents[3] / "shared/azure/recordings"
WRITTEN = Path(__file__).parent / "exchanges"
"""ours, in the same format: see the README there"""

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
JOB_NAMES = ("_srch", "_rst")

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


@dataclass(frozen=True)
class Call:
    """One call as it compares: the path without case, escapes and doubled slashes."""

    method: str
    path: str
    version: str
    status: int
    request: Json
    response: Json
    is_list: bool

    @property
    def refused(self) -> bool:
        return self.status >= 400

    @property
    def resource(self) -> Body | None:
        """The resource that it answers with, None for errors, lists and states of operations."""
        answer = self.response
        is_one = isinstance(answer, dict) and isinstance(answer.get("properties"), dict)
        return answer if is_one and not self.refused else None


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


def recordings(*folders: Path) -> Recordings:
    """All files of some folders, in the format of the README beside the recordings."""
    found = Recordings()
    for path in (path for folder in folders for path in sorted(folder.rglob("*.json"))):
        calls = _calls(path)
        if calls is None:
            found.left_out["files of another format"] += 1
            continue
        for place, call in enumerate(calls):
            _take(found, f"{path.stem}#{place}", call, calls[place + 1 :])
    return found


def _calls(path: Path) -> list[Call] | None:
    told = _json(path.read_text())
    if not isinstance(told, list):
        return None
    if not all(isinstance(call, dict) and {"method", "url"} <= call.keys() for call in told):
        return None
    return [_call(call) for call in told]


def _call(told: Json) -> Call:
    address = urlsplit(told["url"])
    answer = _json(told.get("response"))
    return Call(
        method=told["method"].upper(),
        path=re.sub("/+", "/", unquote(address.path)).rstrip("/").casefold(),
        version=dict(parse_qsl(address.query)).get("api-version", ""),
        status=int(told.get("status") or 200),
        request=_json(told.get("request")),
        response=answer,
        is_list="resource" in told or (isinstance(answer, dict) and "value" in answer),
    )


def _take(found: Recordings, name: str, call: Call, later: list[Call]) -> None:
    if call.method == "GET" and call.is_list:
        found.left_out["LISTs"] += 1
    if call.method not in _WRITES:
        return
    kind, sent = kind_of(call.path), call.request
    read = _readback(kind, call, later) if kind else None
    if call.refused:
        found.left_out["refused writes"] += 1
    elif kind is None:
        found.left_out["writes of types that are no kind of ours"] += 1
    elif _is_job(call):
        found.left_out["search tables"] += 1
    elif not isinstance(sent, dict) or read is None:
        found.left_out["writes without body or readback"] += 1
    else:
        title = f"{name} {call.method} {call.version}"
        found.exchanges.append(Exchange(title, kind, sent, read))


def _is_job(call: Call) -> bool:
    return call.path.endswith(JOB_NAMES) or any(at(call.request, "properties", job) for job in JOBS)


def kind_of(path: str) -> Kind | None:
    """The kind that the resource's type belongs to; None for other types and for collections."""
    resource = _RESOURCE.fullmatch(path)
    if resource is None:
        return None
    namespace = resource["type"].removesuffix(resource["parts"])
    names = TYPES.get("/".join([namespace, *resource["parts"].split("/")[1::2]]))
    return next((kind for kind in KINDS if kind.name is names), None)


def _readback(kind: Kind, call: Call, later: list[Call]) -> Body | None:
    """The next GET that is final (an operation may still be under way), else the own answer."""
    for other in later:
        if other.path != call.path or (other.method in _CHANGES and other.refused):
            continue
        if other.method in _CHANGES:
            break
        if other.resource is not None and kind.settled(other.resource) is None:
            return other.resource
    return call.resource


def _json(text: Json) -> Json:
    """A body may be written as text; what is no JSON then is no body."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except ValueError:
        return None
