"""`policy.ignore`: which values of a resource are the user's own business, laid under our wishes.

What Azure holds there takes the place of what we would write, so it is neither compared nor
overwritten. Decides nothing about a resource that does not exist: it is created as declared.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from controller.model.resource import Body, Resource
from controller.model.spec import Ignored

_NAME = "name"


def laid_over(
    desired: Body, readback: Body, ignored: Iterable[Ignored], resource: Resource
) -> Body:
    """The desired body with the readback's value at each ignored path; changes neither."""
    for entry in ignored:
        if entry.kind is resource.kind and _is_named(entry, resource):
            desired = _object(desired, readback, _parts(entry.path))
    return desired


def _is_named(entry: Ignored, resource: Resource) -> bool:
    return entry.name is None or entry.name.casefold() == resource.name.casefold()


def _parts(pointer: str) -> list[str]:
    """RFC 6901: "/properties/a~1b" is `properties`, then `a/b`."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _value(ours: Any, theirs: Any, parts: list[str]) -> Any:
    """`ours` with what `theirs` holds below it; what is no object nor list of names is as it is."""
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        return _object(ours, theirs, parts)
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        return _list(ours, theirs, parts)
    return ours


def _object(ours: Mapping[str, Any], theirs: Mapping[str, Any], parts: list[str]) -> dict[str, Any]:
    """Keys are found without case, as Azure recases them in Sentinel's resources."""
    part, below = parts[0], parts[1:]
    key, other = _spelled(part, ours), _spelled(part, theirs)
    if below:
        at = {key: _value(ours[key], theirs.get(other), below)} if key in ours else {}
        return {**ours, **at}
    if other in theirs:
        return {**ours, key: theirs[other]}
    return {name: value for name, value in ours.items() if name != key}


def _spelled(part: str, body: Mapping[str, Any]) -> str:
    """The key as the body spells it, the part itself when it has none."""
    if part in body:
        return part
    return next((key for key in body if key.casefold() == part.casefold()), part)


def _list(ours: Sequence[Any], theirs: Sequence[Any], parts: list[str]) -> list[Any]:
    """Elements go by their name: a place in a list that has none says not which it is."""
    part, below = parts[0], parts[1:]
    there = next((item for item in theirs if _has_name(item, part)), None)
    if below:
        return [_value(item, there, below) if _has_name(item, part) else item for item in ours]
    if there is None:
        return [item for item in ours if not _has_name(item, part)]
    if any(_has_name(item, part) for item in ours):
        return [there if _has_name(item, part) else item for item in ours]
    return [*ours, there]


def _has_name(item: Any, name: str) -> bool:
    return isinstance(item, Mapping) and item.get(_NAME) == name
