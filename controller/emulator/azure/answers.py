"""What a route is asked and answers: calls, answers, refusals in Azure's error envelope.

Decides the shape of the envelope, not who sends which error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Principal:
    """Who a token speaks for. `app_id` is the client id, `object_id` the service principal's."""

    app_id: str
    object_id: str


NOBODY = Principal("", "")


@dataclass(frozen=True)
class Call:
    """One request, without network: `body` is the parsed JSON (None: no body), `base_url` is where
    the caller found us, so that operation URLs lead back to the same door."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    size: int = 0
    form: Mapping[str, str] = field(default_factory=dict)
    authorization: str = ""
    base_url: str = "https://127.0.0.1"
    caller: Principal = NOBODY
    correlation: str = ""

    @property
    def api_version(self) -> str:
        return self.query.get("api-version", "")


@dataclass(frozen=True)
class Answer:
    """Status, JSON body (None: empty) and headers beside those that every answer carries."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A route refuses a call; the server turns it into `answer`."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: tuple[Json, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.answer = Answer(status, error(code, message, details=details), headers or {})


def error(code: str, message: str, *, details: tuple[Json, ...] = ()) -> Json:
    """The ARM error envelope (common-types v2 ErrorDetail)."""
    inner: Json = {"code": code, "message": message}
    if details:
        inner["details"] = list(details)
    return {"error": inner}


def detail(code: str, target: str, message: str) -> Json:
    """One entry of `error.details`."""
    return {"code": code, "target": target, "message": message}


def record(body: Any, *, what: str) -> Json:
    """The body as an object, or 400 InvalidRequestContent."""
    if not isinstance(body, dict):
        raise Refused(
            400, "InvalidRequestContent", f"The request content was invalid: {what} is no object."
        )
    return body


def section(body: Json, key: str) -> Json:
    """A nested object, {} when it is absent, null or something else."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}
