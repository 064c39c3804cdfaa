"""A changed value in lines. Decides where a text breaks, not how wide a line may be."""

import json
from collections.abc import Iterator
from typing import Any

from controller.model.resource import Body, Change, Unknown
from controller.reconcile.explain import TEXT_LENGTH, explained, operators


def changed(change: Change) -> tuple[str, ...]:
    """Both sides of a change as lines that begin with "- ", "+ " or two blanks.

    "…" alone stands for lines that are equal. A side that is absent has no line.
    """
    if isinstance(change.actual, str) and isinstance(change.desired, str):
        unified = explained(change)
        if unified:
            return tuple(f"{line[0]} {line[1:]}".rstrip() for line in unified)
    return (
        *(f"- {line}" for line in _lines(change.actual)),
        *(f"+ {line}" for line in _lines(change.desired)),
    )


def insisted(change: Change) -> str:
    """What stands before the two sides of what is no difference any more."""
    return f"written twice, Azure {'drops it' if change.actual is None else 'keeps'}"


def fields(body: Body) -> Iterator[tuple[str, Any]]:
    """What a body says, by path: the keys at its top and those under `properties`, blanks left out.

    A blank says that nothing is wanted there.
    """
    said = {f"/{key}": value for key, value in body.items() if key != "properties"}
    said |= {f"/properties/{key}": value for key, value in body.get("properties", {}).items()}
    yield from ((path, value) for path, value in said.items() if value not in (None, "", [], {}))


def compact(value: Any) -> str:
    """The value on one line: text as it is, all else as JSON."""
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, str) and value.strip():
        return " ".join(value.split())
    return json.dumps(plain(value), ensure_ascii=False)


def plain(value: Any) -> Any:
    """The value as JSON has it: what is known after apply as those words."""
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _lines(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) and ("\n" in value.strip() or len(value) > TEXT_LENGTH):
        return operators(value)
    return (compact(value),)
