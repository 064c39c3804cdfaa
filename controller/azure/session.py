"""The one way a request of ours reaches Azure: token, origin, limits, log line, network faults.

Decides nothing about what an answer means.
"""

import asyncio
import logging
import ssl
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx
from azure.core.credentials import AccessToken

from controller.azure.called import CORRELATION_ID, Request, called
from controller.azure.clouds import Cloud
from controller.azure.credentials import Tokens
from controller.azure.ids import title
from controller.azure.origins import check_origin, check_path
from controller.azure.sender import READS, Sender
from controller.model.errors import Fault, LeaseLost, Transient
from controller.model.facts import Called, Tell, nobody
from controller.model.reasons import Reason

logger = logging.getLogger(__name__)

PACKAGE = "contoso-connector-operator"
TIMEOUT = 30.0
WRITTEN = 1000
"""how many of our last writes are known by their correlation ids"""
FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)
"""everything that httpx raises"""


class Service(StrEnum):
    """Who is spoken to."""

    ARM = "arm"
    LOGS = "logs"


CONCURRENCY: Mapping[Service, int] = {
    # httpx gets slower with more connections in one pool (about 8 is its best)
    Service.ARM: 8,
    # Log Analytics runs 5 queries of one principal at a time and queues the rest
    Service.LOGS: 5,
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Time and chance. `now` is seconds since the epoch, `elapsed` any monotonic seconds."""

    now: Callable[[], float] = time.time
    elapsed: Callable[[], float] = time.monotonic
    request_id: Callable[[], str] = lambda: str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class _Call:
    service: Service
    method: str
    url: str
    json: Any
    headers: Mapping[str, str]


class Session:
    """One HTTP client for one cloud and identity; used as an async context manager.

    `written` holds the correlation ids of the last writes.
    """

    def __init__(
        self,
        cloud: Cloud,
        tokens: Tokens,
        *,
        answer_within: float = TIMEOUT,
        sources: Sources | None = None,
        sender: Sender | None = None,
        tell: Tell = nobody,
    ) -> None:
        """`answer_within` is in seconds: to connect, to send, between two pieces of an answer."""
        self.cloud = cloud
        self.tokens = tokens
        self._sources = sources or Sources()
        self._tell = tell
        self._sender = sender or Sender()
        self._answer_within = answer_within
        self.written: deque[str] = deque(maxlen=WRITTEN)
        self._bases = {
            Service.ARM: (cloud.arm, cloud.arm_scope),
            Service.LOGS: (cloud.logs, cloud.logs_scope),
        }
        self._slots = {service: asyncio.Semaphore(n) for service, n in CONCURRENCY.items()}
        quiet()
        self._client = httpx.AsyncClient(
            verify=trust(cloud),
            headers={
                "User-Agent": user_agent(self._sender.instance),
                "Accept": "application/json",
            },
            timeout=httpx.Timeout(answer_within, pool=None),
            follow_redirects=False,  # a token goes where we send it
            limits=httpx.Limits(
                max_connections=None,
                max_keepalive_connections=sum(CONCURRENCY.values()),
                keepalive_expiry=90,
            ),
        )

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        await self.tokens.close()

    async def request(
        self,
        method: str,
        url: str,
        *,
        service: Service = Service.ARM,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer, whatever its status; raises a Fault when there is none.

        `url` is a path of the service, or a URL whose origin must be the service's, since a token
        goes with it. A redirect is an answer like any other. A 401 is tried once more with a new
        token. Raises LeaseLost for a write that another process may do by now.
        """
        base, scope = self._bases[service]
        if url.startswith("/"):
            check_path(url)
        full = f"{base}{url}" if url.startswith("/") else url
        check_origin(full, base)
        token = await self.tokens.token(scope)
        call = _Call(service, method, full, json, dict(headers or {}))
        async with self._slots[service]:
            response = await self._send(call, token)
        if response.status_code != 401:
            return response
        self.tokens.forget(scope, token)
        token = await self.tokens.token(scope)
        async with self._slots[service]:
            return await self._send(call, token)

    async def follow(self, url: str, named: str) -> httpx.Response:
        """GET of a URL of ARM that Azure gave in the field `named`; raises as `request` does."""
        check_origin(url, self.cloud.arm, named)
        return await self.request("GET", url)

    async def _send(self, call: _Call, token: AccessToken) -> httpx.Response:
        headers = {
            **call.headers,
            "Authorization": f"Bearer {token.token}",
            "x-ms-client-request-id": self._sources.request_id(),
        }
        extensions = self._sender.extensions(call.method, body=call.json is not None)
        self._sender.check(call.method)
        note = Note(call.service, call.method, call.url, self._sources)
        try:
            response = await self._client.request(
                call.method, call.url, json=call.json, headers=headers, extensions=extensions
            )
        except LeaseLost as error:
            self._tell(note.failed(error))
            raise
        except FAILURES as error:
            self._tell(note.failed(error))
            # without its cause: httpx quotes header values in some of its messages
            raise self._no_answer(call, error) from None
        self._tell(note.answered(response.status_code, response.headers))
        if call.method not in READS:
            self.written.append(response.headers.get(CORRELATION_ID, "none"))
        return response

    def _no_answer(self, call: _Call, error: Exception) -> Fault:
        subject = f"{call.method} {title(httpx.URL(call.url).path)}"
        if isinstance(error, httpx.TimeoutException):
            said = f"no answer within {self._answer_within:g} seconds"
        elif isinstance(error, httpx.ConnectError):
            said = f"no connection to {httpx.URL(call.url).host} ({error})"
        else:
            said = f"the connection failed ({type(error).__name__})"
        return Transient(Reason.AZURE_UNAVAILABLE, f"{subject}: {said}; it is tried again.")


class Note:
    """The log lines of one call, with fields for JSON logs, and the fact of it. Queries of URLs are
    never in them: those of operations carry certificates."""

    def __init__(self, service: Service, method: str, url: str, sources: Sources) -> None:
        self._sources = sources
        self._method = method
        self._path = httpx.URL(url).path
        self._began = sources.elapsed()
        self._request = Request(service, method, self._path, sources.now())
        self._started = datetime.fromtimestamp(self._request.began, UTC).isoformat()
        self._level = logging.DEBUG if method in READS else logging.INFO
        if method not in READS:
            logger.info("%s %s begins", method, self._path, extra=self._fields())

    def answered(self, status: int, headers: Mapping[str, str]) -> Called:
        fact = called(self._request, self._seconds(), status, headers)
        fields = self._fields() | {
            "status": status,
            "milliseconds": round(1000 * fact.seconds),
            "correlation_id": fact.correlation_id,
        }
        text = "%s %s answered %d in %d ms, correlation id %s, started %s"
        values = (status, fields["milliseconds"], fields["correlation_id"] or "none")
        logger.log(
            self._level, text, self._method, self._path, *values, self._started, extra=fields
        )
        return fact

    def failed(self, error: Exception) -> Called:
        kind = type(error).__name__
        fields = self._fields() | {"error": kind}
        logger.warning("%s %s got no answer: %s", self._method, self._path, kind, extra=fields)
        return called(self._request, self._seconds(), None, {})

    def _seconds(self) -> float:
        return self._sources.elapsed() - self._began

    def _fields(self) -> dict[str, Any]:
        return {"method": self._method, "resource": self._path, "started": self._started}


def trust(cloud: Cloud) -> ssl.SSLContext:
    """Who may be the cloud: its own authority if it names one, else the public ones."""
    return _trust(cloud.ca_file, cloud.ca_file.read_bytes() if cloud.ca_file else b"")


@lru_cache(maxsize=8)
def _trust(ca_file: Path | None, _text: bytes) -> ssl.SSLContext:
    """One for all sessions: each is 0.8 MiB and 50 ms, and each Secret that is named has two."""
    if ca_file:
        return ssl.create_default_context(cafile=str(ca_file))
    return httpx.create_ssl_context()


def user_agent(instance: str = "") -> str:
    """How Azure's logs name the operator; without a version when run from a bare source tree."""
    comment = f" ({instance})" if instance else ""
    try:
        return f"{PACKAGE}/{metadata.version(PACKAGE)}{comment}"
    except metadata.PackageNotFoundError:
        return f"{PACKAGE}{comment}"


def quiet() -> None:
    """Keeps the libraries' own request lines out of the log: they print whole URLs."""
    for name in ("httpx", "httpcore", "azure"):
        logging.getLogger(name).setLevel(logging.ERROR)
