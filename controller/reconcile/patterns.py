"""A kind's `Rules` as a tree over path parts, so that a comparison carries one node with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from controller.model.resource import Rules
from controller.model.spelling import Form, compact

_ANY = "*"
_READ_ONLY = (
    *("/id", "/name", "/type", "/etag", "/systemData"),  # every resource's, written by ARM
    "/properties/provisioningState",
)
_FORMS: Mapping[str, Form] = {"/location": compact}


@dataclass(slots=True)
class Node:
    """What the rules say of one place, and of all that lies below it."""

    form: Form | None = None
    open_list: bool = False
    closed: bool = False
    unreported: bool = False
    read_only: bool = False
    blank: bool = False
    """this and the next two hold for the whole subtree"""
    ordered: bool = False
    fold_keys: bool = False
    named: dict[str, "Node"] = field(default_factory=dict)
    other: "Node | None" = None

    def plain(self) -> "Node":
        """What of this node holds for a place below that no rule names."""
        return Node(blank=self.blank, ordered=self.ordered, fold_keys=self.fold_keys)

    def below(self, part: str) -> "Node":
        """The node one part down; a plain one is the same all the way."""
        return self.named.get(part) or self.other or self


class _Saying(NamedTuple):
    parts: tuple[str, ...]
    flag: str
    value: Any


def compiled(rules: Rules) -> Node:
    """The node of the whole body."""
    flags: dict[str, Iterable[str]] = {
        "open_list": rules.open_lists,
        "closed": rules.closed,
        "unreported": rules.unreported,
        "read_only": {*rules.read_only, *_READ_ONLY},
        "blank": rules.blank_is_absent,
        "ordered": rules.ordered,
        "fold_keys": rules.fold_keys,
    }
    said = [_said(path, flag, True) for flag, paths in flags.items() for path in paths]
    forms = {**_FORMS, **rules.forms}
    return _node(said + [_said(path, "form", form) for path, form in forms.items()], Node())


def _said(path: str, flag: str, value: Any) -> _Saying:
    return _Saying(tuple(path.split("/")[1:]), flag, value)


def _node(said: Iterable[_Saying], above: Node) -> Node:
    node = above.plain()
    below = [saying for saying in said if saying.parts]
    for saying in said:
        if not saying.parts:
            setattr(node, saying.flag, saying.value)
    names = {saying.parts[0] for saying in below} - {_ANY}
    node.named = {name: _node(_one_down(below, {name, _ANY}), node) for name in names}
    node.other = _node(_one_down(below, {_ANY}), node) if below else node.plain()
    return node


def _one_down(said: Iterable[_Saying], parts: set[str]) -> list[_Saying]:
    return [
        _Saying(saying.parts[1:], saying.flag, saying.value)
        for saying in said
        if saying.parts[0] in parts
    ]
