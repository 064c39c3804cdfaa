"""Objects that mean harm, or look as if: what is wrong in each, and the field that a refusal names.

Each is the smallest connector with one thing changed, in a workspace beside the healthy one's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from controller.emulator.azure import Fault
from tests.e2e.harness import MINIMAL, Json, manifest

SUBSCRIPTION = "74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"
OTHERS = "11111111-2222-4333-8444-555555555555"
GROUP, WORKSPACE = "sentinel-rg", "LogAnalytics2"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
LIKE = "\u017fentinel-rg"
"""to Python the same without case, to Azure another group"""
EVIL = "evil.example"
"""a host that is none of Azure's"""

_IN_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
_ENDPOINTS = "providers/Microsoft.Insights/dataCollectionEndpoints"
_EXISTING = "endpoint.existing.resourceId"
_CARD = "definition.ui"
_TRANSFORM = "spec.rule.flows[0].transformKql"
_TABLE = {"name": "DoorEvents_CL", "columns": [{"name": "Door", "type": "string"}]}
_FLOW = {"stream": "Custom-DoorEvents", "table": "DoorEvents_CL"}
_COLUMNS = [{"name": f"C{number}", "type": "string"} for number in range(501)]

Write = Callable[[Json], bytes]


def _as_json(body: Json) -> bytes:
    return json.dumps(body).encode()


@dataclass(frozen=True)
class Hostile:
    """`value` is put at `path` of the smallest connector's spec; a refusal holds `names`, which is
    that path by default. `answers` is what Azure says meanwhile to whoever asks about it."""

    id: str
    path: str = ""
    value: Any = None
    names: str = ""
    answers: Sequence[Fault] = ()
    write: Write = _as_json

    def __str__(self) -> str:
        return self.id.replace(" ", "-")

    @property
    def field(self) -> str:
        return self.names or f"spec.{self.path}"

    def body(self, name: str) -> Json:
        body = smallest(name)
        if self.path:
            _put(body["spec"], self.path.split("."), self.value)
        return body


def smallest(name: str) -> Json:
    """A connector that nothing is wrong with, in the other workspace."""
    body = manifest(MINIMAL)
    body["metadata"]["name"] = name
    body["spec"]["workspace"]["name"] = WORKSPACE
    return body


def _put(value: Json, steps: Sequence[str], new: Any) -> None:
    head, *rest = steps
    if rest:
        _put(value.setdefault(head, {}), rest, new)
    else:
        value[head] = new


def nested(levels: int, *, lists: bool = False) -> Any:
    found: Any = "bottom"
    for _ in range(levels):
        found = [found] if lists else {"a": found}
    return found


def _existing(id: str, resource_id: object) -> Hostile:
    return Hostile(f"endpoint {id}", _EXISTING, resource_id)


def _card(id: str, ui: Json, field: str = "") -> Hostile:
    return Hostile(id, _CARD, ui, f"spec.{_CARD}{field}")


def _flow(id: str, transform: str) -> Hostile:
    return Hostile(id, "rule.flows", [{**_FLOW, "transformKql": transform}], _TRANSFORM)


def _twice(body: Json) -> bytes:
    """`spec` twice: the second is what counts, to every reader alike."""
    bad = {**body["spec"], "workspace": {**body["spec"]["workspace"], "resourceGroup": "../x"}}
    return f'{_as_json(body).decode()[:-1]}, "spec": {json.dumps(bad)}}}'.encode()


def _endless(body: Json) -> bytes:
    """A number that is none: JSON's largest is far below."""
    return _as_json({**body, "spec": {**body["spec"], "resyncIntervalSeconds": 600}}).replace(
        b'"resyncIntervalSeconds": 600', b'"resyncIntervalSeconds": 1e999'
    )


def _answer(id: str, names: str, path: str, **fault: Any) -> Hostile:
    return Hostile(id, names=names, answers=[Fault(path, **fault)])


