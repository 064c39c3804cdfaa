"""Failures of a run: retried with growing delays, forgotten after a success."""

import asyncio
import itertools
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

import kopf
import pytest
import respx

from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.queue import Lane, Queue
from controller.kube.workers import Workers
from controller.model.connector import RECONCILE_REQUESTED, Connector, Gone, Outcome, Report
from controller.model.errors import Fault, SpecError, Throttled, Transient, Waiting
from controller.model.facts import Began, Ending, Fact, Reconciled, Tell, nobody
from controller.model.reasons import Reason
from tests.kube import virtual
from tests.kube.samples import body, connector

KEY = ("soc", "alerts")
ENOUGH = 3600.0


class Reconcile:
    """Does in its nth run what `story` says, at the virtual times that it notes."""

    def __init__(self, story: Callable[[int], float | None], fault: Fault | None = None) -> None:
        self.story = story
        self.fault = fault
        self.times: list[float] = []
        self.forgotten: list[str] = []

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        self.times.append(round(asyncio.get_running_loop().time(), 3))
        return Outcome(status=None, retry_in=self.story(len(self.times)), fault=self.fault)

    def forget(self, uid: str) -> None:
        self.forgotten.append(uid)


def times(
    story: Callable[[int], float | None], fault: Fault | None = None, tell: Tell = nobody
) -> list[float]:
    """When an object was reconciled in its first hour."""

    async def hour() -> list[float]:
        loop = asyncio.get_running_loop()
        reconcile, queue = Reconcile(story, fault), Queue(loop.time)
        cache = Cache(queue, reconcile.forget)
        async with Api(lambda: kopf.ConnectionInfo(server="http://none.test")) as api:
            now = datetime(2026, 11, 24, 12, tzinfo=UTC)
            workers = Workers(api, queue, cache, reconcile, lambda: now, tell, loop.time)
            cache.saw(connector())
            loop.call_later(ENOUGH, queue.close)
            with respx.mock(assert_all_called=False) as server:
                server.route().respond(404)
                await workers.work()
        return reconcile.times

    return virtual.run(hour())


def fail(error: Exception) -> NoReturn:
    raise error


@pytest.mark.parametrize(
    "error", [ApiError(503, "Unavailable", "No."), ValueError("?")], ids=["api", "unexpected"]
)
def test_failures_in_a_row_are_retried_ever_later(error: Exception) -> None:
    found = times(lambda _: fail(error))

    waits = [after - before for before, after in itertools.pairwise(found)]
    assert waits[:8] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert set(waits[8:]) == {300}


def told_of(run: Callable[[Cache], NoReturn]) -> tuple[Reconcile, list[dict[str, Any]]]:
    """Who reconciled, and what the API server got, when each run goes like that."""

    async def story() -> tuple[Reconcile, list[dict[str, Any]]]:
        loop = asyncio.get_running_loop()
        reconcile, queue = Reconcile(lambda _: run(cache)), Queue(loop.time)
        cache = Cache(queue, reconcile.forget)
        async with Api(lambda: kopf.ConnectionInfo(server="http://none.test")) as api:
            now = datetime(2026, 11, 24, 12, tzinfo=UTC)
            workers = Workers(api, queue, cache, reconcile, lambda: now, elapsed=loop.time)
            cache.saw(connector())
            loop.call_later(1, queue.close)
            with respx.mock as server:
                route = server.route().respond(200, json=body())
                await workers.work()
            return reconcile, [json.loads(call.request.content) for call in route.calls]

    return virtual.run(story())


@pytest.mark.parametrize(
    "error", [ValueError("secret"), ExceptionGroup("walk", [ValueError("secret")])], ids=str
)
def test_a_defect_of_ours_is_told_in_the_object_by_its_type_alone(error: Exception) -> None:
    reconcile, (applied, event) = told_of(lambda _: fail(error))

    said = {c["type"]: (c["status"], c["reason"]) for c in applied["status"]["conditions"]}
    assert said["Stalled"] == ("True", "InternalError")
    assert said["Ready"] == ("False", "InternalError")
    assert (event["type"], event["reason"]) == ("Warning", "InternalError")
    assert "ValueError" in event["message"]
    assert "secret" not in json.dumps([applied, event])
    assert reconcile.forgotten == ["u1"]


def test_a_defect_handles_no_request_that_came_after_its_run_had_begun() -> None:
    def run(cache: Cache) -> NoReturn:
        cache.saw(connector(annotations={RECONCILE_REQUESTED: "later"}, generation=2))
        fail(ValueError("?"))

    _, (first, *_rest) = told_of(run)

    assert "lastHandledReconcileAt" not in first["status"]
    assert first["status"]["observedGeneration"] == 1


def test_a_success_ends_the_row_of_failures() -> None:
    def story(run: int) -> float | None:
        if run == 3:
            return 100
        return None if run == 6 else fail(ValueError())

    assert times(story) == [0, 5, 15, 115, 120, 130]


def test_what_is_gone_is_not_retried() -> None:
    assert times(lambda _: fail(Gone())) == [0]


def test_a_run_for_an_object_that_is_no_more_does_nothing() -> None:
    async def story() -> list[float]:
        loop = asyncio.get_running_loop()
        reconcile, queue = Reconcile(lambda _: None), Queue(loop.time)
        async with Api(lambda: kopf.ConnectionInfo(server="http://none.test")) as api:
            now = datetime(2026, 11, 24, 12, tzinfo=UTC)
            cache = Cache(queue, reconcile.forget)
            workers = Workers(api, queue, cache, reconcile, now=lambda: now)
            queue.add(KEY, Lane.RESYNC)
            loop.call_later(1, queue.close)
            await workers.work()
        return reconcile.times

    assert virtual.run(story()) == []


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        (None, Ending.OK),
        (Throttled(Reason.THROTTLED, "Later."), Ending.THROTTLED),
        (Transient(Reason.AZURE_UNAVAILABLE, "Hm."), Ending.UNAVAILABLE),
        (Waiting(Reason.WAITING_FOR_TABLE, "Soon."), Ending.WAITING),
        (SpecError("spec", "No."), Ending.STALLED),
    ],
)
def test_each_run_is_told_with_its_ending(fault: Fault | None, ending: Ending) -> None:
    facts: list[Fact] = []
    times(lambda _: None, fault, facts.append)
    assert facts == [Began(KEY, 1), Reconciled(KEY, ending, 0)]


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        (ApiError(503, "Unavailable", "No."), Ending.API_ERROR),
        (ValueError("?"), Ending.UNEXPECTED),
        (Gone(), Ending.GONE),
    ],
)
def test_a_run_that_broke_off_is_told_too(error: Exception, ending: Ending) -> None:
    facts: list[Fact] = []
    times(lambda _: fail(error), tell=facts.append)
    assert facts[:2] == [Began(KEY, 1), Reconciled(KEY, ending, 0)]
