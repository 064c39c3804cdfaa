"""What a body goes through before it is stored: unknown fields, defaults, validation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json, Problem
from controller.emulator.kubernetes.resources import Resource
from controller.emulator.kubernetes.schema import filled, pruned
from controller.emulator.kubernetes.validation import problems

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Write:
    """How one request writes: who, strictly or not, for real or not.

    `warn` receives the sentence about unknown fields that a client asked to be warned of.
    """

    manager: str
    force: bool = False
    dry_run: bool = False
    validation: str = "Ignore"
    warn: Callable[[str], None] | None = None


def decoded(resource: Resource, body: Json, write: Write) -> Json:
    """`body` as it would be stored; raises a 400 for unknown fields if the client is strict."""
    body = {**body, "apiVersion": resource.api_version, "kind": resource.kind}
    if resource.defaults:
        body = resource.defaults(body)
    if resource.schema is None:
        return body
    unknown: list[str] = []
    kept: Json = pruned(resource.root_schema, body, unknown=unknown)
    if unknown:
        said = ", ".join(f'unknown field "{path}"' for path in unknown)
        if write.validation == "Strict":
            raise errors.bad_request(
                f"{resource.kind} in version {resource.version!r} cannot be handled as a "
                f"{resource.kind}: strict decoding error: {said}"
            )
        if write.validation == "Warn" and write.warn:
            write.warn(said)
    full: Json = filled(resource.root_schema, kept)
    return full


def checked(resource: Resource, body: Json, old: Json | None) -> None:
    """Raises the 422 that names every field that does not fit."""
    found = _named(body)
    if resource.schema is not None:
        found += problems(resource.root_schema, body, old)
    if resource.check:
        found += resource.check(body)
    if found:
        raise errors.invalid(resource.group, resource.kind, body["metadata"]["name"], found)


def _named(body: Json) -> list[Problem]:
    name = body["metadata"]["name"]
    if not name:
        message = "Required value: name or generateName is required"
        return [Problem("metadata.name", message, "FieldValueRequired")]
    if len(name) > 253 or not NAME.fullmatch(name):
        message = (
            f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case '
            "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric "
            "character"
        )
        return [Problem("metadata.name", message)]
    return []
