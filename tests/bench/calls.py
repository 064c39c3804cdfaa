"""What the emulator's request log shows: who spoke of what, what was in flight together. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from controller.azure.ids import resource_type, title
from controller.emulator.azure import Request

WRITES = frozenset({"PUT", "PATCH", "DELETE"})
WIDTH = 100
_BARS = 26
_OPERATION = "/operationstatuses/"
_TYPES = {
    "microsoft.operationalinsights/workspaces/tables": "table",
    "microsoft.insights/datacollectionendpoints": "endpoint",
    "microsoft.insights/datacollectionrules": "rule",
    "microsoft.authorization/roleassignments": "role",
    "microsoft.securityinsights/dataconnectordefinitions": "definition",
    "microsoft.securityinsights/metadata": "metadata",
    "microsoft.securityinsights/dataconnectors": "data connector",
}


def what(call: Request) -> str:
    """What a call speaks of: `table ContosoSecurityAlerts_CL`, `poll`, `token`."""
    if call.path.endswith("/token"):
        return "token"
    if _OPERATION in call.path.lower():
        return "poll of the table's operation"
    if call.path.endswith("/query"):
        return "query"
    name = title(call.path).partition(" on ")[0]
    kind = kind_of(call)
    if kind is None:
        return name
    return f"{kind}s, LIST" if is_list(call) else f"{kind} {name.rpartition('/')[2]}"


def kind_of(call: Request) -> str | None:
    """The kind of ours that a call is about, None: the place around it, a token, a query."""
    return _TYPES.get(resource_type(call.path))


def is_list(call: Request) -> bool:
    return resource_type(call.path).endswith(call.path.rpartition("/")[2].lower())


def reads(calls: Iterable[Request]) -> Counter[str]:
    """GETs for each resource of ours; LISTs and polls are not counted."""
    gets = (call for call in calls if call.method == "GET" and kind_of(call) is not None)
    return Counter(what(call) for call in gets if not is_list(call))


def writes(calls: Iterable[Request]) -> list[Request]:
    return [call for call in calls if call.method in WRITES]


def together(calls: Sequence[Request], one: str, other: str) -> bool:
    """Whether the first writes of two kinds were in flight at the same time."""
    first, second = _written(calls, one), _written(calls, other)
    if first is None or second is None:
        return False
    return first.started < _end(second) and second.started < _end(first)


def _written(calls: Iterable[Request], kind: str) -> Request | None:
    return next((call for call in writes(calls) if kind_of(call) == kind), None)


def _end(call: Request) -> float:
    return call.started if call.finished is None else call.finished


def last_write(calls: Iterable[Request]) -> float:
    """When the last write was answered, on the clock of `Request.started`."""
    return max(_end(call) for call in writes(calls))


def timeline(calls: Sequence[Request]) -> list[str]:
    """A line a call, at most 100 columns: start, end, status, method, what, and a bar."""
    begin = min(call.started for call in calls)
    whole = max(_end(call) for call in calls) - begin or 1.0
    lines = []
    for call in calls:
        start, end = call.started - begin, _end(call) - begin
        left = round(_BARS * start / whole)
        bar = " " * left + "█" * max(1, round(_BARS * end / whole) - left)
        said = f"{start:5.2f} {end:5.2f}  {call.status or '-':>3} {call.method:<5} {what(call)}"
        room = WIDTH - _BARS - 1
        lines.append(f"{said[:room]:<{room}} {bar[:_BARS]}".rstrip())
    return lines
