"""What the API refuses, as Kubernetes' own `Status` objects; nothing here decides when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One cause of a 422: `field` is the path, `message` what is wrong there, `reason` its type."""

    field: str
    message: str
    reason: str = "FieldValueInvalid"

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class ApiError(Exception):
    """An answer other than success; `body` is the `Status` that the client receives."""

    def __init__(
        self, code: int, reason: str, message: str, *, details: Json | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.body: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details or {},
            "code": code,
        }


def not_found(group: str, plural: str, name: str) -> ApiError:
    return ApiError(
        404,
        "NotFound",
        f'{_of(group, plural)} "{name}" not found',
        details=_who(group, plural, name),
    )


def no_such_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(group: str, plural: str, name: str) -> ApiError:
    message = f'{_of(group, plural)} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, details=_who(group, plural, name))


def modified(group: str, plural: str, name: str) -> ApiError:
    return conflict(
        group,
        plural,
        name,
        message="the object has been modified; please apply your changes to the latest version "
        "and try again",
    )


def conflict(group: str, plural: str, name: str, *, message: str) -> ApiError:
    text = f'Operation cannot be fulfilled on {_of(group, plural)} "{name}": {message}'
    return ApiError(409, "Conflict", text, details=_who(group, plural, name))


def invalid(group: str, kind: str, name: str, problems: Sequence[Problem]) -> ApiError:
    listed = ", ".join(str(problem) for problem in problems)
    text = listed if len(problems) == 1 else f"[{listed}]"
    causes = [
        {"reason": problem.reason, "message": problem.message, "field": problem.field}
        for problem in problems
    ]
    details = {"name": name, "group": group, "kind": kind, "causes": causes}
    subject = f"{kind}.{group}" if group else kind
    return ApiError(422, "Invalid", f'{subject} "{name}" is invalid: {text}', details=details)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def terminating(plural: str, name: str, namespace: str) -> ApiError:
    text = f"unable to create new content in namespace {namespace} because it is being terminated"
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {namespace} is being terminated",
        "field": "metadata.namespace",
    }
    message = f'{plural} "{name}" is forbidden: {text}'
    return ApiError(
        403, "Forbidden", message, details={"name": name, "kind": plural, "causes": [cause]}
    )


def expired(revision: int, oldest: int) -> ApiError:
    return ApiError(410, "Expired", f"too old resource version: {revision} ({oldest})")


def _of(group: str, plural: str) -> str:
    return f"{plural}.{group}" if group else plural


def _who(group: str, plural: str, name: str) -> Json:
    return {"name": name, "group": group, "kind": plural}
