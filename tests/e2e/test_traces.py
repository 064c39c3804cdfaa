"""An operator that is told of a collector sends it what it did, with Azure's correlation ids."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from controller import config
from tests.e2e.harness import CONTOSO, Stage, is_ready, manifest
from tests.kube.operating import until
from tests.kube.test_lifecycle import free_port

WRITES = ("PUT ", "PATCH ")


class Collector:
    """What an OpenTelemetry collector has received by OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Any] = []

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans
        return web.Response(content_type="application/x-protobuf")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/v1/traces", self.receive)
        runner, port = web.AppRunner(app), free_port()
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()


def text(span: Any, name: str) -> str:
    return next((a.value.string_value for a in span.attributes if a.key == name), "")


async def test_the_collector_sees_each_write_below_its_reconcile(embedded: Stage) -> None:
    collector = Collector()
    async with collector.serving() as url:
        stage = embedded.with_settings({config.TRACES_ENDPOINT: url})
        async with stage.operating() as operator:
            await stage.create(manifest(CONTOSO))
            await stage.seen.until(CONTOSO, is_ready)
        # what was not sent yet goes when the operator stops
        reconciles = {s.span_id: s for s in collector.spans if s.name == "reconcile"}
        writes = [s for s in collector.spans if s.name.startswith(WRITES)]
    assert {text(reconciles[s.parent_span_id], "contosoconnector.name") for s in writes} == {
        CONTOSO
    }
    assert sorted(text(s, "url.path") for s in writes) == sorted(c.path for c in stage.writes())
    ids = {text(s, "azure.correlation_id") for s in writes}
    assert len(ids) == len(writes)
    assert all(id_ in operator.log for id_ in ids)  # an audit line names each


async def test_a_collector_that_is_not_there_holds_nothing_up(embedded: Stage) -> None:
    stage = embedded.with_settings({config.TRACES_ENDPOINT: f"http://127.0.0.1:{free_port()}"})
    async with stage.operating() as operator:
        await stage.create(manifest(CONTOSO))
        await stage.seen.until(CONTOSO, is_ready)
        assert await operator.stop() == 0


@pytest.mark.parametrize("wrong", ["collector:4318", "ftp://collector", "http://user@collector"])
async def test_what_is_no_collector_s_url_is_refused_at_the_start(
    embedded: Stage, wrong: str
) -> None:
    operator = await embedded.with_settings({config.TRACES_ENDPOINT: wrong}).start()
    assert await operator.process.wait() == 1
    await until(lambda: f"{config.TRACES_ENDPOINT} is '{wrong}'" in operator.log.replace("\n", " "))
