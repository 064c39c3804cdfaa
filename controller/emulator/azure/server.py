"""A small Azure on loopback, over HTTPS with its own CA and over plain HTTP.

    async with AzureEmulator(Options(latency=0.2)) as emulator:
        walk = emulator.azure.seed_walk_through()
        number = emulator.faults.add(Fault("/tables/", method="PUT", status=429,
                                           headers={"Retry-After": "1"}, times=2))

The same from outside, without a token:

    POST   /_emulator/faults      the fields of `Fault`; `code` and `message` make the error
                                  envelope: {"path": "/tables/", "method": "PUT", "status": 403,
                                  "code": "AuthorizationFailed", "message": "...", "times": 1}
                                  answers {"fault": 1}
    DELETE /_emulator/faults      all of them; /_emulator/faults/1 one
    GET    /_emulator/requests    every request so far; ?since=N those after sequence number N

`faults.before` and `faults.after` are awaited around the store's part of every call. A client that
goes away cancels its call: what was held before the store acted never happens.
"""

import asyncio
import functools
import json
import socket
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote

import trustme
from aiohttp import web
from multidict import CIMultiDict

from controller.emulator.azure import data_plane, entra, state
from controller.emulator.azure.answers import Answer, Call, Refused, error
from controller.emulator.azure.arm import routing
from controller.emulator.azure.faults import Fault, Faults, Request, from_json
from controller.emulator.azure.logs import Logs
from controller.emulator.azure.options import Options
from controller.emulator.azure.store import Azure

_LOGGED_HEADERS = ("x-ms-client-request-id", "user-agent", "content-encoding", "prefer")
_CORRELATION_ID = "x-ms-correlation-request-id"
_OWN = "/_emulator/"


def _now() -> datetime:
    return datetime.now(UTC)


@functools.cache
def _warm_up() -> None:
    """Load the KQL engine (half a second, once a process) before a call has to wait for it."""
    Logs(_now).check_transform({"a": "string"}, "source", {"a": "string"})


