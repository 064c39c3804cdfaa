"""How long the next try waits."""

import pytest

from controller.model.errors import (
    Conflict,
    Fault,
    SpecError,
    Stalled,
    Throttled,
    Transient,
    Waiting,
)
from controller.model.reasons import Reason
from controller.reconcile.pace import Pace

STEADY = Pace(jitter=lambda: 0.0)
EAGER = Pace(jitter=lambda: 1.0)
FAULTS = (
    Transient(Reason.AZURE_UNAVAILABLE, "500"),
    Throttled(Reason.THROTTLED, "429"),
    Conflict(Reason.AZURE_UNAVAILABLE, "409"),
    Waiting(Reason.WAITING_FOR_TABLE, "young"),
    Stalled(Reason.ACCESS_DENIED, "403"),
    SpecError("spec", "wrong"),
)
MOST: dict[type[Fault], float] = {Waiting: 60.0}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_waits_grow_and_are_capped(fault: Fault) -> None:
    waits = [STEADY.after(fault, failures, 10_000) for failures in range(40)]
    assert waits[0] < waits[1] < waits[2]
    assert waits == sorted(waits)
    assert waits[-1] == MOST.get(type(fault), 300.0)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_chance_shortens_a_wait_by_a_fifth_at_most(fault: Fault) -> None:
    assert EAGER.after(fault, 3, 10_000) == pytest.approx(0.8 * STEADY.after(fault, 3, 10_000))


@pytest.mark.parametrize("kind", [Transient, Throttled, Waiting], ids=lambda kind: kind.__name__)
def test_azure_is_not_asked_before_it_wants_to_be(kind: type[Fault]) -> None:
    """A 503 may name a time as well as a 429."""
    fault = kind(Reason.THROTTLED, "later", retry_after=700)
    assert EAGER.after(fault, 0, 600) == 700


def test_a_short_retry_after_does_not_shorten_the_wait() -> None:
    fault = Throttled(Reason.THROTTLED, "later", retry_after=1)
    assert STEADY.after(fault, 5, 600) == 160


def test_what_is_stalled_is_looked_at_no_later_than_the_resync() -> None:
    assert STEADY.after(Stalled(Reason.REFUSED, "no"), 9, 20) == 20


def test_a_resync_comes_up_to_a_tenth_early() -> None:
    assert (STEADY.resync(600), EAGER.resync(600)) == (600, 540)


def test_a_silent_source_is_asked_soon_then_at_the_interval() -> None:
    waits = [STEADY.connectivity(300, silences) for silences in range(8)]
    assert waits == [300, 10, 20, 40, 80, 160, 300, 300]
