"""The status that one reconcile leaves: resources and their origin, drift, times, no nulls."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.model.connector import RECONCILE_REQUESTED, Connector
from controller.model.errors import Stalled, Transient, Waiting
from controller.model.reasons import Reason
from controller.model.resource import Change, KindName, Refs, Resource, Unknown, Workspace
from controller.reconcile import conditions
from controller.reconcile.connectivity.judgement import Connectivity, Verdict
from controller.reconcile.plan import Action, Plan, Step
from controller.reconcile.records import resources, shown
from controller.reconcile.status import DRIFT_MOST, Seen, status
from tests.reconcile.fakes import NOW
from tests.reconcile.samples import RULE, connector, derived

PLACE = Workspace("/subscriptions/s", "francecentral", "customer", "tenant")
CHANGE = Change("/kind", "Direct", None)
LOST = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")


def step(
    action: Action = Action.NONE, *, at: str = RULE, managed: bool = True, **seen: Any
) -> Step:
    return Step(Resource(KindName.RULE, "acme", at, managed=managed), action, **seen)


def plan(*steps: Step, **refs: str) -> Plan:
    return Plan(PLACE, steps, Refs({"tenantId": "tenant", **refs}))


def after(of: Connector, *steps: Step, at: datetime = NOW, **seen: Any) -> dict[str, Any]:
    """The status that follows, with the plan of these steps, if there are any."""
    if steps:
        seen = {"derived": derived(), "plan": plan(*steps), "reported": of.status, **seen}
    return status(of, Seen(seen.pop("outlook", conditions.NOTHING), **seen), at)


def record(found: dict[str, Any]) -> dict[str, str]:
    (only,) = found["resources"]
    return dict(only)


def then(previous: dict[str, Any] | None, *steps: Step) -> dict[str, str]:
    """The record of the only resource, after a walk with these steps."""
    return record(after(connector(status=previous), *steps))


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (step(found=True), "InSync"),
        (step(Action.CREATE, found=False, written=True), "InSync"),
        (step(Action.CREATE, found=False), "Creating"),
        (step(Action.UPDATE, found=True), "Drifted"),
        (step(Action.WAIT, found=True), "Waiting"),
        (step(Action.BLOCKED, found=False), "Waiting"),
        (step(Action.FAILED, fault=LOST), "Failed"),
        (step(Action.FAILED, fault=Waiting(Reason.WAITING_FOR_TABLE, "Young.")), "Waiting"),
    ],
)
def test_the_state_of_a_resource(seen: Step, state: str) -> None:
    assert then(None, seen)["state"] == state


def test_what_was_not_there_is_ours_and_what_was_is_adopted() -> None:
    assert then(None, step(Action.CREATE, found=False))["origin"] == "Created"
    assert then(None, step(found=True))["origin"] == "Adopted"


def test_the_origin_survives_a_write_whose_answer_was_lost() -> None:
    """The status before the write says Created; the next walk finds the resource."""
    before = after(connector(), step(Action.CREATE, found=False), applying=True)
    assert then(before, step(found=True))["origin"] == "Created"


def test_the_origin_survives_a_look_that_failed() -> None:
    before = after(connector(), step(Action.CREATE, found=False))
    failed = step(Action.FAILED, found=None, fault=LOST)
    assert then(before, failed)["origin"] == "Created"
    assert "origin" not in then(None, failed)


def test_what_was_adopted_and_deleted_by_somebody_is_ours_once_we_make_it_again() -> None:
    before = after(connector(), step(found=True))
    assert then(before, step(Action.CREATE, found=False, written=True))["origin"] == "Created"


def test_what_is_not_managed_is_existing() -> None:
    assert then(None, step(managed=False, found=True))["origin"] == "Existing"


def test_what_was_somebody_elses_and_is_declared_now_is_adopted() -> None:
    before = after(connector(), step(managed=False, found=True))
    assert then(before, step(found=True))["origin"] == "Adopted"


def test_what_the_spec_no_longer_names_is_orphaned_not_forgotten() -> None:
    before = {"resources": [{"kind": "Rule", "name": "old", "id": "/old", "origin": "Created"}]}
    found = resources(before, plan(step(found=True)), begun=True)
    assert found[1] == {**before["resources"][0], "state": "Orphaned"}
    assert resources({"resources": found}, plan(step(found=True)), begun=True) == found


def test_what_was_never_ours_leaves_no_orphan() -> None:
    before = after(connector(), step(managed=False, at="/old", found=True))
    assert len(resources(before, plan(step(found=True)), begun=True)) == 1


def test_one_that_moved_keeps_neither_its_key_nor_its_origin() -> None:
    """The list is a map by kind and name: two equal keys and the API server refuses it."""
    moved = RULE.replace("/soc/", "/other/")
    before = after(connector(), step(Action.CREATE, found=False))
    now, orphan = resources(before, plan(step(at=moved, found=True)), begun=True)
    assert (now["id"], now["origin"]) == (moved, "Adopted")
    assert (orphan["name"], orphan["id"], orphan["origin"]) == ("soc/acme", RULE, "Created")


def test_one_that_comes_back_is_no_orphan_any_more() -> None:
    moved = RULE.replace("/soc/", "/other/")
    before = after(connector(), step(Action.CREATE, found=False))
    away = {"resources": resources(before, plan(step(at=moved, found=True)), begun=True)}
    now, orphan = resources(away, plan(step(at=RULE.upper(), found=True)), begun=True)
    assert (now["origin"], orphan["id"]) == ("Created", moved)


def test_a_fault_is_told_at_its_resource() -> None:
    assert then(None, step(Action.FAILED, fault=LOST))["message"] == "No answer."


def applied(generation: int = 1) -> Connector:
    return connector(status={"appliedGeneration": generation})


def test_a_difference_is_drift_once_the_generation_was_carried_out() -> None:
    found = after(applied(), step(Action.UPDATE, changes=(CHANGE,), found=True))
    drift = {"kind": "Rule", "name": "acme", "path": "/kind", "desired": "Direct"}
    assert found["drift"] == [{**drift, "actual": "(none)"}]
    assert found["driftCount"] == 1


def test_a_difference_is_no_drift_while_the_spec_is_being_carried_out() -> None:
    found = after(applied(0), step(Action.UPDATE, changes=(CHANGE,), found=True))
    assert "drift" not in found
    assert found["driftCount"] == 0


def test_repaired_drift_is_none() -> None:
    found = after(applied(), step(Action.UPDATE, changes=(CHANGE,), found=True, written=True))
    assert found["driftCount"] == 0


def test_at_most_50_paths_of_drift_are_listed_and_all_are_counted() -> None:
    many = tuple(Change(f"/{index}", 1, 2) for index in range(DRIFT_MOST + 1))
    found = after(applied(), step(Action.UPDATE, changes=many, found=True))
    assert (len(found["drift"]), found["driftCount"]) == (50, 51)


def test_drift_stays_while_nothing_is_compared() -> None:
    drifted = after(applied(), step(Action.UPDATE, changes=(CHANGE,), found=True))
    assert after(connector(status=drifted))["drift"] == drifted["drift"]
    assert after(connector())["driftCount"] == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "(none)"),
        ("as it is", "as it is"),
        ({"b": 1, "a": [True]}, '{"a": [true], "b": 1}'),
        (Unknown(frozenset({"rule.id"})), "(known after apply)"),
        ([Unknown(frozenset({"rule.id"}))], '["(known after apply)"]'),
        ("x" * 300, "x" * 255 + "…"),
    ],
)
def test_values_are_shown_on_one_line(value: Any, text: str) -> None:
    assert shown(value) == text


def test_the_generation_counts_as_applied_only_when_all_got_there() -> None:
    done, half = step(found=True), step(Action.FAILED, fault=LOST)
    assert after(connector(generation=2), done)["appliedGeneration"] == 2
    assert "appliedGeneration" not in after(connector(generation=2), done, half)
    assert (
        after(connector(generation=2, status={"appliedGeneration": 1}), half)["appliedGeneration"]
        == 1
    )
    assert "appliedGeneration" not in after(connector(), done, applying=True)


def test_what_a_sender_needs_is_told_as_far_as_it_is_known() -> None:
    known = plan(
        step(found=True), **{"endpoint.logsIngestion": "https://e", "rule.immutableId": "dcr-1"}
    )
    found = after(connector(), plan=known, derived=derived())
    assert found["ingestion"] == {
        "endpoint": "https://e",
        "ruleImmutableId": "dcr-1",
        "streams": ["Custom-Logins"],
        "tenantId": "tenant",
        "appId": derived().app_id,
    }
    assert "ruleImmutableId" not in after(connector(), step())["ingestion"]


def test_a_direct_rule_tells_its_own_address() -> None:
    own = derived(rule={"kind": "Direct"})
    known = plan(step(found=True), **{"rule.logsIngestion": "https://own"})
    assert after(connector(), plan=known, derived=own)["ingestion"]["endpoint"] == "https://own"


def nulls(value: Any) -> Iterator[Any]:
    """Everything null in a status, however deep."""
    if value is None:
        yield value
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in below:
        yield from nulls(item)


@pytest.mark.parametrize("steps", [(), (step(found=True),), (step(Action.FAILED, fault=LOST),)])
def test_no_status_holds_a_null(steps: tuple[Step, ...]) -> None:
    assert list(nulls(after(connector(), *steps))) == []


def test_equal_input_gives_an_equal_status() -> None:
    seen = (step(found=True), step(Action.UPDATE, at="/o", changes=(CHANGE,), found=True))
    first = after(applied(), *seen)
    again = after(connector(status=first), *seen, at=NOW + timedelta(hours=1))
    assert again == first


def test_a_request_is_echoed_once_it_was_followed() -> None:
    asked = connector(
        annotations={RECONCILE_REQUESTED: "later"}, status={"lastHandledReconcileAt": "before"}
    )
    assert after(asked, step(), applying=True)["lastHandledReconcileAt"] == "before"
    assert after(asked, step())["lastHandledReconcileAt"] == "later"


CONNECTED = Verdict("True", Reason.CONNECTED, "The connectivity query says connected.")


def asked(previous: dict[str, Any], last: datetime | None, verdict: Verdict = CONNECTED) -> Any:
    """lastLogReceived after one question."""
    found = after(connector(status=previous), connectivity=Connectivity(verdict, last))
    return found.get("lastLogReceived")


def test_the_newest_event_moves_in_steps_of_15_minutes() -> None:
    first = after(connector(), connectivity=Connectivity(CONNECTED, NOW - timedelta(hours=1)))
    assert first["lastLogReceived"] == "2026-11-24T11:00:00Z"
    assert asked(first, NOW - timedelta(minutes=46)) == "2026-11-24T11:00:00Z"
    assert asked(first, NOW - timedelta(minutes=45)) == "2026-11-24T11:15:00Z"


def test_the_newest_event_moves_with_any_other_change() -> None:
    first = after(connector(), connectivity=Connectivity(CONNECTED, NOW - timedelta(hours=1)))
    silent = Verdict("False", Reason.NO_RECENT_DATA, "Silent.")
    assert asked(first, NOW - timedelta(minutes=55), silent) == "2026-11-24T11:05:00Z"


def test_the_newest_event_is_never_in_the_future() -> None:
    assert asked({}, NOW + timedelta(days=1)) == "2026-11-24T12:00:00Z"


def test_without_an_answer_the_newest_event_stays() -> None:
    assert asked({"lastLogReceived": "2026-11-24T11:00:00Z"}, None) == "2026-11-24T11:00:00Z"
    assert asked({}, None) is None


def test_a_stalled_resource_with_a_difference_is_drift() -> None:
    refused = step(
        Action.FAILED, changes=(CHANGE,), found=True, fault=Stalled(Reason.IMMUTABLE, "Fixed.")
    )
    assert after(applied(), refused)["driftCount"] == 1
