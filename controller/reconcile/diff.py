"""What of a desired body a readback does not hold, as paths. Decides no action.

Objects are open; lists are closed, matched by `name` or as multisets: what else holds for a kind
stands in its `Rules`. A null or an empty object asks for nothing.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from controller.model.resource import Body, Change, Kind, Unknown
from controller.model.spelling import anywhere
from controller.reconcile.pairing import Distance, in_any_order, in_order
from controller.reconcile.patterns import Node, compiled

_NAME = "name"
"""the key by which ARM tells the elements of a list apart"""

_compiled = lru_cache(maxsize=64)(compiled)

_Place = tuple["_Place", str] | None
"""where a value stands: its part below another place, None for the body. Written out as a JSON
pointer for a change alone: in sync nobody reads it"""


def changes(kind: Kind, desired: Body, readback: Body) -> tuple[Change, ...]:
    """The paths where `readback` is not as `desired` wants it, sorted; () when in sync."""
    want, have = kind.comparable(desired, readback)
    found: list[Change] = []
    _objects(None, want, have, _compiled(kind.rules), found)
    return tuple(sorted(found, key=lambda change: change.path))


def _differ(at: _Place, want: Any, have: Any, rules: Node, found: list[Change]) -> None:
    if rules.blank and _blank(want) and _blank(have):
        return
    if isinstance(want, dict) and isinstance(have, dict):
        _objects(at, want, have, rules, found)
    elif isinstance(want, list | tuple) and isinstance(have, list | tuple):
        _lists(at, want, have, rules, found)
    elif not _same(want, have, rules) and (have is not None or _asks(want)):
        found.append(Change(_pointer(at), want, have))


def _same(want: Any, have: Any, rules: Node) -> bool:
    if isinstance(want, str) and isinstance(have, str):
        form = rules.form or anywhere
        return want == have or form(want) == form(have)
    if isinstance(want, bool | Unknown) or isinstance(have, bool):
        return want is have  # 1 == True in Python, not in JSON; what is unknown equals nothing
    return bool(want == have)


def _blank(value: Any) -> bool:
    return not value and (isinstance(value, bool) or not isinstance(value, int | float))


def _asks(value: Any) -> bool:
    """Whether an absent value is too little: nulls and what is empty ask for nothing."""
    if isinstance(value, dict):
        return any(_asks(item) for item in value.values())
    return value is not None and value not in ([], ())


def _objects(
    at: _Place, want: Mapping[str, Any], have: Mapping[str, Any], rules: Node, found: list[Change]
) -> None:
    for key, value in want.items():
        actual = have.get(key)
        if type(value) is str and value == actual:
            continue  # three of four values, in half the time
        below = rules.below(key)
        if value is None or below.read_only:
            continue
        if actual is None and key not in have:
            actual = have.get(_recased(key, have, rules))
        if type(value) is dict and type(actual) is dict:
            _objects((at, key), value, actual, below, found)  # at once: most of a body is objects
        elif actual is not None or not below.unreported:
            _differ((at, key), value, actual, below, found)
    if rules.closed:
        found.extend(
            Change(_pointer((at, key)), None, value)
            for key, value in have.items()
            if key not in want and not _blank(value)
        )


def _recased(key: str, have: Mapping[str, Any], rules: Node) -> str:
    """The key as the readback spells it; ids are keys too (userAssignedIdentities)."""
    if not (rules.fold_keys or key.startswith("/")):
        return key
    folded = key.casefold()
    return next((other for other in have if other.casefold() == folded), key)


def _lists(
    at: _Place, want: Sequence[Any], have: Sequence[Any], rules: Node, found: list[Change]
) -> None:
    as_many = len(want) <= len(have) if rules.open_list else len(want) == len(have)
    if as_many and _are_as_wanted(want, have, rules.below("*")):
        return
    wanted, actual = _by_name(want), _by_name(have)
    if rules.ordered or wanted is None or actual is None:
        _pairs(at, want, have, rules, found)
    else:
        _named(at, wanted, actual, rules, found)


def _are_as_wanted(want: Sequence[Any], have: Sequence[Any], rules: Node) -> bool:
    """One by one in their order, as most lists are; of an open one its beginning."""
    found: list[Change] = []
    for ours, theirs in zip(want, have, strict=False):
        if type(ours) is dict and type(theirs) is dict:
            _objects(None, ours, theirs, rules, found)
        elif type(ours) is not str or ours != theirs:
            _differ(None, ours, theirs, rules, found)
        if found:
            return False
    return True


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """The elements by their names, None when one has none or two have the same."""
    named: dict[str, Any] = {}
    for item in items:
        name = item.get(_NAME) if isinstance(item, dict) else None
        if not isinstance(name, str) or name in named:
            return None
        named[name] = item
    return named


def _named(
    at: _Place,
    wanted: Mapping[str, Any],
    actual: Mapping[str, Any],
    rules: Node,
    found: list[Change],
) -> None:
    missing = [name for name in wanted if name not in actual]
    added = [] if rules.open_list else [name for name in actual if name not in wanted]
    inner = rules.below("*")
    if len(missing) == len(added) == 1:
        (old,), (new,) = missing, added
        rest: list[Change] = []
        _differ((at, old), wanted[old], {**actual[new], _NAME: old}, inner, rest)
        # with no value changed it is the same element; a key that Azure dropped before changes none
        if all(change.actual is None for change in rest):
            found.append(Change(_pointer(((at, old), _NAME)), old, new))
            found.extend(rest)
            missing, added = [], []
    for name, item in wanted.items():
        if name in actual:
            _differ((at, name), item, actual[name], inner, found)
    found.extend(Change(_pointer((at, name)), wanted[name], None) for name in missing)
    found.extend(Change(_pointer((at, name)), None, actual[name]) for name in added)


def _pairs(
    at: _Place, want: Sequence[Any], have: Sequence[Any], rules: Node, found: list[Change]
) -> None:
    """What is too much stands at its place in the readback, or after all that is wanted."""
    inner, behind = rules.below("*"), len(want)
    pairs = (in_order if rules.ordered else in_any_order)(want, have, _distance_by(inner))
    for ours, theirs in pairs:
        if ours is not None and theirs is not None:
            _differ((at, str(ours)), want[ours], have[theirs], inner, found)
        elif ours is not None:
            found.append(Change(_pointer((at, str(ours))), want[ours], None))
        elif theirs is not None and not rules.open_list:
            place = theirs if rules.ordered else behind
            found.append(Change(_pointer((at, str(place))), None, have[theirs]))
            behind += 1


def _pointer(at: _Place) -> str:
    parts: list[str] = []
    while at is not None:
        at, part = at
        parts.append(part.replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in reversed(parts))


def _distance_by(rules: Node) -> Distance:
    def distance(want: Any, have: Any) -> int:
        found: list[Change] = []
        _differ(None, want, have, rules, found)
        return len(found)

    return distance
