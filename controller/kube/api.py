"""The one HTTP session with the API server. Knows credentials and errors, no object.

Retries nothing but a 401, with the token read again; the rest is the operator's backoff.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
import kopf

from controller.kube.login import Login, NoAccess
from controller.model.errors import LeaseLost

CREDENTIALS_AGE = 60.0
"""seconds after which the credentials are read again: kubelet renews a token file in place"""


class ApiError(Exception):
    """The API server refused or did not answer (status 0); `reason` is its Status reason."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` is sent as JSON under the media type `form`."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    form: str = "application/json"
    accept: str = "application/json"

    def __str__(self) -> str:
        return f"Kubernetes {self.method} {self.path}"


class Api:
    """A session with one API server; an async context manager.

    `login` gives the credentials of the moment, `clock` seconds that only grow, `may_write` whether
    anything but a GET may be sent. That is a look before the call and no later one: what an old
    leader sends of an object is refused by its resourceVersion.
    """

    def __init__(
        self,
        login: Login,
        *,
        clock: Callable[[], float] = time.monotonic,
        may_write: Callable[[], bool] = lambda: True,
    ) -> None:
        self._login = login
        self._clock = clock
        self._may_write = may_write
        self._info = login()
        self._read_at = clock()
        self._client = httpx.AsyncClient(
            base_url=self._info.server,
            verify=_trust(self._info),
            proxy=self._info.proxy_url,
            trust_env=False,
            limits=httpx.Limits(max_connections=10, keepalive_expiry=60),
            timeout=httpx.Timeout(30, connect=10, pool=None),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, call: Call) -> Mapping[str, Any]:
        """The JSON object of a 2xx answer; raises ApiError for everything else.

        Raises LeaseLost for a write that another process may do by now.
        """
        if call.method != "GET" and not self._may_write():
            raise LeaseLost
        response = await self._answer(call, self._credentials())
        if response.status_code == 401:
            response = await self._answer(call, self._credentials(anew=True))
        if response.is_error:
            raise _refusal(call, response)
        try:
            return dict(response.json())
        except ValueError as error:
            raise ApiError(0, "NoAnswer", f"{call}: the answer is no JSON object") from error

    async def version(self) -> Mapping[str, Any]:
        """What the API server says of itself to everybody; raises ApiError if it does not."""
        return await self.send(Call("GET", "/version"))

    async def _answer(self, call: Call, credentials: Mapping[str, str]) -> httpx.Response:
        headers = {"Accept": call.accept, "Content-Type": call.form, **credentials}
        try:
            return await self._client.request(
                call.method, call.path, params=call.params, json=call.body, headers=headers
            )
        except httpx.TransportError as error:
            cause = str(error) or type(error).__name__
            raise ApiError(0, "NoAnswer", f"{call}: no answer ({cause})") from error

    def _credentials(self, *, anew: bool = False) -> Mapping[str, str]:
        if anew or self._clock() - self._read_at >= CREDENTIALS_AGE:
            try:
                self._info = self._login()
            except (NoAccess, OSError) as error:
                raise ApiError(0, "NoAccess", str(error)) from error
            self._read_at = self._clock()
        return self._info.as_http_headers()


def _trust(info: kopf.ConnectionInfo) -> ssl.SSLContext | bool:
    return info.as_ssl_context() if info.server.startswith("https:") else True


def _refusal(call: Call, response: httpx.Response) -> ApiError:
    try:
        told = response.json()
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("kind") != "Status":
        # a proxy's page, not the API server's word: nothing in it is for our log
        told = {}
    message = str(told.get("message") or response.reason_phrase)[:500]
    return ApiError(
        response.status_code,
        str(told.get("reason") or "Unknown"),
        f"{call}: {response.status_code} {message}",
    )
