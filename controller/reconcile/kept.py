"""What Azure keeps otherwise than it was asked: told once, then no drift until a side changes.

Decides neither when a difference counts as kept nor where it is remembered.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from controller.model.resource import Change


class Kept(NamedTuple):
    """A path, and hashes of what was asked for and what Azure keeps there (a dropped key: null)."""

    path: str
    desired: str
    actual: str


Known = Mapping[str, Collection[Kept]]
"""What is known to be kept, by resource id in lower case."""


def kept(changes: Iterable[Change]) -> tuple[Kept, ...]:
    """What to remember of differences that are still there after an equal write."""
    return tuple(_remembered(change) for change in changes)


def drift(changes: Iterable[Change], known: Collection[Kept]) -> tuple[Change, ...]:
    """The changes that are not known to be kept: either side of them is new."""
    return tuple(change for change in changes if _remembered(change) not in known)


def _remembered(change: Change) -> Kept:
    return Kept(change.path, fingerprint(change.desired), fingerprint(change.actual))


def fingerprint(value: Any) -> str:
    """An `Unknown` is written as text: it is never kept, since a write has made it known."""
    text = json.dumps(value, sort_keys=True, default=repr)
    return sha256(text.encode()).hexdigest()[:16]
