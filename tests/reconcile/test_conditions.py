"""The table of DESIGN 3 row by row, and how each row reads to kstatus."""

from datetime import datetime, timedelta, timezone
from typing import Any

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
from controller.model.resource import KindName, Resource
from controller.reconcile import conditions
from controller.reconcile.conditions import Outlook
from controller.reconcile.plan import Action, Step
from controller.reconcile.status import Seen, status
from tests.reconcile import kstatus
from tests.reconcile.fakes import NOW
from tests.reconcile.plans import data_connector, plan
from tests.reconcile.samples import connector

THROTTLED = Throttled(Reason.THROTTLED, "Azure asks to come back later.")
SILENT = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
DENIED = Stalled(Reason.ACCESS_DENIED, "No right to write.")
YOUNG = Waiting(Reason.WAITING_FOR_TABLE, "The table is young.")
RULE = Step(Resource(KindName.RULE, "acme", "/rule"), Action.CREATE)


def after(
    outlook: Outlook, previous: dict[str, Any] | None = None, *, at: datetime = NOW, **seen: Any
) -> dict[str, Any]:
    """The status that follows on the previous one, generation 1."""
    return status(connector(status=previous), Seen(outlook, **seen), at)


def failed(
    fault: Fault,
    previous: dict[str, Any] | None = None,
    *,
    at: datetime = NOW,
    generation: int = 1,
    first_seen: datetime | None = None,
) -> dict[str, Any]:
    outlook = conditions.failed(
        fault, previous or {}, generation=generation, first_seen=first_seen, now=at
    )
    return status(connector(status=previous, generation=generation), Seen(outlook), at)


def ready() -> dict[str, Any]:
    """The status after a walk that got everywhere."""
    done = plan(data_connector())
    return after(conditions.carried_out(done), plan=done)


def told(found: dict[str, Any], *, generation: int = 1) -> str:
    """Ready, Synced, progress and what kstatus makes of it, in one line."""
    said = {item["type"]: f"{item['status']}/{item['reason']}" for item in found["conditions"]}
    progress = " ".join(type_ for type_ in ("Reconciling", "Stalled") if type_ in said)
    words = (
        said["Ready"],
        said["Synced"],
        progress or "-",
        kstatus.reading(found, generation=generation),
    )
    return " ".join(words)


def times(found: dict[str, Any]) -> dict[str, str]:
    return {item["type"]: item["lastTransitionTime"] for item in found["conditions"]}


def test_a_connector_that_got_everywhere_is_ready_and_synced() -> None:
    assert told(ready()) == "True/Provisioned True/InSync - Current"


def test_what_was_never_looked_at_is_pending() -> None:
    held = {item["type"]: item["reason"] for item in ready()["conditions"]}
    assert held["IsConnected"] == "Pending"


def test_suspended_keeps_ready() -> None:
    found = after(conditions.suspended(), ready())
    assert told(found) == "True/Provisioned Unknown/Suspended - Current"


@pytest.mark.parametrize(
    "fault",
    [DENIED, SpecError("spec.tables", "Wrong."), Stalled(Reason.IMMUTABLE, "Fixed.")],
    ids=lambda fault: str(fault.reason),
)
def test_denied_and_invalid_are_stalled(fault: Fault) -> None:
    expected = f"False/{fault.reason} False/{fault.reason} Stalled Failed"
    assert told(failed(fault)) == told(failed(fault, ready())) == expected


def test_writing_is_reconciling() -> None:
    outlook = conditions.applying(plan(RULE), {}, generation=1)
    found = after(outlook, ready(), plan=plan(RULE), applying=True)
    assert told(found) == "False/Applying False/Applying Reconciling InProgress"


def test_another_try_of_what_is_stalled_does_not_unsay_it() -> None:
    """Else an object that is retried for days would change from Failed and back each time."""
    stalled = failed(DENIED)
    outlook = conditions.applying(plan(RULE), stalled, generation=1)
    assert after(outlook, stalled, at=NOW + timedelta(minutes=5)) == stalled


