"""Every change that somebody may make to our resources in Azure, found by walking the bodies.

Decides which changes there are and the path that each must show, not what follows from one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from controller.model.derived import Derived
from controller.model.resource import Body, Kind, Resource
from controller.reconcile.observe import KIND
from controller.reconcile.patterns import compiled
from tests.kinds.places import Place, closed_lists, grown, places, values
from tests.kinds.samples import REFS

Json = dict[str, Any]
Find = Callable[[Kind, Body, Body], Iterable[Place]]
Make = Callable[[Body, Place], tuple[Json, str]]
"""a readback and a place -> the readback as somebody left it, and the path that this shows"""

CHANGED = "Changed"
"""what a word ends in that somebody has changed"""


IMPOSSIBLE = {
    r"Table other .*/schema/name": "Azure refuses a table whose schema has another name",
    r"Table (other|gone) .*/columns/TimeGenerated(/type)?": "every table has it, a datetime",
    r"Table gone .*/columns/[^/]*/type": "Azure keeps no column without a type",
    r"Table gone .*/(retentionInDays|totalRetentionInDays|plan)": "Azure always tells them",
    r"Rule gone /location": "Azure always tells it",
    r"Rule other .*/logAnalytics/clv2ws1/name": "its flows would name what is not there",
    r"Endpoint gone /location": "Azure always tells it",
    r"Metadata (other|gone) .*/criteria/\d+/name": "Azure keeps no names of criteria",
    r"RoleAssignment gone .*/(roleDefinitionId|principalId)": "Azure always tells them",
}
"""states that Azure cannot be in"""
UNSEEN = {
    r"DataConnector gone /properties/isActive": "no schema has it for Push: silence is no no",
    r"RoleAssignment gone /properties/principalType": "old versions do not tell it",
}
"""changes that are no difference, each a rule of its kind"""
IMMUTABLE = {
    r"Rule (other|gone) /kind": "Azure sets it once, at creation",
    r"Rule other /location": "Azure sets it once, at creation",
    r"Endpoint other /location": "Azure moves no endpoint",
    r"RoleAssignment other .*": "Azure changes neither",
    r"Table other .*/columns/[^/]*/type": "Azure changes no column's type",
}
"""what no write can put back, and what the sentence says of it"""


@dataclass(frozen=True)
class Way:
    """One way to tamper with a body: where it can be done, and how."""

    name: str
    where: Find
    make: Make


@dataclass(frozen=True)
class Tampering:
    """One change of one resource; `at` is the path of the place, `path` the one that it shows."""

    resource: Resource
    way: Way
    at: str
    path: str

    def __str__(self) -> str:
        return f"{self.resource.kind}-{self.resource.name}-{self.way.name}-{self.path}"

    def of(self, desired: Body, readback: Body) -> Json:
        """The readback as it is after that."""
        kind = KIND[self.resource.kind]
        found = self.way.where(kind, desired, readback)
        place = next(place for place in found if place.path == self.at)
        body, path = self.way.make(readback, place)
        assert path == self.path
        return body


def said(case: Tampering, table: dict[str, str]) -> str | None:
    """What a table of patterns says of a change."""
    text = f"{case.resource.kind} {case.way.name} {case.path}"
    return next((said for pattern, said in table.items() if re.fullmatch(pattern, text)), None)


def tamperings(derived: Derived) -> Iterator[Tampering]:
    """Each change of each resource that a connector writes."""
    for kind in KIND.values():
        for resource in kind.resources(derived):
            if resource.id and resource.managed:
                yield from tamperings_of(kind, resource, kind.desired(derived, resource, REFS))


def tamperings_of(kind: Kind, resource: Resource, desired: Body) -> Iterator[Tampering]:
    for way in WAYS:
        for place in way.where(kind, desired, desired):
            _, path = way.make(desired, place)
            yield Tampering(resource, way, place.path, path)


def _other(body: Body, place: Place) -> tuple[Json, str]:
    """Another value of the same type; a word is one that the name of a column may be, too."""
    changed: Json = deepcopy(dict(body))
    holder = Place("", place.way[:-1], None, place.node).of(changed)
    step = place.way[-1]
    holder[step] = _another(holder[step])
    if place.sent == -1:
        # asks for the workspace's: any number is that one while the flag beside it says so
        holder[f"{step}AsDefault"] = False
    return changed, place.path


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}{CHANGED}"


def _keys(kind: Kind, desired: Body, readback: Body) -> Iterator[Place]:
    """Values that stand under a key; without its name an element would be another one."""
    for place in values(kind, desired, readback):
        if isinstance(place.way[-1], str) and place.way[-1] != "name":
            yield place


def _closed_objects(kind: Kind, desired: Body, readback: Body) -> Iterator[Place]:
    """Objects that may hold no more than declared; the emulator keeps the order of lists."""
    return _closed_below(Place("", (), desired, compiled(kind.rules)))


def _closed_below(place: Place) -> Iterator[Place]:
    if isinstance(place.sent, Mapping):
        if place.node.closed:
            yield place
        parts: Iterable[tuple[Any, Any]] = place.sent.items()
    else:
        parts = enumerate(place.sent) if isinstance(place.sent, list) else ()
    for part, value in parts:
        below = place.node.below(str(part))
        yield from _closed_below(Place(f"{place.path}/{part}", (*place.way, part), value, below))


def _open_lists(kind: Kind, desired: Body, readback: Body) -> Iterator[Place]:
    found = places(kind, desired, readback)
    return (place for place in found if place.sent and place.node.open_list)


def _dropped(body: Body, place: Place) -> tuple[Json, str]:
    """The last element declared is gone; in an open list it is not the last one there."""
    left: Json = deepcopy(dict(body))
    name = place.sent[-1]["name"]
    items = place.of(left)
    items.remove(next(item for item in items if item["name"] == name))
    return left, f"{place.path}/{name}"


def _without(body: Body, place: Place) -> tuple[Json, str]:
    left: Json = deepcopy(dict(body))
    del Place("", place.way[:-1], None, place.node).of(left)[place.way[-1]]
    return left, place.path


def _shorter(body: Body, place: Place) -> tuple[Json, str]:
    left: Json = deepcopy(dict(body))
    last = place.of(left).pop()
    is_named = isinstance(last, dict) and "name" in last and not place.node.ordered
    return left, f"{place.path}/{last['name'] if is_named else len(place.sent) - 1}"


def _joined(body: Body, place: Place) -> tuple[Json, str]:
    more: Json = deepcopy(dict(body))
    place.of(more)["added"] = deepcopy(next(iter(place.of(more).values())))
    return more, f"{place.path}/added"


WAYS = (
    Way("other", values, _other),
    Way("gone", _keys, _without),
    Way("longer", closed_lists, grown),
    Way("shorter", closed_lists, _shorter),
    Way("dropped", _open_lists, _dropped),
    Way("joined", _closed_objects, _joined),
)
