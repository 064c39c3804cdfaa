"""Where a readback holds what was sent, and under which path a change of it must show."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controller.model.resource import Body, Kind
from controller.reconcile.patterns import Node, compiled

Json = Any
Way = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """One value of the readback: the way to it, and the path that a change of it shows."""

    path: str
    way: Way
    sent: Json
    node: Node

    def of(self, body: Json) -> Json:
        for step in self.way:
            body = body[step]
        return body


def places(kind: Kind, sent: Body, read: Body) -> Iterator[Place]:
    """Every value that was sent, is answered, and is the kind's to send; objects are not values."""
    asked, _ = kind.comparable(sent, sent)  # what the kind does not compare at all is left out
    return _below(Place("", (), asked, compiled(kind.rules)), asked, read)


def values(kind: Kind, sent: Body, read: Body) -> list[Place]:
    """The places of words, numbers and truth values; what is empty asks for nothing."""
    found = places(kind, sent, read)
    return [place for place in found if not isinstance(place.sent, list) and place.sent != ""]


def closed_lists(kind: Kind, sent: Body, read: Body) -> list[Place]:
    """The places of lists that may hold no more than was sent."""
    found = places(kind, sent, read)
    return [place for place in found if isinstance(place.sent, list) and not place.node.open_list]


def replaced(read: Body, place: Place) -> Iterator[dict[str, Any]]:
    """The readback with other values at one place, one at a time; never only another case."""
    for other in _others(place.of(read)):
        body: dict[str, Any] = copy.deepcopy(dict(read))
        holder = Place("", place.way[:-1], None, place.node).of(body)
        step = place.way[-1]
        holder[step] = other
        if place.sent == -1:
            # asks for the workspace's: any number is that one while the flag beside it says so
            holder[f"{step}AsDefault"] = False
        yield body


def _others(value: Json) -> tuple[Json, ...]:
    """A rule that hides a text by its beginning or end alone would hide one of these."""
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (value + 1, value - 1000)
    text = str(value)
    return (f"{text}-other", f"other-{text}", "other", f"{text[:1]}other{text[1:]}")


def grown(read: Body, place: Place) -> tuple[dict[str, Any], str]:
    """The readback with one element more in a list, and the path that it must show."""
    body: dict[str, Any] = copy.deepcopy(dict(read))
    items = place.of(body)
    last: Json = items[-1] if items else "added"
    if _by_name(place.node, place.sent, items):
        items.append({**last, "name": "added"})
        return body, f"{place.path}/added"
    items.append(last if isinstance(last, dict) else "added")
    return body, f"{place.path}/{len(place.sent)}"


def _below(place: Place, sent: Json, read: Json) -> Iterator[Place]:
    if isinstance(sent, Mapping) and isinstance(read, Mapping):
        for key, value in sent.items():
            below = _one_down(place, key, value)
            found = next((other for other in read if other.casefold() == key.casefold()), None)
            step = key if key in read else found
            if step is not None and value is not None and not below.node.read_only:
                yield from _below(_at(below, place.way, step), value, read[step])
    elif isinstance(sent, list) and isinstance(read, list):
        yield Place(place.path, place.way, sent, place.node)
        yield from _elements(place, sent, read)
    elif not isinstance(sent, Mapping | list):
        yield Place(place.path, place.way, sent, place.node)


def _elements(place: Place, sent: list[Json], read: list[Json]) -> Iterator[Place]:
    named = _by_name(place.node, sent, read)
    for index, item in enumerate(sent):
        partner = _partner(place.node, sent, index, read)
        if partner is None:
            continue
        part = item["name"] if named else str(index)
        below = _at(_one_down(place, part, item), place.way, partner)
        for found in _below(below, item, read[partner]):
            # another name in an open list: the element is missing, the other one is not ours
            renamed = named and place.node.open_list and found.path == f"{below.path}/name"
            yield Place(below.path, found.way, found.sent, found.node) if renamed else found


def _by_name(node: Node, sent: list[Json], read: list[Json]) -> bool:
    """Whether names tell the elements apart, on both sides."""
    items = [*sent, *read]
    if node.ordered or not items or not all(isinstance(item, dict) for item in items):
        return False
    names = [[item.get("name") for item in side] for side in (sent, read)]
    return all(None not in side and len(set(side)) == len(side) for side in names)


def _partner(node: Node, sent: list[Json], index: int, read: list[Json]) -> int | None:
    """Where an element is answered; of equal ones in any order only the last is asked for."""
    if node.ordered:
        return index if index < len(read) else None
    if sent[index] in sent[index + 1 :]:
        return None
    if _by_name(node, sent, read):
        names = [item["name"] for item in read]
        return names.index(sent[index]["name"]) if sent[index]["name"] in names else None
    found = [j for j, other in enumerate(read) if _is_partner(sent[index], other)]
    # an exact twin first: what one element lacks another may have been sent without
    return next((j for j in found if read[j] == sent[index]), found[0] if found else None)


def _one_down(place: Place, part: str, sent: Json) -> Place:
    escaped = part.replace("~", "~0").replace("/", "~1")
    return Place(f"{place.path}/{escaped}", place.way, sent, place.node.below(part))


def _at(place: Place, way: Way, step: str | int) -> Place:
    return Place(place.path, (*way, step), place.sent, place.node)


def _is_partner(sent: Json, read: Json) -> bool:
    """Which element answers which: all that is answered is the same but for case and blanks."""
    if isinstance(sent, Mapping) and isinstance(read, Mapping):
        return all(_is_partner(value, read[key]) for key, value in sent.items() if key in read)
    if isinstance(sent, list) and isinstance(read, list):
        return len(sent) == len(read) and all(map(_is_partner, sent, read))
    return "".join(str(sent).split()).casefold() == "".join(str(read).split()).casefold()
