"""Small changes of JSON bodies, in place; each does nothing where there is nothing to change."""

from collections.abc import Callable
from typing import Any

Json = Any
Edit = Callable[[Json], object]


def get(body: Json, path: str) -> Json:
    """What stands at a path, an empty object where nothing does."""
    for part in path.split("/")[1:]:
        if isinstance(body, list):
            body = body[int(part)] if int(part) < len(body) else {}
        else:
            body = body.get(part) or {}
    return body


def put(path: str, value: Json) -> Edit:
    """Sets one value."""

    def edit(body: Json) -> None:
        holder, _, key = path.rpartition("/")
        at = get(body, holder)
        at[int(key) if isinstance(at, list) else key] = value

    return edit


def respelt(path: str, change: Callable[[str], str]) -> Edit:
    """Writes the texts at a path in another way; `*` stands for every element of a list."""

    def edit(body: Json) -> None:
        before, every, after = path.partition("/*")
        if every:
            for item in get(body, before):
                respelt(after, change)(item)
            return
        holder, _, key = path.rpartition("/")
        at = get(body, holder)
        if isinstance(at, dict) and isinstance(at.get(key), str):
            at[key] = change(at[key])

    return edit


def joined(path: str, **values: Json) -> Edit:
    """Adds keys to an object that has not got them."""
    return lambda body: [get(body, path).setdefault(key, value) for key, value in values.items()]


def recased(path: str) -> Edit:
    """Writes the keys of an object in another case."""

    def edit(body: Json) -> None:
        at = get(body, path)
        for key in list(at):
            at[key[0].swapcase() + key[1:]] = at.pop(key)

    return edit


def gone(path: str) -> Edit:
    """Leaves a key out."""
    holder, _, key = path.rpartition("/")
    return lambda body: get(body, holder).pop(key, None)


def blank_gone(path: str) -> Edit:
    """Leaves a key out if it holds nothing."""
    holder, _, key = path.rpartition("/")
    return lambda body: get(body, holder).get(key) or gone(path)(body)


def reversed_(path: str) -> Edit:
    """A list in another order."""

    def edit(body: Json) -> None:
        items = get(body, path)
        if isinstance(items, list):
            items.reverse()

    return edit


def all_of(*edits: Edit) -> Edit:
    return lambda body: [edit(body) for edit in edits]


def upper(text: str) -> str:
    return text.upper()
