"""Reads the protobuf that `kubectl create namespace|configmap|secret` sends instead of JSON.

Field numbers are those of `generated.proto` in kubernetes/api and kubernetes/apimachinery; other
kinds and fields are refused by name rather than lost.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from controller.emulator.kubernetes.errors import ApiError, Json

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\x00"
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Reader = Callable[[Any], Any]


def decoded(data: bytes) -> Json:
    """The object as JSON would have it; raises a 415 for what this reader does not know."""
    envelope = dict(_fields(data.removeprefix(MAGIC)))
    meta = {number: held.decode() for number, held in _fields(envelope[1])}
    api_version, kind = meta.get(1, ""), meta.get(2, "")
    numbered = KINDS.get((api_version, kind))
    if not data.startswith(MAGIC) or numbered is None:
        raise _unknown(f"{kind or 'this kind'} of {api_version or 'no version'}")
    return {"apiVersion": api_version, "kind": kind, **_message(envelope[2], numbered)}


def _message(data: bytes, numbered: dict[int, tuple[str, Reader]]) -> Json:
    out: Json = {}
    for number, held in _fields(data):
        if not held:
            continue
        if number not in numbered:
            raise _unknown(f"field {number} of a message that holds {numbered[1][0]}")
        name, read = numbered[number]
        value = read(held)
        if isinstance(value, dict):
            out[name] = {**out.get(name, {}), **value}
        elif isinstance(value, list):
            out[name] = [*out.get(name, []), *value]
        else:
            out[name] = value
    return {name: value for name, value in out.items() if value != {}}


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, wire = tag >> 3, tag & 7
        if wire == VARINT:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == BYTES:
            length, position = _varint(data, position)
        else:
            length = 8 if wire == FIXED64 else 4
        yield number, data[position : position + length]
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position


def _text(held: bytes) -> str:
    return held.decode()


def _pair(held: bytes) -> Json:
    entry = dict(_fields(held))
    return {entry[1].decode(): entry.get(2, b"").decode()}


def _encoded_pair(held: bytes) -> Json:
    entry = dict(_fields(held))
    return {entry[1].decode(): base64.b64encode(entry.get(2, b"")).decode()}


def _nothing(_held: bytes) -> Json:
    return {}


def _unknown(what: str) -> ApiError:
    message = f"the embedded Kubernetes API does not read {what} as protobuf: send JSON"
    return ApiError(415, "UnsupportedMediaType", message)


META: dict[int, tuple[str, Reader]] = {
    1: ("name", _text),
    2: ("generateName", _text),
    3: ("namespace", _text),
    8: ("creationTimestamp", _nothing),
    11: ("labels", _pair),
    12: ("annotations", _pair),
    14: ("finalizers", lambda held: [held.decode()]),
}
METADATA: tuple[str, Reader] = ("metadata", lambda held: _message(held, META))
KINDS: dict[tuple[str, str], dict[int, tuple[str, Reader]]] = {
    ("v1", "Namespace"): {1: METADATA, 2: ("spec", _nothing), 3: ("status", _nothing)},
    ("v1", "ConfigMap"): {
        1: METADATA,
        2: ("data", _pair),
        3: ("binaryData", _encoded_pair),
        4: ("immutable", bool),
    },
    ("v1", "Secret"): {
        1: METADATA,
        2: ("data", _encoded_pair),
        3: ("type", _text),
        4: ("stringData", _pair),
        5: ("immutable", bool),
    },
}
