"""Facts become spans: a reconcile, the calls in it, and what happened on the way."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from controller.model.facts import (
    Began,
    Called,
    DriftFound,
    DriftRepaired,
    Ending,
    Key,
    LeaseHeld,
    Reconciled,
    Written,
)
from controller.model.resource import KindName
from controller.telemetry.traces import Traces

ONE, TWO = ("soc", "one"), ("soc", "two")


class Heard:
    """Traces, and the spans that have ended."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.traces = Traces(SimpleSpanProcessor(self._exporter), "1.2.3")

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self._exporter.get_finished_spans() if span.name == name]

    def only(self, name: str) -> ReadableSpan:
        (span,) = self.spans(name)
        return span


def called(status: int | None = 200, **more: Any) -> Called:
    return Called(
        "arm",
        "PUT",
        "microsoft.insights/datacollectionrules",
        "/subscriptions/s/rules/r",
        status,
        began=1000.5,
        seconds=0.25,
        correlation_id="c-1",
        **more,
    )


PUT = "PUT microsoft.insights/datacollectionrules"


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    return span.attributes or {}


def parent(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent is not None else None


def own(span: ReadableSpan) -> int:
    assert span.context is not None
    found: int = span.context.span_id
    return found


async def reconcile(heard: Heard, key: Key, ending: Ending = Ending.OK) -> None:
    """As a worker does it: the call goes out of a task of its own, in another thread's context."""
    heard.traces.tell(Began(key, 3))
    await asyncio.create_task(asyncio.to_thread(heard.traces.tell, called()))
    heard.traces.tell(Reconciled(key, ending, 1.0))


async def test_a_call_is_below_the_reconcile_that_made_it() -> None:
    heard = Heard()
    await asyncio.gather(reconcile(heard, ONE), reconcile(heard, TWO))
    reconciles = heard.spans("reconcile")
    assert {parent(span) for span in heard.spans(PUT)} == {own(span) for span in reconciles}
    assert {attributes(span)["contosoconnector.name"] for span in reconciles} == {"one", "two"}


async def test_a_worker_s_next_reconcile_is_not_below_its_last() -> None:
    heard = Heard()
    await reconcile(heard, ONE)
    await reconcile(heard, ONE)
    assert [parent(span) for span in heard.spans("reconcile")] == [None, None]


async def test_a_call_has_azure_s_correlation_id_and_its_own_times() -> None:
    heard = Heard()
    await reconcile(heard, ONE)
    span = heard.only(PUT)
    assert attributes(span)["azure.correlation_id"] == "c-1"
    assert attributes(span)["http.response.status_code"] == 200
    assert (span.start_time, span.end_time) == (1_000_500_000_000, 1_000_750_000_000)


@pytest.mark.parametrize(("status", "code"), [(200, StatusCode.UNSET), (404, StatusCode.ERROR)])
def test_a_call_that_failed_is_an_error(status: int, code: StatusCode) -> None:
    heard = Heard()
    heard.traces.tell(called(status))
    assert heard.only(PUT).status.status_code is code


def test_a_call_without_an_answer_is_an_error_without_a_status() -> None:
    heard = Heard()
    heard.traces.tell(called(None))
    span = heard.only(PUT)
    assert span.status.status_code is StatusCode.ERROR
    assert "http.response.status_code" not in attributes(span)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (Ending.OK, StatusCode.UNSET),
        (Ending.STALLED, StatusCode.UNSET),
        (Ending.UNAVAILABLE, StatusCode.ERROR),
        (Ending.UNEXPECTED, StatusCode.ERROR),
    ],
)
async def test_a_reconcile_tells_how_it_ended(ending: Ending, code: StatusCode) -> None:
    heard = Heard()
    await reconcile(heard, ONE, ending)
    span = heard.only("reconcile")
    assert (attributes(span)["outcome"], span.status.status_code) == (ending, code)


def test_writes_and_drift_stand_on_the_reconcile() -> None:
    heard = Heard()
    heard.traces.tell(Began(ONE, 1))
    heard.traces.tell(DriftFound(KindName.RULE))
    heard.traces.tell(Written(KindName.RULE, "PUT", changed=True))
    heard.traces.tell(DriftRepaired(KindName.RULE))
    heard.traces.tell(Reconciled(ONE, Ending.OK, 1.0))
    told = [event.name for event in heard.only("reconcile").events]
    assert told == ["Rule drifted", "Rule written", "Rule repaired"]


def test_what_is_no_span_makes_none() -> None:
    heard = Heard()
    heard.traces.tell(LeaseHeld(held=True))
    heard.traces.tell(Written(KindName.RULE, "PUT", changed=True))  # outside of a reconcile
    assert heard.spans("reconcile") == []