def test_a_new_generation_of_what_is_stalled_is_reconciling() -> None:
    outlook = conditions.applying(plan(RULE), failed(DENIED), generation=2)
    assert outlook.progress is not None
    assert outlook.progress[0] == "Reconciling"


def test_what_is_written_is_named_up_to_five() -> None:
    steps = [Step(Resource(KindName.TABLE, f"T{n}", f"/t{n}"), Action.CREATE) for n in range(7)]
    outlook = conditions.applying(plan(data_connector(), *steps), {}, generation=1)
    assert outlook.ready is not None
    assert (
        outlook.ready.message
        == "Writing Table T0, Table T1, Table T2, Table T3, Table T4 and 2 more."
    )


@pytest.mark.parametrize("fault", [THROTTLED, SILENT], ids=["throttled", "silent"])
def test_without_an_answer_what_was_never_ready_is_reconciling(fault: Fault) -> None:
    expected = f"False/{fault.reason} Unknown/{fault.reason} Reconciling InProgress"
    assert told(failed(fault)) == expected
    assert told(failed(fault, failed(DENIED))) == expected


@pytest.mark.parametrize("fault", [THROTTLED, SILENT], ids=["throttled", "silent"])
def test_without_an_answer_what_was_ready_stays_ready(fault: Fault) -> None:
    assert told(failed(fault, ready())) == f"True/Provisioned Unknown/{fault.reason} - Current"


def test_ready_of_an_older_generation_is_not_kept() -> None:
    found = failed(THROTTLED, ready(), generation=2)
    assert told(found, generation=2) == "False/Throttled Unknown/Throttled Reconciling InProgress"


def test_a_conflict_that_outlived_the_walk_is_no_answer() -> None:
    """A 409 to a DELETE is nothing that a person has to mend."""
    conflict = Conflict(Reason.AZURE_UNAVAILABLE, "Changed at the same time.")
    assert told(failed(conflict, ready())) == "True/Provisioned Unknown/AzureUnavailable - Current"


def test_waiting_is_reconciling() -> None:
    expected = "False/WaitingForTable False/WaitingForTable Reconciling InProgress"
    assert told(failed(YOUNG)) == expected


def test_waiting_for_15_minutes_is_stalled_with_the_likely_cause() -> None:
    waiting = failed(YOUNG)
    almost = failed(YOUNG, waiting, at=NOW + timedelta(minutes=14, seconds=59))
    assert told(almost) == told(waiting)
    stalled = failed(YOUNG, almost, at=NOW + timedelta(minutes=15))
    assert told(stalled) == "False/WaitingForTable False/WaitingForTable Stalled Failed"
    message = conditions.find(stalled, "Stalled")
    assert message is not None
    assert "over 15 minutes. Likely causes: the table is Classic" in message["message"]


def test_waiting_stays_stalled_while_its_reason_stays() -> None:
    stalled = failed(YOUNG, failed(YOUNG), at=NOW + timedelta(minutes=15))
    again = failed(YOUNG, stalled, at=NOW + timedelta(minutes=16))
    assert again == stalled


def test_another_wait_after_a_stalled_one_is_reconciling() -> None:
    stalled = failed(YOUNG, failed(YOUNG), at=NOW + timedelta(minutes=15))
    other = Waiting(Reason.WAITING_FOR_PRINCIPAL, "The principal is young.")
    found = failed(other, stalled, at=NOW + timedelta(minutes=16))
    assert told(found).endswith("Reconciling InProgress")


def test_waiting_recovers() -> None:
    stalled = failed(YOUNG, failed(YOUNG), at=NOW + timedelta(minutes=15))
    done = plan(data_connector())
    found = after(conditions.carried_out(done), stalled, plan=done)
    assert told(found) == "True/Provisioned True/InSync - Current"


def test_a_new_generation_starts_the_15_minutes_anew() -> None:
    """Though the condition's time, which is older, does not move: it has been True all along."""
    born = NOW + timedelta(minutes=14)
    fresh = failed(YOUNG, failed(YOUNG), at=born, generation=2, first_seen=born)
    assert told(fresh, generation=2).endswith("Reconciling InProgress")
    later = born + timedelta(minutes=14)
    still = failed(YOUNG, fresh, at=later, generation=2, first_seen=born)
    assert told(still, generation=2).endswith("Reconciling InProgress")
    assert times(still)["Reconciling"] == "2026-11-24T12:00:00Z"
    end = born + timedelta(minutes=15)
    late = failed(YOUNG, still, at=end, generation=2, first_seen=born)
    assert told(late, generation=2).endswith("Stalled Failed")


