"""The part of Kubernetes' JSONPath that printer columns use: names, indexes, `[*]`, one filter."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

Step = Callable[[Any], Iterator[Any]]
TOKEN = re.compile(
    r"""\.?\[\?\(\s*@\.(?P<key>[\w./-]+)\s*==\s*(?P<value>"[^"]*"|'[^']*'|[\w.-]+)\s*\)\]"""
    r"""|\.?\[(?P<index>-?\d+)\]|\.?\[\*\]|\.\*|\[['"](?P<quoted>[^'"]+)['"]\]"""
    r"""|\.(?P<name>(?:[^.\[\]\\]|\\.)+)"""
)


def find(body: Any, path: str) -> list[Any]:
    """Every value at `path`, such as `.status.conditions[?(@.type=="Ready")].status`."""
    found = [body]
    for step in _steps(path):
        found = [value for each in found for value in step(each)]
    return found


@functools.lru_cache(maxsize=256)
def _steps(path: str) -> tuple[Step, ...]:
    text = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    text = text if text.startswith((".", "[")) else f".{text}"
    steps, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if not match:
            raise ValueError(f"JSONPath {path!r} is not understood at {text[position:]!r}")
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    if match["key"]:
        return functools.partial(_matching, match["key"], _literal(match["value"]))
    if match["index"]:
        return functools.partial(_item, int(match["index"]))
    name = match["quoted"] or (match["name"] or "").replace("\\.", ".")
    return functools.partial(_field, name) if name else _every


def _literal(text: str) -> Any:
    return json.loads(text) if text in ("true", "false", "null") else text.strip("\"'")


def _matching(key: str, wanted: Any, value: Any) -> Iterator[Any]:
    for each in value if isinstance(value, list) else ():
        held = find(each, key)
        if held and (held[0] == wanted or str(held[0]) == wanted):
            yield each


def _item(index: int, value: Any) -> Iterator[Any]:
    if isinstance(value, list) and -len(value) <= index < len(value):
        yield value[index]


def _field(name: str, value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and name in value:
        yield value[name]


def _every(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
