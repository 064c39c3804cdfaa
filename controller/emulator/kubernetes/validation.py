"""Whether an object fits its structural schema, in the words of the Kubernetes API server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from controller.emulator.kubernetes import rules
from controller.emulator.kubernetes.errors import Json, Problem
from controller.emulator.kubernetes.schema import list_keys

TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    ),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
}
MISSING = object()


def problems(schema: Json, value: Any, old: Any = None, path: str = "") -> Iterator[Problem]:
    """Everything wrong with `value`; `old` is what transition rules compare with."""
    if value is None and schema.get("nullable"):
        return
    mistyped = _mistyped(schema, value, path)
    if mistyped:
        yield mistyped
        return
    yield from _enumerated(schema, value, path)
    yield from _combined(schema, value, path)
    if isinstance(value, str):
        yield from _text(schema, value, path)
    elif isinstance(value, dict):
        yield from _object(schema, value, old, path)
    elif isinstance(value, list):
        yield from _array(schema, value, old, path)
    elif isinstance(value, int | float):
        yield from _number(schema, value, path)
    for message, reason, below in rules.broken(schema, value, old):
        shown = f'"{value}"' if isinstance(value, str) else f'"{_type_of(value)}"'
        yield Problem(path + below or "<nil>", f"Invalid value: {shown}: {message}", reason)


def _mistyped(schema: Json, value: Any, path: str) -> Problem | None:
    if schema.get("x-kubernetes-int-or-string"):
        wanted = "integer,string"
        fits = TYPES["integer"](value) or TYPES["string"](value)
    else:
        wanted = schema.get("type", "")
        fits = not wanted or TYPES[wanted](value)
    if fits:
        return None
    held = _type_of(value)
    message = f'Invalid value: "{held}": {path} in body must be of type {wanted}: "{held}"'
    return Problem(path, message, "FieldValueTypeInvalid")


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    return next(name for name, test in TYPES.items() if test(value))


def _enumerated(schema: Json, value: Any, path: str) -> Iterator[Problem]:
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        listed = ", ".join(json.dumps(each) for each in allowed)
        message = f"Unsupported value: {json.dumps(value)}: supported values: {listed}"
        yield Problem(path, message, "FieldValueNotSupported")


def _combined(schema: Json, value: Any, path: str) -> Iterator[Problem]:
    fitting = {
        word: sum(not any(problems(each, value, None, path)) for each in schema.get(word) or ())
        for word in ("allOf", "anyOf", "oneOf")
    }
    failed = {
        "allOf": fitting["allOf"] < len(schema.get("allOf") or ()),
        "anyOf": "anyOf" in schema and not fitting["anyOf"],
        "oneOf": "oneOf" in schema and fitting["oneOf"] != 1,
        "not": "not" in schema and not any(problems(schema["not"], value, None, path)),
    }
    said = {
        "allOf": "must validate all the schemas (allOf)",
        "anyOf": "must validate at least one schema (anyOf)",
        "oneOf": f"must validate one and only one schema (oneOf). Found {fitting['oneOf']} valid",
        "not": "must not validate the schema (not)",
    }
    for word, broken in failed.items():
        if broken:
            yield Problem(path or "<nil>", f'Invalid value: "": "{path}" {said[word]}')


def _text(schema: Json, value: str, path: str) -> Iterator[Problem]:
    if len(value) > schema.get("maxLength", len(value)):
        message = f"Too long: may not be more than {schema['maxLength']} bytes"
        yield Problem(path, message, "FieldValueTooLong")
    if len(value) < schema.get("minLength", 0):
        size = schema["minLength"]
        yield _wrong(path, value, f"should be at least {size} chars long")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield _wrong(path, value, f"should match '{schema['pattern']}'")
    if schema.get("format") == "date-time" and not re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:", value):
        yield _wrong(path, value, f'must be of type date-time: "{value}"')


def _number(schema: Json, value: float, path: str) -> Iterator[Problem]:
    if value < schema.get("minimum", value):
        yield _wrong(path, value, f"should be greater than or equal to {schema['minimum']}")
    if value > schema.get("maximum", value):
        yield _wrong(path, value, f"should be less than or equal to {schema['maximum']}")
    if "multipleOf" in schema and value % schema["multipleOf"]:
        yield _wrong(path, value, f"should be a multiple of {schema['multipleOf']}")


def _wrong(path: str, value: Any, what: str) -> Problem:
    return Problem(path, f"Invalid value: {json.dumps(value)}: {path} in body {what}")


def _size(schema: Json, count: int, path: str, *, words: tuple[str, str]) -> Iterator[Problem]:
    noun, suffix = words
    most, least = schema.get(f"max{suffix}"), schema.get(f"min{suffix}", 0)
    if most is not None and count > most:
        message = f"Too many: {count}: must have at most {most} items"
        yield Problem(path, message, "FieldValueTooMany")
    if count < least:
        yield _wrong(path, count, f"should have at least {least} {noun}")


def _object(schema: Json, value: Json, old: Any, path: str) -> Iterator[Problem]:
    yield from _size(schema, len(value), path, words=("properties", "Properties"))
    for name in schema.get("required") or ():
        if name not in value:
            yield Problem(_join(path, name), "Required value", "FieldValueRequired")
    properties = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    before = old if isinstance(old, dict) else {}
    for name, held in value.items():
        if name in properties:
            yield from problems(properties[name], held, before.get(name), _join(path, name))
        elif isinstance(extra, dict):
            yield from problems(extra, held, before.get(name), f"{path}.{name}".lstrip("."))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _array(schema: Json, value: list[Any], old: Any, path: str) -> Iterator[Problem]:
    yield from _size(schema, len(value), path, words=("items", "Items"))
    keys = list_keys(schema)
    unique = bool(keys) or schema.get("x-kubernetes-list-type") == "set"
    before = {_identity(keys, item): item for item in old or ()} if keys else {}
    seen = set()
    for index, item in enumerate(value):
        where = f"{path}[{index}]"
        identity = _identity(keys, item)
        if unique and identity in seen:
            yield Problem(where, f"Duplicate value: {identity}", "FieldValueDuplicate")
        seen.add(identity)
        items = schema.get("items") or {}
        yield from problems(items, item, before.get(identity), where)


def _identity(keys: list[str], item: Any) -> str:
    held = {key: item.get(key) for key in keys} if keys and isinstance(item, dict) else item
    return json.dumps(held, separators=(",", ":"), sort_keys=True)