@pytest.mark.parametrize("reason", [r for r in Reason if r.startswith("WaitingFor")])
def test_every_wait_has_a_likely_cause(reason: Reason) -> None:
    fault = Waiting(reason, "Not there.")
    stalled = failed(fault, failed(fault), at=NOW + timedelta(minutes=15))
    assert told(stalled).endswith("Stalled Failed")


def test_a_data_connector_that_reads_back_another_activity_is_not_ready() -> None:
    done = plan(data_connector(desired=False))
    found = after(conditions.carried_out(done), plan=done)
    assert told(found) == "False/Inactive False/Inactive - InProgress"


@pytest.mark.parametrize("readback", [{"properties": {}}, None])
def test_a_readback_without_activity_does_not_hold_ready_back(readback: Any) -> None:
    done = plan(data_connector(readback=readback))
    assert told(after(conditions.carried_out(done), plan=done)).startswith("True/Provisioned")


def test_a_time_moves_only_with_its_status() -> None:
    first = ready()
    later = failed(THROTTLED, first, at=NOW + timedelta(minutes=1))
    moved = {type_ for type_ in times(first) if times(first)[type_] != times(later)[type_]}
    assert moved == {"Synced"}
    again = failed(SILENT, later, at=NOW + timedelta(minutes=2))
    assert times(again) == times(later)


def test_a_status_that_was_stored_meanwhile_moves_the_times_too() -> None:
    """Ready was False while the drift was repaired: readers must not see its time go back."""
    before, repairing = ready(), plan(RULE)
    reported = after(
        conditions.applying(repairing, before, generation=1),
        before,
        at=NOW + timedelta(minutes=1),
        plan=repairing,
        applying=True,
    )
    done = plan(data_connector())
    found = after(
        conditions.carried_out(done),
        before,
        at=NOW + timedelta(minutes=2),
        plan=done,
        reported=reported,
    )
    assert times(found)["Ready"] == "2026-11-24T12:02:00Z"
    assert times(found)["IsActive"] == times(before)["IsActive"]


def test_a_kept_condition_that_readers_saw_change_gets_a_new_time() -> None:
    before = ready()
    applying = conditions.applying(plan(RULE), before, generation=1)
    reported = after(applying, before, plan=plan(RULE), applying=True)
    outlook = conditions.failed(SILENT, before, generation=1, first_seen=None, now=NOW)
    found = after(outlook, before, at=NOW + timedelta(minutes=3), reported=reported)
    assert times(found)["Ready"] == "2026-11-24T12:03:00Z"


def test_every_condition_speaks_of_the_generation_that_was_looked_at() -> None:
    found = failed(DENIED, ready(), generation=7)
    assert {item["observedGeneration"] for item in found["conditions"]} == {7}
    assert found["observedGeneration"] == 7


def test_a_message_is_never_empty_and_never_too_long() -> None:
    outlooks = [conditions.suspended(), conditions.carried_out(plan(data_connector()))]
    found = [after(outlook) for outlook in outlooks] + [
        failed(Stalled(Reason.REFUSED, "x" * 5000)),
        failed(YOUNG),
    ]
    messages = [item["message"] for status_ in found for item in status_["conditions"]]
    assert all(0 < len(message) <= conditions.MESSAGE_LENGTH for message in messages)


def test_nothing_compared_keeps_everything() -> None:
    for before in (ready(), failed(DENIED), failed(YOUNG)):
        outlook = conditions.unchanged(before)
        assert after(outlook, before, at=NOW + timedelta(hours=1)) == before


def test_times_are_written_in_utc() -> None:
    paris = timezone(timedelta(hours=1))
    assert conditions.stamp(NOW.astimezone(paris)) == "2026-11-24T12:00:00Z"