IDS = (
    _existing("above its group", f"{_IN_SUBSCRIPTION}/../{_ENDPOINTS}/x"),
    _existing("above its type", f"{SCOPE}/{_ENDPOINTS}/.."),
    _existing("by a detour", f"{SCOPE}/../others-rg/{_ENDPOINTS}/x"),
    _existing("with a double slash", f"{SCOPE}//{_ENDPOINTS}/x"),
    _existing("with a hidden slash", f"{SCOPE}/{_ENDPOINTS}/x%2f..%2f..%2f..%2fothers"),
    _existing("with hidden dots", f"{SCOPE}/{_ENDPOINTS}/%2e%2e"),
    _existing("with a backslash", f"{SCOPE}/{_ENDPOINTS}/..\\..\\x"),
    _existing("with a query", f"{SCOPE}/{_ENDPOINTS}/x?api-version=1&y="),
    _existing("with a fragment", f"{SCOPE}/{_ENDPOINTS}/x#y"),
    _existing("with a header", f"{SCOPE}/{_ENDPOINTS}/x\r\nHost: {EVIL}"),
    _existing("with NUL", f"{SCOPE}/{_ENDPOINTS}/x\0y"),
    _existing("that is a URL", f"https://{EVIL}{SCOPE}/{_ENDPOINTS}/x"),
    _existing("that begins with a host", f"//{EVIL}{SCOPE}/{_ENDPOINTS}/x"),
    _existing("that begins with @host", f"@{EVIL}{SCOPE}/{_ENDPOINTS}/x"),
    _existing("with @host as its group", f"{_IN_SUBSCRIPTION}/a@{EVIL}:443/{_ENDPOINTS}/x"),
    _existing("of another type", f"{SCOPE}/providers/Microsoft.KeyVault/vaults/x"),
    _existing(
        "of somebody else's subscription",
        f"/subscriptions/{OTHERS}/resourceGroups/{GROUP}/{_ENDPOINTS}/x",
    ),
    _existing("of a group that begins the same", f"{SCOPE}-of-others/{_ENDPOINTS}/x"),
    _existing("of a group that looks the same", f"{_IN_SUBSCRIPTION}/{LIKE}/{_ENDPOINTS}/x"),
    _existing("too long", f"{SCOPE}/{_ENDPOINTS}/{'x' * 600}"),
    _existing("as a number", 7),
)
PLACES = (
    Hostile("somebody else's subscription", "workspace.subscriptionId", OTHERS, "spec.workspace"),
    Hostile("a subscription that climbs", "workspace.subscriptionId", f"{SUBSCRIPTION}/../x"),
    Hostile("a group of dots", "workspace.resourceGroup", ".."),
    Hostile("a group with a hidden slash", "workspace.resourceGroup", "a%2fb"),
    Hostile("a group with a control character", "workspace.resourceGroup", "a\x01b"),
    Hostile("a group with a host", "workspace.resourceGroup", f"a@{EVIL}"),
    Hostile("somebody else's group", "workspace.resourceGroup", "others-rg", "spec.workspace"),
    Hostile("a group that looks the same", "workspace.resourceGroup", LIKE, "spec.workspace"),
    Hostile("a workspace that looks the same", "workspace.name", "L\u043egAnalytics2"),
    Hostile("a workspace that climbs", "workspace.name", "../x"),
    Hostile("a rule in somebody else's group", "rule.resourceGroup", "others-rg"),
    Hostile("an endpoint in somebody else's", "endpoint.create.resourceGroup", "others-rg"),
    Hostile("a rule that climbs", "rule.name", "a/../b"),
    Hostile("a definition with a query", "definition.name", "a?b"),
    Hostile("a data connector that climbs", "dataConnectors", [{"name": "../x"}]),
    Hostile("a table that climbs", "tables", [{**_TABLE, "name": "../X_CL"}]),
    Hostile("an application that climbs", "application.existing.appId", "../x"),
)
CLAIMS = (
    Hostile("the claim of another owner", "rule.tags", {"contoso-connector-owner": "a/b/c"}),
    Hostile("that claim in other letters", "rule.tags", {"Contoso-Connector-OWNER": "a/b/c"}),
    Hostile(
        "the mark of another creator",
        "endpoint.create.tags",
        {"contoso-connector-Created-By": "prod"},
    ),
)
SHAPES = (
    Hostile("a number as text", "resyncIntervalSeconds", "600"),
    Hostile("a number without end", names="1e999", write=_endless),
    Hostile("a truth as text", "suspend", "false"),
    Hostile("a list where an object belongs", _CARD, []),
    Hostile("null where an object belongs", "workspace", None),
    Hostile("an object where a list belongs", "tables", {"name": "X_CL"}),
    _card("a card of 400 levels", {"a": nested(400)}),
    _card("a card of 5000 levels", {"a": nested(5_000)}),
    Hostile(
        "lists of 5000 levels",
        "dataConnectors",
        [{"name": "x", "properties": {"a": nested(5_000, lists=True)}}],
    ),
    _card("a card near etcd's limit", {"descriptionMarkdown": "x" * 1_300_000}),
    _card("a card of forty thousand keys", {"x": {f"key{n}": n for n in range(40_000)}}),
    Hostile("a column too many", "tables", [{**_TABLE, "columns": _COLUMNS}]),
    Hostile("two specs", names="spec.workspace.resourceGroup", write=_twice),
)
TEXTS = (
    _card("a placeholder for a key", {"title": "$(workspace.sharedKey)"}, ".title"),
    _card("a placeholder that climbs", {"title": "$(rule.../../secrets)"}, ".title"),
    _card("an expression of ARM", {"title": "[listKeys(resourceId('x'))]"}, ".title"),
    _card("another id for the card", {"id": "../../others"}, ".id"),
    _flow("a transform of ten thousand brackets", f"source | where {'(' * 10_000}1{')' * 10_000}"),
    _flow("a transform with NUL", "source\0| take 1"),
    _flow("a transform that reads elsewhere", "workspace('others').SecurityEvent"),
    Hostile("an output that climbs", "rule.flows", [{**_FLOW, "outputStream": "Custom-../x"}]),
)
_OF_RULE = "/dataCollectionRules/hostile-[0-9]+[?]"
ANSWERS = (
    _answer(
        "a next page elsewhere",
        "nextLink of dataConnectors",
        f"/{WORKSPACE}/providers/Microsoft.SecurityInsights/dataConnectors[?]",
        status=200,
        body={"value": [], "nextLink": f"https://{EVIL}/x"},
    ),
    _answer(
        "an operation elsewhere",
        "Azure-AsyncOperation of dataCollectionRules/hostile",
        _OF_RULE,
        method="PUT",
        status=201,
        body={},
        headers={"Azure-AsyncOperation": f"https://management.azure.com@{EVIL}/x"},
    ),
    _answer(
        "a location elsewhere",
        "Location of dataCollectionRules/hostile",
        _OF_RULE,
        method="PUT",
        status=202,
        headers={"Location": f"http://{EVIL}/x"},
    ),
    _answer(
        "a redirect",
        "dataCollectionRules/hostile",
        _OF_RULE,
        method="GET",
        status=307,
        headers={"Location": f"https://{EVIL}/x"},
    ),
)
ALL = (*ANSWERS, *IDS, *PLACES, *CLAIMS, *SHAPES, *TEXTS)
