"""What of a desired body a readback does not hold, as paths. Decides no action.

Objects are open; lists are closed, matched by `name` or as multisets: what else holds for a kind
stands in its `Rules`. A null or an empty object asks for nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from controller.model.resource import Body, Change, Kind, Unknown
from controller.model.spelling import anywhere
from controller.reconcile.pairing import Distance, in_any_order, in_order
from controller.reconcile.patterns import Node, compiled

_NAME = "name"
"""the key by which ARM tells the elements of a list apart"""

_compiled = lru_cache(maxsize=64)(compiled)


def changes(kind: Kind, desired: Body, readback: Body) -> tuple[Change, ...]:
    """The paths where `readback` is not as `desired` wants it, sorted; () when in sync."""
    want, have = kind.comparable(desired, readback)
    found: list[Change] = []
    _objects("", want, have, _compiled(kind.rules), found)
    return tuple(sorted(found, key=lambda change: change.path))


def _differ(path: str, want: Any, have: Any, rules: Node, found: list[Change]) -> None:
    if rules.blank and _blank(want) and _blank(have):
        return
    if isinstance(want, dict) and isinstance(have, dict):
        _objects(path, want, have, rules, found)
    elif isinstance(want, list | tuple) and isinstance(have, list | tuple):
        _lists(path, want, have, rules, found)
    elif not _same(want, have, rules) and (have is not None or _asks(want)):
        found.append(Change(path, want, have))


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
    path: str, want: Mapping[str, Any], have: Mapping[str, Any], rules: Node, found: list[Change]
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
        if actual is not None or not below.unreported:
            _differ(_pointer(path, key), value, actual, below, found)
    if rules.closed:
        found.extend(
            Change(_pointer(path, key), None, value)
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
    path: str, want: Sequence[Any], have: Sequence[Any], rules: Node, found: list[Change]
) -> None:
    inner = rules.below("*")
    if len(want) == len(have) and not any(map(_distance_by(inner), want, have)):
        return
    if rules.ordered:
        found.extend(_pairs(path, want, have, rules, ordered=True))
    elif _are_named(want) and _are_named(have):
        found.extend(_by_name(path, want, have, rules))
    else:
        found.extend(_pairs(path, want, have, rules, ordered=False))


def _are_named(items: Sequence[Any]) -> bool:
    names = [item.get(_NAME) if isinstance(item, dict) else None for item in items]
    return all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def _by_name(path: str, want: Sequence[Any], have: Sequence[Any], rules: Node) -> Iterator[Change]:
    wanted = {item[_NAME]: item for item in want}
    actual = {item[_NAME]: item for item in have}
    missing = [name for name in wanted if name not in actual]
    added = [] if rules.open_list else [name for name in actual if name not in wanted]
    inner = rules.below("*")
    if len(missing) == len(added) == 1:
        (old,), (new,) = missing, added
        at = _pointer(path, old)
        rest = _differences(at, wanted[old], {**actual[new], _NAME: old}, inner)
        # with no value changed it is the same element; a key that Azure dropped before changes none
        if all(change.actual is None for change in rest):
            yield Change(_pointer(at, _NAME), old, new)
            yield from rest
            missing, added = [], []
    for name, item in wanted.items():
        if name in actual:
            yield from _differences(_pointer(path, name), item, actual[name], inner)
    yield from (Change(_pointer(path, name), wanted[name], None) for name in missing)
    yield from (Change(_pointer(path, name), None, actual[name]) for name in added)


def _pairs(
    path: str, want: Sequence[Any], have: Sequence[Any], rules: Node, *, ordered: bool
) -> Iterator[Change]:
    """What is too much stands at its place in the readback, or after all that is wanted."""
    inner, behind = rules.below("*"), len(want)
    pairs = (in_order if ordered else in_any_order)(want, have, _distance_by(inner))
    for ours, theirs in pairs:
        if ours is not None and theirs is not None:
            yield from _differences(f"{path}/{ours}", want[ours], have[theirs], inner)
        elif ours is not None:
            yield Change(f"{path}/{ours}", want[ours], None)
        elif theirs is not None and not rules.open_list:
            yield Change(f"{path}/{theirs if ordered else behind}", None, have[theirs])
            behind += 1


def _pointer(path: str, part: str) -> str:
    return f"{path}/{part.replace('~', '~0').replace('/', '~1')}"


def _differences(path: str, want: Any, have: Any, rules: Node) -> list[Change]:
    found: list[Change] = []
    _differ(path, want, have, rules, found)
    return found


def _distance_by(rules: Node) -> Distance:
    return lambda want, have: len(_differences("", want, have, rules))
