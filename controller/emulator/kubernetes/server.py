"""The HTTP face of the embedded Kubernetes API: paths, verbs and content types, on loopback."""

from __future__ import annotations

import contextlib
import datetime
import json
import secrets
import ssl
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from aiohttp import web

from controller.emulator.kubernetes import (
    discovery,
    errors,
    kubeconfig,
    openapi,
    patches,
    protobuf,
    reading,
    watching,
)
from controller.emulator.kubernetes.admission import Write
from controller.emulator.kubernetes.errors import ApiError, Json
from controller.emulator.kubernetes.objects import Objects
from controller.emulator.kubernetes.registry import Registry, Target
from controller.emulator.kubernetes.store import Store

MAX_BODY = 3 * 1024 * 1024
NAMESPACES = ("default", "kube-system")
PATCHES: dict[str, Callable[[Any, Any], Json]] = {
    "application/json-patch+json": patches.json_patch,
    "application/merge-patch+json": patches.merge_patch,
    "application/strategic-merge-patch+json": patches.strategic_patch,
}
APPLY = "application/apply-patch+yaml"


class KubernetesEmulator:
    """A Kubernetes API on https://127.0.0.1 with its own authority and one user who may do all.

    An async context manager; everything it holds is gone when it closes.
    """

    url: str
    kubeconfig: Json

    def __init__(self, *, clock: Callable[[], datetime.datetime] | None = None) -> None:
        self._clock = clock or (lambda: datetime.datetime.now(datetime.UTC))
        self._store = Store()
        self._registry = Registry()
        self._objects = Objects(self._store, self._registry, clock=self._clock)
        self._token = secrets.token_urlsafe(24)
        self._runner = web.AppRunner(
            self._application(),
            access_log=None,
            handler_cancellation=True,  # a watch ends with its client, not at its next event
            shutdown_timeout=1.0,
        )

    async def __aenter__(self) -> Self:
        for name in NAMESPACES:
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            target = Target(self._registry.find("", "v1", "namespaces"), "", "")
            self._objects.create(target, body, Write("embedded"))
        authority = trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        port = self._runner.addresses[0][1]
        self.url = f"https://127.0.0.1:{port}"
        pem = authority.cert_pem.bytes()
        self.kubeconfig = kubeconfig.kubeconfig(self.url, authority=pem, token=self._token)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store.close()
        await self._runner.cleanup()

    def write_kubeconfig(self, path: Path) -> None:
        kubeconfig.write(self.kubeconfig, path)

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY)
        application.router.add_route("*", "/{path:.*}", self._answer)
        return application

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return _refused(ApiError(401, "Unauthorized", "Unauthorized"))
        try:
            return await self._route(request)
        except ApiError as error:
            return _refused(error)

    async def _route(self, request: web.Request) -> web.StreamResponse:
        path = tuple(part for part in request.path.split("/") if part)
        if path == ("version",):
            return web.json_response(discovery.VERSION)
        if path in (("readyz",), ("livez",), ("healthz",)):
            return web.Response(text="ok")
        if path[:2] == ("openapi", "v3"):
            rest = "/".join(path[2:])
            document = openapi.document(rest, self._registry) if rest else None
            return web.json_response(document or openapi.index(self._registry))
        if path[:1] not in (("api",), ("apis",)):
            raise errors.no_such_path()
        if len(path) < (3 if path[0] == "api" else 4):
            return web.json_response(discovery.answer(path, self._registry))
        return await self._resource(request, self._target(path))

    def _target(self, path: tuple[str, ...]) -> Target:
        group, rest = ("", path[1:]) if path[0] == "api" else (path[1], path[2:])
        version, *rest_of_path = rest
        namespace = ""
        if rest_of_path[0] == "namespaces" and len(rest_of_path) > 2:
            namespaced = rest_of_path[2] not in ("status", "finalize")
            if namespaced:
                namespace, rest_of_path = rest_of_path[1], rest_of_path[2:]
        plural, name, subresource, *more = [*rest_of_path, "", ""]
        resource = self._registry.find(group, version, plural)
        known = ("", "status") if resource.status else ("",)
        if subresource not in known or any(more):
            raise errors.no_such_path()
        return Target(resource, namespace, name, subresource)

    async def _resource(self, request: web.Request, target: Target) -> web.StreamResponse:
        query = dict(request.query)
        if request.method == "GET":
            return await self._read(request, target, query)
        warnings: list[str] = []
        write = _write(request, query, warnings)
        body = await _body(request)
        created = target.name and self._store.get(target.key) is None
        if request.method == "POST" and not target.name:
            result, code = self._objects.create(target, body, write), 201
        elif request.method == "PUT" and target.name:
            result, code = self._objects.replace(target, body, write), 200
        elif request.method == "PATCH" and target.name:
            result, code = self._patch(request, target, body, write), 201 if created else 200
        elif request.method == "DELETE" and target.name:
            result, code = self._delete(target, body, write), 200
        else:
            message = "the server does not allow this method on the requested resource"
            raise ApiError(405, "MethodNotAllowed", message)
        headers = [("Warning", f'299 - "{text}"'.replace("\n", " ")) for text in warnings]
        form = self._form(request, target)
        shown = form.one(result) if "metadata" in result and result["kind"] != "Status" else result
        response = web.json_response(shown, status=code)
        response.headers.extend(headers)
        return response

    def _patch(self, request: web.Request, target: Target, body: Any, write: Write) -> Json:
        if request.content_type == APPLY:
            return self._objects.apply(target, body, write)
        merge = PATCHES.get(request.content_type)
        if merge is None or (
            merge is patches.strategic_patch and target.resource.schema is not None
        ):
            message = f"the body of the request was in an unknown format: {request.content_type}"
            raise ApiError(415, "UnsupportedMediaType", message)
        return self._objects.update(target, write, lambda current: merge(current, body))

    def _delete(self, target: Target, body: Json, write: Write) -> Json:
        dry_run = write.dry_run or body.get("dryRun") == ["All"]
        left = self._objects.delete(target, body, dry_run=dry_run)
        if "deletionTimestamp" in left["metadata"]:
            return left
        details = {
            "name": target.name,
            "group": target.resource.group,
            "kind": target.resource.plural,
            "uid": left["metadata"]["uid"],
        }
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": details,
        }

    def _form(self, request: web.Request, target: Target) -> reading.Form:
        accept = request.headers.get("Accept", "")
        include = request.query.get("includeObject", "")
        return reading.Form.of(target.resource, accept, include=include, clock=self._clock)

    async def _read(
        self, request: web.Request, target: Target, query: dict[str, str]
    ) -> web.StreamResponse:
        form = self._form(request, target)
        watch = query.get("watch") in ("1", "true", "True")
        if target.name and not watch:
            return web.json_response(form.one(self._objects.get(target)))
        selection = reading.Selection.of(target.resource, target.namespace, target.name, query)
        if not watch:
            return web.json_response(reading.listed(selection, self._store, form, query))
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        events = watching.events(selection, self._store, form, query)
        async with contextlib.aclosing(events):
            with contextlib.suppress(ConnectionResetError):
                async for event in events:
                    await response.write(json.dumps(event).encode() + b"\n")
        return response


def _refused(error: ApiError) -> web.Response:
    return web.json_response(error.body, status=error.code)


def _write(request: web.Request, query: dict[str, str], warnings: list[str]) -> Write:
    agent = request.headers.get("User-Agent", "unknown").partition("/")[0]
    if request.content_type == APPLY and not query.get("fieldManager"):
        raise errors.bad_request("fieldManager: Required value: is required for apply patch")
    return Write(
        manager=query.get("fieldManager") or agent,
        force=query.get("force") == "true",
        dry_run=query.get("dryRun") == "All",
        validation=query.get("fieldValidation", "Warn"),
        warn=warnings.append,
    )


async def _body(request: web.Request) -> Any:
    text = await request.read()
    if not text:
        return {}
    if request.content_type == protobuf.CONTENT_TYPE:
        return protobuf.decoded(text)
    try:
        body = json.loads(text)
    except ValueError as error:
        raise errors.bad_request(
            "the body is not JSON, the only encoding the embedded Kubernetes API reads"
        ) from error
    if not isinstance(body, dict) and request.content_type != "application/json-patch+json":
        raise errors.bad_request("the body is not an object")
    return body