class AzureEmulator:
    """The servers around one store; see the module's docstring. Ports 0 are chosen freely."""

    def __init__(
        self,
        options: Options = Options(),  # noqa: B008 - frozen
        *,
        clock: Callable[[], datetime] = _now,
        http_port: int = 0,
        https_port: int = 0,
    ) -> None:
        self.options = options
        self.azure = Azure(clock, options)
        self.faults = Faults()
        self.requests: list[Request] = []
        self.http_url = ""
        self.https_url = ""
        self.ca_file = Path()
        self._ports = (http_port, https_port)
        self._runner: web.ServerRunner | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._warming: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "AzureEmulator":
        server = web.Server(self._serve, handler_cancellation=True, access_log=None)
        self._warming = asyncio.create_task(asyncio.to_thread(_warm_up))
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        self._folder = tempfile.TemporaryDirectory(prefix="azure-emulator-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        self.http_url = f"http://{await self._listen(self._ports[0], None)}"
        self.https_url = f"https://{await self._listen(self._ports[1], self._tls())}"
        self.azure.ingestion_base = self.https_url
        if self.options.state_file is not None and self.options.state_file.exists():
            await asyncio.to_thread(state.load, self.azure, self.options.state_file)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._warming is not None:
            await self._warming
        if self._folder is not None:
            self._folder.cleanup()
        if self.options.state_file is not None:
            await asyncio.to_thread(state.save, self.azure, self.options.state_file)

    async def _listen(self, port: int, tls: ssl.SSLContext | None) -> str:
        listener = socket.create_server(("127.0.0.1", port))
        assert self._runner is not None  # noqa: S101 - set two lines before
        await web.SockSite(self._runner, listener, ssl_context=tls).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def _tls(self) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        return context

    async def _serve(self, incoming: web.BaseRequest) -> web.StreamResponse:
        raw = await incoming.content.read()
        if incoming.path.startswith(_OWN):
            return _response(self._own(incoming.method, incoming.path_qs, _parsed(raw)))
        call = _call(incoming, raw, str(self.azure.new_id()))
        entry = self._logged(incoming, call)
        try:
            answer = await self._answer(call, entry)
            entry.status = answer.status if answer else None
        finally:
            entry.finished = time.monotonic()
        if answer is None:
            if incoming.transport is not None:
                incoming.transport.abort()
            return web.Response()
        return _response(answer, self._trace_headers(call))

    async def _answer(self, call: Call, entry: Request) -> Answer | None:
        """None: the connection is to be cut."""
        if self.options.latency:
            await asyncio.sleep(self.options.latency)
        if self.faults.before is not None:
            await self.faults.before(entry)
        fault = self.faults.take(entry, "before")
        if fault is not None and await _struck(fault):
            return _stroke(fault)
        try:
            answer = await _act(self.azure, call)
        except Refused as refused:
            answer = refused.answer
        entry.acted = True
        if self.faults.after is not None:
            await self.faults.after(entry)
        fault = self.faults.take(entry, "after")
        if fault is not None and await _struck(fault):
            return _stroke(fault)
        return answer

    def _logged(self, incoming: web.BaseRequest, call: Call) -> Request:
        entry = Request(
            sequence=len(self.requests) + 1,
            method=call.method,
            path=call.path,
            query=unquote(incoming.query_string),
            body=call.body,
            headers={n: incoming.headers[n] for n in _LOGGED_HEADERS if n in incoming.headers},
            started=time.monotonic(),
        )
        self.requests.append(entry)
        return entry

    def _trace_headers(self, call: Call) -> dict[str, str]:
        return {
            "x-ms-request-id": str(self.azure.new_id()),
            _CORRELATION_ID: call.correlation,
        }

    def _own(self, method: str, path_qs: str, body: Any) -> Answer:
        path, _, query = path_qs.removeprefix(_OWN).partition("?")
        if method == "GET" and path == "requests":
            since = int(dict(parse_qsl(query)).get("since", "0"))
            return Answer(200, {"requests": [asdict(entry) for entry in self.requests[since:]]})
        if method == "POST" and path == "faults" and isinstance(body, dict):
            try:
                return Answer(200, {"fault": self.faults.add(from_json(body))})
            except (KeyError, TypeError, ValueError) as problem:
                return Answer(400, error("InvalidFault", str(problem)))
        if method == "DELETE" and path == "faults":
            self.faults.clear()
            return Answer(204)
        if method == "DELETE" and path.removeprefix("faults/").isdecimal():
            self.faults.remove(int(path.removeprefix("faults/")))
            return Answer(204)
        return Answer(404, error("NotFound", f"{method} /_emulator/{path} is not served."))


async def _act(azure: Azure, call: Call) -> Answer:
    """The store's part: which of the services a path belongs to."""
    if place := data_plane.INGESTION.fullmatch(call.path):
        return await data_plane.ingest(azure, call, place)
    if place := data_plane.QUERY.fullmatch(call.path):
        return await data_plane.query(azure, call, place)
    tenant, _, rest = call.path.strip("/").partition("/")
    if rest == "v2.0/.well-known/openid-configuration":
        return entra.configuration(call, tenant)
    if rest == "oauth2/v2.0/token" and call.method == "POST":
        return entra.issue(azure.entra, call, tenant)
    return await routing.act(azure, call)


async def _struck(fault: Fault) -> bool:
    """Wait as the fault says; True when it also takes the answer's place."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.silence:
        await asyncio.Event().wait()
    return fault.drop or fault.status is not None


def _stroke(fault: Fault) -> Answer | None:
    if fault.drop or fault.status is None:
        return None
    return Answer(fault.status, fault.body, fault.headers)


def _call(incoming: web.BaseRequest, raw: bytes, number: str) -> Call:
    """`number` correlates what the caller does not."""
    is_form = incoming.content_type == "application/x-www-form-urlencoded"
    return Call(
        method=incoming.method,
        path=incoming.path,
        query=dict(incoming.query),
        body=None if is_form else _parsed(raw),
        size=len(raw),
        form=dict(parse_qsl(raw.decode())) if is_form else {},
        authorization=incoming.headers.get("Authorization", ""),
        base_url=f"{incoming.scheme}://{incoming.host}",
        correlation=incoming.headers.get(_CORRELATION_ID, number),
    )


def _parsed(raw: bytes) -> Any:
    """JSON, or the text itself when it is none: a route refuses it by its type."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _response(answer: Answer, headers: dict[str, str] | None = None) -> web.Response:
    merged = CIMultiDict({**(headers or {}), **answer.headers})
    if answer.body is None:
        return web.Response(status=answer.status, headers=merged)
    content = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    merged.setdefault("Content-Type", "application/json; charset=utf-8")
    return web.Response(status=answer.status, body=content.encode(), headers=merged)
