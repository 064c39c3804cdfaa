"""Who may write and until when: client-go's rules, with values and a clock that only we move."""

from datetime import UTC, datetime
from typing import Any

import pytest

from controller.kube.lease import Candidate, Hold, Rhythm, Seen, noticed, released

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
STAMP = "2026-11-25T12:00:00.000000Z"
ME = Candidate("pod-a_1", "operators")


def lease(holder: str | None = "pod-b_2", **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "contoso-connector-operator", "resourceVersion": "7"},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, **spec},
    }


def test_the_first_lease_is_made_with_all_fields_of_client_go() -> None:
    made = ME.held(None, AT)
    assert made["metadata"] == {"namespace": "operators", "name": "contoso-connector-operator"}
    assert made["spec"] == {
        "holderIdentity": "pod-a_1",
        "leaseDurationSeconds": 15,
        "acquireTime": STAMP,
        "renewTime": STAMP,
        "leaseTransitions": 0,
    }


def test_a_renewal_moves_only_its_time() -> None:
    before = lease("pod-a_1", acquireTime="then", renewTime="then", leaseTransitions=3)
    assert ME.held(before, AT) == lease(
        "pod-a_1", acquireTime="then", renewTime=STAMP, leaseTransitions=3
    )


@pytest.mark.parametrize("holder", ["pod-b_2", "", None])
def test_a_take_over_is_counted_and_keeps_the_version_that_was_read(holder: str | None) -> None:
    taken = ME.held(lease(holder, leaseTransitions=3), AT)
    assert taken["spec"]["leaseTransitions"] == 4
    assert taken["spec"]["acquireTime"] == STAMP
    assert taken["metadata"]["resourceVersion"] == "7"


def test_what_others_wrote_into_the_lease_stays() -> None:
    body = {**lease(), "spec": {**lease()["spec"], "strategy": "OldestEmulationVersion"}}
    assert ME.held(body, AT)["spec"]["strategy"] == "OldestEmulationVersion"


@pytest.mark.parametrize(("now", "free"), [(114.9, False), (115.0, True)])
def test_another_s_lease_is_free_once_it_stood_unchanged_for_its_duration(
    now: float, free: bool
) -> None:
    assert Seen(lease(renewTime="year 3000"), since=100.0).may_be_taken("pod-a_1", now) is free


def test_its_own_duration_counts_and_not_ours() -> None:
    assert not Seen(lease(leaseDurationSeconds=60), since=100.0).may_be_taken("pod-a_1", 130.0)


@pytest.mark.parametrize("holder", ["", None, "pod-a_1"])
def test_a_released_lease_and_one_s_own_need_no_wait(holder: str | None) -> None:
    assert Seen(lease(holder), since=100.0).may_be_taken("pod-a_1", 100.0)


def test_only_a_change_of_the_record_makes_it_young() -> None:
    seen = Seen(lease(renewTime="t1"), since=100.0)
    assert noticed(seen, lease(renewTime="t1"), 110.0).since == 100.0
    assert noticed(seen, lease(renewTime="t2"), 110.0).since == 110.0


def test_a_lease_that_was_given_back_is_nobody_s() -> None:
    spec = released(lease("pod-a_1", leaseTransitions=3), AT)["spec"]
    assert spec["holderIdentity"] == ""
    assert spec["leaseDurationSeconds"] == 1
    assert spec["leaseTransitions"] == 3


def test_a_hold_ends_on_the_clock_without_anybody_doing_anything() -> None:
    now = 0.0
    hold = Hold(lambda: now)
    assert not hold()
    hold.extend(10.0)
    assert hold()
    assert hold.left == 10.0
    now = 10.0
    assert not hold()
    assert hold.left == 0.0


def test_a_hold_can_be_ended_early() -> None:
    hold = Hold(lambda: 0.0)
    hold.extend(10.0)
    hold.end()
    assert not hold()


@pytest.mark.parametrize("seconds", [3, 15, 60])
def test_the_holder_stops_well_before_another_may_begin(seconds: int) -> None:
    """client-go's 15, 10 and 2 seconds in proportion: a third for what is on its way."""
    rhythm = Rhythm(seconds)
    assert rhythm.renew_within <= seconds * 2 / 3
    assert 2 * rhythm.patience <= rhythm.renew_within
    assert rhythm.retry < rhythm.patience
