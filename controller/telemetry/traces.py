"""Spans for an OpenTelemetry collector: one a reconcile, below it one for each call to Azure.

Decides what is a span and what an event on it. An optional part: `opentelemetry` is imported here
alone, and only when a collector is named.
"""

from contextvars import Token

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from controller.model.facts import (
    Began,
    Called,
    DriftFound,
    DriftRepaired,
    Ending,
    Fact,
    Key,
    Reconciled,
    Written,
)

SERVICE = "contoso-connector-operator"
FAILED = frozenset({Ending.UNAVAILABLE, Ending.API_ERROR, Ending.UNEXPECTED})
"""endings that a trace shows as errors; of a spec that nobody can carry out the status tells"""
PATIENCE = 5.0
"""seconds that a collector has to take what is left when the operator stops"""

_NANO = 1_000_000_000


def to_collector(endpoint: str, version: str) -> "Traces":
    """Spans sent to `<endpoint>/v1/traces` by OTLP over HTTP, in batches, from a thread.

    OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, …) count too.
    """
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=PATIENCE)
    return Traces(BatchSpanProcessor(exporter), version)


class Traces:
    """Told facts, it begins and ends spans.

    The span of a reconcile is in the context of the task that runs it, so what that task starts,
    in whatever thread, has its calls below it. A reading that several connectors share is below
    the one that asked first.
    """

    def __init__(self, processor: SpanProcessor, version: str) -> None:
        names = {"service.name": SERVICE, "service.version": version}
        self._provider = TracerProvider(resource=Resource.create(names))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(SERVICE, version)
        self._open: dict[Key, tuple[Span, Token[context.Context]]] = {}

    def tell(self, fact: Fact) -> None:
        match fact:
            case Began():
                self._begin(fact)
            case Reconciled():
                self._end(fact)
            case Called():
                self._call(fact)
            case Written():
                told = {"verb": fact.verb, "changed": str(fact.changed).lower()}
                trace.get_current_span().add_event(f"{fact.kind} written", told)
            case DriftFound():
                trace.get_current_span().add_event(f"{fact.kind} drifted")
            case DriftRepaired():
                trace.get_current_span().add_event(f"{fact.kind} repaired")
            case _:
                pass

    def close(self) -> None:
        """Sends what is left; blocks for `PATIENCE` at most. Called in a thread."""
        self._provider.shutdown()

    def _begin(self, fact: Began) -> None:
        namespace, name = fact.key
        span = self._tracer.start_span(
            "reconcile",
            attributes={
                "k8s.namespace.name": namespace,
                "contosoconnector.name": name,
                "contosoconnector.generation": fact.generation,
            },
        )
        self._open[fact.key] = span, context.attach(trace.set_span_in_context(span))

    def _end(self, fact: Reconciled) -> None:
        span, token = self._open.pop(fact.key)
        context.detach(token)
        span.set_attribute("outcome", fact.outcome)
        if fact.outcome in FAILED:
            span.set_status(Status(StatusCode.ERROR, fact.outcome))
        span.end()

    def _call(self, fact: Called) -> None:
        began = int(fact.began * _NANO)
        span = self._tracer.start_span(
            f"{fact.verb} {fact.type}",
            kind=SpanKind.CLIENT,
            start_time=began,
            attributes={
                "http.request.method": fact.verb,
                "url.path": fact.path,
                "azure.service": fact.service,
                "azure.correlation_id": fact.correlation_id,
            },
        )
        if fact.status is not None:
            span.set_attribute("http.response.status_code", fact.status)
        if fact.status is None or fact.status >= 400:
            span.set_status(Status(StatusCode.ERROR))
        span.end(began + int(fact.seconds * _NANO))
