"""Failures of a run: retried with growing delays, forgotten after a success."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NoReturn

import kopf
import pytest

from controller.kube.api import Api, ApiError
from controller.kube.cache import Cache
from controller.kube.queue import Lane, Queue
from controller.kube.workers import Workers
from controller.model.connector import Connector, Gone, Outcome, Report
from controller.model.errors import Fault, SpecError, Throttled, Transient, Waiting
from controller.model.facts import Began, Ending, Fact, Reconciled, Tell, nobody
from controller.model.reasons import Reason
from tests.kube import virtual
from tests.kube.samples import connector

KEY = ("soc", "alerts")
ENOUGH = 3600.0


class Reconcile:
    """Does in its nth run what `story` says, at the virtual times that it notes."""

    def __init__(self, story: Callable[[int], float | None], fault: Fault | None = None) -> None:
        self.story = story
        self.fault = fault
        self.times: list[float] = []

    async def __call__(
        self, connector: Connector, others: Sequence[Connector], report: Report
    ) -> Outcome:
        self.times.append(round(asyncio.get_running_loop().time(), 3))
        return Outcome(status=None, retry_in=self.story(len(self.times)), fault=self.fault)

    def forget(self, uid: str) -> None:
        raise AssertionError("Nothing was deleted.")


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
