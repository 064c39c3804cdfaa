"""Which events a reconcile is worth."""

from typing import Any

import pytest

from controller.model.connector import Event, EventType
from controller.model.resource import Change, KindName, Refs, Resource, Workspace
from controller.reconcile.events import PATHS_MOST, drift_found, transitions, written
from controller.reconcile.plan import Action, Plan, Step

PLACE = Workspace("/subscriptions/s", "francecentral", "customer", "tenant")
CHANGE = Change("/kind", "Direct", None)


def plan(*steps: Step) -> Plan:
    return Plan(PLACE, steps, Refs())


def step(action: Action, name: str = "acme", **seen: Any) -> Step:
    return Step(Resource(KindName.RULE, name, f"/{name}"), action, **seen)


def condition(type_: str, status: str, reason: str) -> dict[str, str]:
    return {"type": type_, "status": status, "reason": reason, "message": f"{reason}."}


def told(before: list[dict[str, str]], after: list[dict[str, str]]) -> list[tuple[str, str]]:
    events = transitions({"conditions": before}, {"conditions": after})
    return [(str(event.type), event.reason) for event in events]


def test_drift_is_a_warning_with_its_paths() -> None:
    drifted = step(Action.UPDATE, changes=(CHANGE,), found=True)
    assert drift_found(plan(drifted, step(Action.NONE))) == (
        Event(
            EventType.WARNING, "DriftDetected", "Rule acme: /kind was (none), declared is Direct"
        ),
    )


def test_what_somebody_deleted_is_drift_too() -> None:
    (event,) = drift_found(plan(step(Action.CREATE)))
    assert event.message == "Rule acme: it was gone"


def test_of_many_paths_some_are_told() -> None:
    many = tuple(Change(f"/{index}", 1, 2) for index in range(PATHS_MOST + 2))
    (event,) = drift_found(plan(step(Action.UPDATE, changes=many)))
    assert event.message.endswith("/4 was 2, declared is 1; and 2 more")


def test_what_was_created_is_one_event_and_each_change_its_own() -> None:
    walked = plan(
        step(Action.CREATE, "a", written=True),
        step(Action.CREATE, "b", written=True),
        step(Action.UPDATE, "c", changes=(CHANGE,), written=True),
        step(Action.CREATE, "d"),
        step(Action.UPDATE, "e", changes=(CHANGE,)),
    )
    events = list(written(walked, drift=False))
    assert [event.reason for event in events] == ["Created", "Updated"]
    assert events[0].message == "Created Rule a, Rule b."
    assert {event.type for event in events} == {EventType.NORMAL}


@pytest.mark.parametrize(("drift", "reason"), [(True, "DriftRepaired"), (False, "Updated")])
def test_a_change_is_a_repair_when_nobody_changed_the_spec(*, drift: bool, reason: str) -> None:
    walked = plan(step(Action.UPDATE, changes=(CHANGE,), written=True))
    assert [event.reason for event in written(walked, drift=drift)] == [reason]


def test_a_walk_that_wrote_nothing_is_no_event() -> None:
    assert list(written(plan(step(Action.NONE)), drift=True)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("Ready", "False", "Applying"), ("Ready", "True", "Provisioned"), "Normal"),
        (("Synced", "True", "InSync"), ("Synced", "Unknown", "Throttled"), "Warning"),
        (("IsConnected", "True", "Connected"), ("IsConnected", "False", "NoRecentData"), "Warning"),
        (("IsActive", "True", "Active"), ("IsActive", "False", "Inactive"), "Warning"),
        (("Stalled", "True", "Refused"), ("Stalled", "True", "AccessDenied"), "Warning"),
        (("Ready", "True", "Provisioned"), ("Ready", "False", "Applying"), None),
        (("Ready", "True", "Provisioned"), ("Ready", "True", "Provisioned"), None),
    ],
)
def test_a_condition_that_changes_its_mind_is_an_event(
    before: tuple[str, str, str], after: tuple[str, str, str], expected: str | None
) -> None:
    found = told([condition(*before)], [condition(*after)])
    assert found == ([] if expected is None else [(expected, after[2])])


def test_of_a_first_look_only_what_is_good_or_stalled_is_told() -> None:
    first = [
        condition("IsConnected", "False", "NoData"),
        condition("Ready", "True", "Provisioned"),
        condition("Stalled", "True", "AccessDenied"),
    ]
    assert told([], first) == [("Normal", "Provisioned"), ("Warning", "AccessDenied")]
