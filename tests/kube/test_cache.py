"""What the API server tells becomes work exactly once, in the right lane."""

from typing import Any

import pytest

from controller.kube.cache import Cache
from controller.kube.objects import connector_of
from controller.kube.queue import Key, Queue
from controller.model.connector import RECONCILE_REQUESTED, Connector
from tests.kube.samples import body, connector

KEY = ("soc", "alerts")


@pytest.fixture
def queue() -> Queue:
    return Queue(lambda: 0.0)


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def cache(queue: Queue, forgotten: list[str]) -> Cache:
    return Cache(queue, forgotten.append)


def settled(name: str, **metadata: Any) -> Connector:
    """An object whose status speaks of its generation."""
    return connector_of({**body(name=name, **metadata), "status": {"observedGeneration": 1}})


def drained(queue: Queue) -> list[Key]:
    keys = []
    while (key := queue.take()) is not None:
        queue.done(key)
        keys.append(key)
    return keys


def test_the_same_state_told_twice_is_work_once(cache: Cache, queue: Queue) -> None:
    assert cache.saw(connector())
    assert drained(queue) == [KEY]

    assert not cache.saw(connector(resourceVersion="11"))
    assert drained(queue) == []
    assert cache.get(KEY) == connector(resourceVersion="11")


def test_after_a_restart_what_waits_for_us_goes_before_what_is_settled(
    cache: Cache, queue: Queue
) -> None:
    cache.saw(settled("done"))
    cache.saw(settled("asked", annotations={RECONCILE_REQUESTED: "now"}))
    cache.saw(settled("deleting", deletionTimestamp="2026-11-24T12:00:00Z"))
    cache.saw(settled("changed", generation=2))

    assert [name for _, name in drained(queue)] == ["asked", "deleting", "changed", "done"]


def test_a_late_watch_does_not_take_the_spec_back(cache: Cache, queue: Queue) -> None:
    cache.saw(connector(generation=2))
    drained(queue)

    assert not cache.saw(connector(generation=1))
    assert cache.get(KEY) == connector(generation=2)


def test_our_own_write_is_the_newest_state_but_no_work(cache: Cache, queue: Queue) -> None:
    cache.saw(connector())
    drained(queue)

    cache.wrote(connector(resourceVersion="11"), applied={"driftCount": 1})

    assert drained(queue) == []
    assert cache.get(KEY) == connector(resourceVersion="11")
    assert cache.applied(KEY) == {"driftCount": 1}


def test_a_spec_change_seen_first_in_our_own_write_is_work_when_the_watch_tells(
    cache: Cache, queue: Queue
) -> None:
    cache.saw(connector())
    drained(queue)
    cache.wrote(connector(resourceVersion="11", generation=2))

    assert cache.saw(connector(resourceVersion="10", generation=2))
    assert drained(queue) == [KEY]


def test_the_answer_to_a_write_that_the_watch_has_overtaken_takes_nothing_back(
    cache: Cache,
) -> None:
    """A spec change told while our status write was in the air would be reconciled as before it."""
    cache.saw(connector(resourceVersion="10"))
    cache.saw(connector(resourceVersion="12", generation=2))

    cache.wrote(connector(resourceVersion="11"), applied={"driftCount": 1})

    assert cache.get(KEY) == connector(resourceVersion="12", generation=2)
    assert cache.applied(KEY) == {"driftCount": 1}


def test_a_finalizers_answer_does_not_forget_the_status_written(cache: Cache) -> None:
    cache.saw(connector())
    cache.wrote(connector(), applied={"driftCount": 1})
    cache.wrote(connector(resourceVersion="12"))

    assert cache.applied(KEY) == {"driftCount": 1}


def test_a_write_to_what_is_gone_brings_nothing_back(cache: Cache) -> None:
    cache.wrote(connector())
    assert cache.get(KEY) is None

    cache.saw(connector(uid="u2"))
    cache.wrote(connector(uid="u1", resourceVersion="99"))
    assert cache.get(KEY) == connector(uid="u2")


def test_a_lost_object_is_forgotten_everywhere(
    cache: Cache, queue: Queue, forgotten: list[str]
) -> None:
    cache.saw(connector())

    assert cache.lost(KEY, "u1")

    assert cache.get(KEY) is None
    assert drained(queue) == []
    assert forgotten == ["u1"]


def test_the_end_of_a_predecessor_does_not_touch_the_successor(
    cache: Cache, forgotten: list[str]
) -> None:
    cache.saw(connector(uid="u1"))
    cache.saw(connector(uid="u2"))

    assert not cache.lost(KEY, "u1")

    assert cache.get(KEY) == connector(uid="u2")
    assert forgotten == ["u1"]


def test_the_others_are_all_but_one(cache: Cache) -> None:
    for name in ("a", "b", "c"):
        cache.saw(connector(name=name))

    others = cache.others(("soc", "b"))

    assert [other.name for other in others] == ["a", "c"]
    assert (len(others), others[0].name, others[-1].name) == (2, "a", "c")
    assert [other.name for other in others[1:]] == ["c"]
    with pytest.raises(IndexError):
        others[2]


def test_the_others_may_change_while_they_are_looked_at(cache: Cache) -> None:
    for name in ("a", "b", "c"):
        cache.saw(connector(name=name))

    seen = []
    for other in cache.others(KEY):
        seen.append(other.name)
        cache.lost(other.key, other.uid)

    assert seen == ["a", "b", "c"]
