"""The queue's promises, on a clock that the test moves."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.kube.queue import Key, Lane, Queue
from controller.model.facts import Fact, Waited
from tests.kube import virtual

A: Key = ("soc", "a")
B: Key = ("soc", "b")
C: Key = ("soc", "c")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> Queue:
    return Queue(clock)


def taken(queue: Queue) -> list[Key]:
    """Everything that is due, in order; each run ends at once."""
    keys = []
    while (key := queue.take()) is not None:
        queue.done(key)
        keys.append(key)
    return keys


def test_equal_wishes_are_one_run(queue: Queue) -> None:
    for _ in range(3):
        queue.add(A, Lane.SPEC_CHANGE)

    assert taken(queue) == [A]


def test_within_a_lane_the_first_to_come_is_the_first_to_go(queue: Queue) -> None:
    for key in (B, A, C):
        queue.add(key, Lane.RESYNC)

    assert taken(queue) == [B, A, C]


def test_a_spec_change_overtakes_all_resyncs(queue: Queue) -> None:
    queue.add(A, Lane.RESYNC)
    queue.add(B, Lane.RESYNC)
    queue.add(C, Lane.SPEC_CHANGE)

    assert taken(queue) == [C, A, B]


def test_a_waiting_resync_that_becomes_a_spec_change_overtakes_too(queue: Queue) -> None:
    for key in (A, B, C):
        queue.add(key, Lane.RESYNC)
    queue.take()

    queue.add(C, Lane.SPEC_CHANGE)

    assert taken(queue) == [C, B]


def test_a_delayed_retry_waits_for_its_time(queue: Queue, clock: Clock) -> None:
    queue.add(A, Lane.RESYNC, delay=10)

    clock.now = 9.9
    assert taken(queue) == []
    clock.now = 10
    assert taken(queue) == [A]


def test_a_shorter_delay_overrides_a_longer_one(queue: Queue, clock: Clock) -> None:
    queue.add(A, Lane.RESYNC, delay=600)
    queue.add(A, Lane.RESYNC, delay=5)

    clock.now = 5
    assert taken(queue) == [A]
    clock.now = 600
    assert taken(queue) == []


def test_a_longer_delay_does_not_postpone_a_shorter_one(queue: Queue, clock: Clock) -> None:
    queue.add(A, Lane.RESYNC, delay=5)
    queue.add(A, Lane.RESYNC, delay=600)

    clock.now = 5
    assert taken(queue) == [A]


def test_a_spec_change_ends_a_delay_at_once(queue: Queue) -> None:
    queue.add(A, Lane.RESYNC, delay=600)
    queue.add(A, Lane.SPEC_CHANGE)

    assert taken(queue) == [A]


def test_a_running_key_is_not_handed_out_again_before_it_is_done(queue: Queue) -> None:
    queue.add(A, Lane.SPEC_CHANGE)
    assert queue.take() == A

    queue.add(A, Lane.SPEC_CHANGE)

    assert queue.take() is None
    queue.done(A)
    assert taken(queue) == [A]


def test_an_event_during_the_run_wins_over_the_runs_own_retry(queue: Queue) -> None:
    queue.add(A, Lane.SPEC_CHANGE)
    queue.take()

    queue.add(A, Lane.SPEC_CHANGE)
    queue.add(A, Lane.RESYNC, delay=600)
    queue.done(A)

    assert taken(queue) == [A]


def test_a_forgotten_key_is_not_handed_out(queue: Queue, clock: Clock) -> None:
    queue.add(A, Lane.SPEC_CHANGE)
    queue.add(B, Lane.RESYNC, delay=5)
    queue.forget(A)
    queue.forget(B)

    clock.now = 5
    assert taken(queue) == []
    assert len(queue) == 0


def test_a_key_that_was_forgotten_may_come_back(queue: Queue) -> None:
    queue.add(A, Lane.SPEC_CHANGE)
    queue.forget(A)
    queue.add(A, Lane.SPEC_CHANGE)

    assert taken(queue) == [A]


def test_get_sleeps_until_the_earliest_delay_ends() -> None:
    async def story() -> tuple[Key | None, float]:
        loop = asyncio.get_running_loop()
        queue = Queue(loop.time)
        queue.add(A, Lane.RESYNC, delay=600)
        queue.add(B, Lane.RESYNC, delay=30)
        return await queue.get(), loop.time()

    key, when = virtual.run(story())

    assert (key, round(when, 3)) == (B, 30)


def test_get_wakes_for_what_comes_while_it_sleeps() -> None:
    async def story() -> tuple[Key | None, float]:
        loop = asyncio.get_running_loop()
        queue = Queue(loop.time)
        queue.add(A, Lane.RESYNC, delay=600)
        loop.call_later(7, queue.add, B, Lane.SPEC_CHANGE)
        return await queue.get(), loop.time()

    key, when = virtual.run(story())

    assert (key, round(when, 3)) == (B, 7)


def test_several_who_wait_get_different_keys() -> None:
    async def story() -> list[Key | None]:
        queue = Queue(asyncio.get_running_loop().time)
        waiting = [asyncio.create_task(queue.get()) for _ in range(3)]
        await asyncio.sleep(1)
        for key in (A, B, C):
            queue.add(key, Lane.RESYNC, delay=1)
        return await asyncio.gather(*waiting)

    assert sorted(filter(None, virtual.run(story()))) == [A, B, C]


def test_a_closed_queue_lets_everybody_go() -> None:
    async def story() -> list[Key | None]:
        queue = Queue(asyncio.get_running_loop().time)
        waiting = [asyncio.create_task(queue.get()) for _ in range(2)]
        await asyncio.sleep(1)
        queue.add(A, Lane.SPEC_CHANGE)
        queue.close()
        return [*await asyncio.gather(*waiting), await queue.get()]

    assert virtual.run(story()) == [None, None, None]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([A, B, C]), st.sampled_from(Lane), st.integers(min_value=0, max_value=9)
        ),
        max_size=30,
    )
)
def test_each_key_runs_once_at_its_earliest_wish(wishes: list[tuple[Key, Lane, int]]) -> None:
    clock = Clock()
    queue = Queue(clock)
    for key, lane, delay in wishes:
        queue.add(key, lane, delay=delay)

    runs: dict[Key, float] = {}
    for second in range(10):
        clock.now = second
        for key in taken(queue):
            assert key not in runs
            runs[key] = second

    earliest: dict[Key, int] = {}
    for key, _, delay in wishes:
        earliest[key] = min(delay, earliest.get(key, delay))
    assert runs == earliest


def test_a_spec_change_is_next_even_when_ten_thousand_wait(queue: Queue) -> None:
    keys = [("soc", f"c{number}") for number in range(10_000)]
    for key in keys:
        queue.add(key, Lane.RESYNC)
    queue.add(keys[-1], Lane.SPEC_CHANGE)

    assert taken(queue) == [keys[-1], *keys[:-1]]


def test_what_waits_is_counted_by_lane(queue: Queue, clock: Clock) -> None:
    queue.add(A, Lane.SPEC_CHANGE)
    queue.add(B, Lane.RESYNC)
    queue.add(C, Lane.RESYNC, delay=10)
    assert queue.waiting() == {"spec_change": 1, "resync": 1, "later": 1}

    clock.now = 10
    assert queue.waiting() == {"spec_change": 1, "resync": 2, "later": 0}


def test_how_long_a_due_entry_waited_is_told(clock: Clock) -> None:
    facts: list[Fact] = []
    queue = Queue(clock, facts.append)
    queue.add(A, Lane.RESYNC, delay=10)
    clock.now = 13
    queue.take()
    assert facts == [Waited("resync", 3)]
