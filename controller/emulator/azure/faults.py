"""How a test makes the emulator misbehave: which call is struck, and by what.

Decides nothing about Azure's answers; the server carries the strokes out.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from controller.emulator.azure.answers import Json, error


@dataclass
class Request:
    """One request as it was seen, for tests, benches and `GET /_emulator/requests`.

    `started` and `finished` are monotonic seconds; `status` stays None when no answer left (still
    running, dropped, the client went away). `acted` says whether the store has done its part.
    Tokens, secrets and form bodies are never in it.
    """

    sequence: int
    method: str
    path: str
    query: str
    body: Any
    headers: Mapping[str, str]
    started: float
    finished: float | None = None
    status: int | None = None
    acted: bool = False

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True)
class Fault:
    """Strikes each call whose method is `method` ("" is any) and whose path+query contains the
    regular expression `path`, `times` times (None: until it is removed).

    In this order: waits `delay` seconds; with `silence` never answers until the client goes away;
    with `drop` cuts the connection; with `status` answers that, `headers` and `body`. A delay alone
    lets the call go on. `when` is "before" the store acts, or "after": then Azure has done what was
    asked and its answer is what gets lost or replaced.
    """

    path: str
    method: str = ""
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    silence: bool = False
    drop: bool = False
    when: Literal["before", "after"] = "before"
    times: int | None = None

    def strikes(self, request: Request, when: str) -> bool:
        return (
            self.when == when
            and self.method in ("", request.method)
            and re.search(self.path, request.url, re.IGNORECASE) is not None
        )


Hook = Callable[[Request], Awaitable[None]]


class Faults:
    """The faults in force, and two hooks: `before` the store acts and `after` it has acted. A hook
    is awaited, so that a test can hold a call right there; it sees every call."""

    def __init__(self) -> None:
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._numbered: dict[int, tuple[Fault, int]] = {}
        self._next = 1

    def add(self, fault: Fault) -> int:
        """Put a fault in force; returns the number to `remove` it by."""
        re.compile(fault.path)
        number, self._next = self._next, self._next + 1
        self._numbered[number] = (fault, 0)
        return number

    def remove(self, number: int) -> None:
        self._numbered.pop(number, None)

    def clear(self) -> None:
        self._numbered.clear()

    def take(self, request: Request, when: str) -> Fault | None:
        """The first fault that strikes this call, counted as used."""
        for number, (fault, used) in self._numbered.items():
            if not fault.strikes(request, when):
                continue
            if fault.times is not None and used + 1 >= fault.times:
                del self._numbered[number]
            else:
                self._numbered[number] = (fault, used + 1)
            return fault
        return None


def from_json(body: Json) -> Fault:
    """A fault posted over HTTP: the fields of `Fault`, plus `code` and `message` as a short way to
    the error envelope.

    Raises ValueError, TypeError or KeyError naming what is wrong.
    """
    fields = dict(body)
    code, message = fields.pop("code", None), fields.pop("message", "")
    if code is not None:
        fields["body"] = error(code, message)
    if fields.get("when", "before") not in ("before", "after"):
        raise ValueError('when must be "before" or "after"')
    try:
        re.compile(fields["path"])
    except re.error as problem:
        raise ValueError(f"path is no regular expression: {problem}") from problem
    return Fault(**fields)
