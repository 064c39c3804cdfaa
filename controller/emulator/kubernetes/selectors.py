"""Which objects a label selector and a field selector choose."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.jsonpath import find
from controller.emulator.kubernetes.resources import Resource

Match = Callable[[Json], bool]
SET = re.compile(r"(?P<key>[\w./-]+)\s+(?P<not>not)?in\s*\((?P<values>[^)]*)\)")
EQUAL = re.compile(r"(?P<key>[\w./-]+)\s*(?P<op>==|!=|=)\s*(?P<value>[\w.-]*)")
EXISTS = re.compile(r"(?P<not>!)?\s*(?P<key>[\w./-]+)")


def matcher(resource: Resource, labels: str, fields: str) -> Match:
    """One predicate for both selectors; raises a 400 that names what is not understood."""
    tests = [_label(part) for part in re.split(r",(?![^(]*\))", labels) if part.strip()]
    tests += [_field(resource, part) for part in fields.split(",") if part.strip()]
    return lambda body: all(test(body) for test in tests)


def _label(part: str) -> Match:
    text = part.strip()
    if found := SET.fullmatch(text):
        values = {value.strip() for value in found["values"].split(",")}
        return functools.partial(_one_of, found["key"], values, bool(found["not"]))
    if found := EQUAL.fullmatch(text):
        return functools.partial(_one_of, found["key"], {found["value"]}, found["op"] == "!=")
    if found := EXISTS.fullmatch(text):
        return functools.partial(_has, found["key"], bool(found["not"]))
    raise errors.bad_request(f"unable to parse requirement: {text!r} is no label selector")


def _one_of(key: str, values: set[str], negated: bool, body: Json) -> bool:
    return (_labels(body).get(key) in values) != negated


def _has(key: str, negated: bool, body: Json) -> bool:
    return (key in _labels(body)) != negated


def _labels(body: Json) -> dict[str, str]:
    labels: dict[str, str] = body["metadata"].get("labels") or {}
    return labels


def _field(resource: Resource, part: str) -> Match:
    key, operator, value = _split(part.strip())
    if key not in ("metadata.name", "metadata.namespace", *resource.selectable):
        raise errors.bad_request(f"field label not supported: {key}")
    return lambda body: (str((find(body, key) or [""])[0]) == value) == (operator != "!=")


def _split(part: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        key, found, value = part.partition(operator)
        if found:
            return key, operator, value
    raise errors.bad_request(f"invalid selector: {part!r}; can't understand it")
