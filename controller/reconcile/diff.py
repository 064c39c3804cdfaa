"""What of a desired body a readback does not hold, as paths. Decides no action.

Objects are open, lists are closed and ordered, unless the kind's `Rules` say otherwise.
`==` answers almost every comparison; deepdiff (10-45 ms a document) only pairs up what is left
of an unordered list once it is known to differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deepdiff import DeepDiff

from controller.model.resource import Body, Change, Kind, Rules, Unknown


def changes(kind: Kind, desired: Body, readback: Body) -> tuple[Change, ...]:
    """The paths where `readback` is not as `desired` wants it, sorted; () when in sync."""
    want, have = kind.normal(desired), kind.normal(readback)
    if want == have:
        return ()
    return tuple(sorted(_differ("", want, have, _compiled(kind.rules)), key=lambda c: c.path))


@dataclass
class _Patterns:
    """The rules as a tree over path parts, so that a comparison carries one node with it."""

    fold: bool = False
    key: str | None = None
    unordered: bool = False
    open_list: bool = False
    blank: bool = False
    unreported: bool = False
    fold_keys: bool = False
    children: dict[str, "_Patterns"] = field(default_factory=dict)

    def at(self, pattern: str) -> "_Patterns":
        node = self
        for part in pattern.split("/")[1:]:
            node = node.children.setdefault(part, _Patterns())
        return node

    def below(self, part: str) -> "_Patterns":
        """The rules for one part down; what holds for a subtree is handed on."""
        named, any_part = self.children.get(part), self.children.get("*")
        if named is None and any_part is None:
            return self.plain()
        exact = named or any_part or self
        children = {**(any_part.children if any_part else {}), **(named.children if named else {})}
        return _Patterns(
            fold=exact.fold,
            key=exact.key,
            unordered=exact.unordered,
            open_list=exact.open_list,
            blank=self.blank or exact.blank,
            unreported=exact.unreported,
            fold_keys=self.fold_keys,
            children=children,
        )

    def plain(self) -> "_Patterns":
        if not (self.blank or self.fold_keys):
            return _PLAIN
        return _Patterns(blank=self.blank, fold_keys=self.fold_keys)


_PLAIN = _Patterns()
_cache: dict[int, tuple[Rules, _Patterns]] = {}


def _compiled(rules: Rules) -> _Patterns:
    known = _cache.get(id(rules))
    if known is not None:
        return known[1]
    root = _Patterns(fold_keys=rules.fold_keys)
    for pattern in rules.fold:
        root.at(pattern).fold = True
    for pattern, key in rules.keyed.items():
        root.at(pattern).key = key
    for pattern in rules.unordered:
        root.at(pattern).unordered = True
    for pattern in rules.open_lists:
        root.at(pattern).open_list = True
    for pattern in rules.blank_is_absent:
        root.at(pattern).blank = True
    for pattern in rules.unreported:
        root.at(pattern).unreported = True
    _cache[id(rules)] = (rules, root)  # the rules are kept, so that no other object gets their id
    return root


def _differ(path: str, want: Any, have: Any, rules: _Patterns) -> Iterator[Change]:
    if _same(path, want, have, rules):
        return
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        yield from _objects(path, want, have, rules)
    elif _is_list(want) and _is_list(have):
        yield from _lists(path, want, have, rules)
    else:
        yield Change(path, want, have)


def _same(path: str, want: Any, have: Any, rules: _Patterns) -> bool:
    if isinstance(want, Unknown):
        return False
    if want == have:
        return True
    if rules.blank and _blank(want) and _blank(have):
        return True
    if isinstance(want, str) and isinstance(have, str):
        return _fold(path, want, rules) == _fold(path, have, rules)
    return False


def _fold(path: str, text: str, rules: _Patterns) -> str:
    if path.endswith("/location"):
        return text.replace(" ", "").casefold()  # `West US` and `westus`
    if rules.fold or text[:15].casefold() == "/subscriptions/":
        return text.casefold()  # ids keep the case of whoever wrote them (FIELD 37)
    return text


def _blank(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {}, ())


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _objects(
    path: str, want: Mapping[str, Any], have: Mapping[str, Any], rules: _Patterns
) -> Iterator[Change]:
    names = {key.casefold(): key for key in have} if rules.fold_keys else {}
    for key, value in want.items():
        found = key if key in have else names.get(key.casefold(), key)
        actual, below = have.get(found), rules.below(key)
        if actual is not None or not below.unreported:
            yield from _differ(f"{path}/{_escaped(key)}", value, actual, below)


def _lists(
    path: str, want: Sequence[Any], have: Sequence[Any], rules: _Patterns
) -> Iterator[Change]:
    if rules.key is not None and _unique(want, rules.key) and _unique(have, rules.key):
        yield from _keyed(path, want, have, rules)
    elif rules.unordered or rules.key is not None:
        yield from _multisets(path, want, have, rules)
    else:
        for index, pair in enumerate(zip(want, have, strict=False)):
            yield from _differ(f"{path}/{index}", *pair, rules.below(str(index)))
        for index in range(len(have), len(want)):
            yield Change(f"{path}/{index}", want[index], None)
        if not rules.open_list:
            for index in range(len(want), len(have)):
                yield Change(f"{path}/{index}", None, have[index])


def _unique(items: Sequence[Any], key: str) -> bool:
    names = [item.get(key) if isinstance(item, Mapping) else None for item in items]
    return None not in names and len(set(names)) == len(names)


def _keyed(
    path: str, want: Sequence[Any], have: Sequence[Any], rules: _Patterns
) -> Iterator[Change]:
    wanted = {item[rules.key]: item for item in want}
    actual = {item[rules.key]: item for item in have}
    names = list(wanted) if rules.open_list else list(dict.fromkeys([*wanted, *actual]))
    for name in names:
        below = f"{path}/{_escaped(str(name))}"
        yield from _differ(below, wanted.get(name), actual.get(name), rules.below(str(name)))


def _multisets(
    path: str, want: Sequence[Any], have: Sequence[Any], rules: _Patterns
) -> Iterator[Change]:
    inner = rules.below("*")
    twins = _twins(want, have, inner)
    left = [index for index in range(len(have)) if index not in twins.values()]
    for index, item in enumerate(want):
        if index in twins:
            continue
        nearest = min(left, key=lambda other: _distance(item, have[other]), default=None)
        if nearest is None:
            yield Change(f"{path}/{index}", item, None)
        else:
            left.remove(nearest)
            yield from _differ(f"{path}/{index}", item, have[nearest], inner)
    if not rules.open_list:
        for offset, extra in enumerate(left):
            yield Change(f"{path}/{len(want) + offset}", None, have[extra])


def _twins(want: Sequence[Any], have: Sequence[Any], rules: _Patterns) -> dict[int, int]:
    """The index of what is wanted -> of what fits it, for as many as possible.

    An open object may fit several: one that took the only partner of another moves on.
    """
    fits = [
        [place for place, other in enumerate(have) if not any(_differ("", item, other, rules))]
        for item in want
    ]
    taken: dict[int, int] = {}

    def placed(index: int, tried: set[int]) -> bool:
        for place in fits[index]:
            if place in tried:
                continue
            tried.add(place)
            if place not in taken or placed(taken[place], tried):
                taken[place] = index
                return True
        return False

    for index in range(len(want)):
        placed(index, set())
    return {index: place for place, index in taken.items()}


def _distance(one: Any, other: Any) -> float:
    """0 for alike, 1 for nothing in common: which leftover is the changed form of which."""
    return float(DeepDiff(one, other, get_deep_distance=True).get("deep_distance", 0))


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
