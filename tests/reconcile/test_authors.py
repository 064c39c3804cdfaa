"""Whose change a drift was: what is asked when, and what is told of the answer."""

from datetime import datetime, timedelta
from typing import Any

from controller.model.activity import Author
from controller.model.resource import Change, KindName, Resource
from controller.reconcile import authors
from controller.reconcile.authors import AGAIN, FURTHEST, SKEW, Authors, Finding
from controller.reconcile.plan import Action, Step
from tests.reconcile.fakes import NOW
from tests.reconcile.plans import plan
from tests.reconcile.samples import RULE

LATER = NOW + timedelta(minutes=10)
RESOURCE = Resource(KindName.RULE, "acme", RULE)
CHANGED = Change("/properties/description", "ours", "theirs")
WRITE = "Microsoft.Insights/dataCollectionRules/write"
ANN = Author("ann@contoso.com", NOW, WRITE)


class Log:
    """`model.activity.Activity` that knows what it is told."""

    def __init__(self, *answers: Author | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, datetime]] = []

    async def last_write(self, resource_id: str, since: datetime) -> Author | None:
        self.asked.append((resource_id, since))
        return self.answers.pop(0) if self.answers else None


def step(action: Action = Action.UPDATE, **given: Any) -> Step:
    return Step(RESOURCE, action, **{"changes": (CHANGED,), "found": True, **given})


IN_SYNC = step(Action.NONE, changes=())


async def test_the_log_is_asked_at_the_drift_and_once_more_when_entries_are_late() -> None:
    log, noted = Log(None, ANN), Authors()
    noted.note(plan(step(written=True)), NOW, drift=True)

    assert await noted.ask(log, NOW) == ()
    assert noted.due == NOW + AGAIN
    assert await noted.ask(log, NOW + AGAIN) == (Finding(RESOURCE, ANN),)
    assert noted.due is None


async def test_what_is_still_unknown_then_is_asked_no_more() -> None:
    log, noted = Log(), Authors()
    noted.note(plan(step(written=True)), NOW, drift=True)
    for moment in (NOW, NOW + AGAIN, NOW + 2 * AGAIN):
        await noted.ask(log, moment)

    assert len(log.asked) == 2
    assert noted.due is None


async def test_it_is_asked_for_what_came_after_the_resource_was_right() -> None:
    log, noted = Log(ANN, ANN), Authors()
    noted.note(plan(step()), NOW, drift=True)
    await noted.ask(log, NOW)
    noted.note(plan(IN_SYNC), NOW, drift=True)
    noted.note(plan(step()), LATER, drift=True)
    await noted.ask(log, LATER)

    assert log.asked == [(RULE, NOW - FURTHEST - SKEW), (RULE, NOW - SKEW)]


async def test_a_drift_that_stays_is_asked_about_once_and_another_one_again() -> None:
    log, noted = Log(ANN, ANN), Authors()
    for moment in (NOW, LATER):
        noted.note(plan(step()), moment, drift=True)
        await noted.ask(log, moment)
    assert len(log.asked) == 1

    noted.note(plan(step(changes=(CHANGED._replace(actual="hers"),))), LATER, drift=True)
    await noted.ask(log, LATER)
    assert len(log.asked) == 2


async def test_the_same_change_made_again_after_its_repair_is_asked_about_again() -> None:
    log, noted = Log(ANN, ANN), Authors()
    for moment in (NOW, LATER):
        noted.note(plan(step(written=True)), moment, drift=True)
        await noted.ask(log, moment)

    assert len(log.asked) == 2


def test_neither_a_change_of_the_spec_nor_what_is_in_sync_is_asked_about() -> None:
    noted = Authors()
    noted.note(plan(step()), NOW, drift=False)
    noted.note(plan(IN_SYNC), NOW, drift=True)

    assert noted.due is None


async def test_a_resource_that_is_gone_is_asked_about() -> None:
    log, noted = Log(ANN), Authors()
    noted.note(plan(step(Action.CREATE, changes=(), found=False)), NOW, drift=True)

    assert await noted.ask(log, NOW) == (Finding(RESOURCE, ANN),)


def test_the_event_says_caller_time_and_operation() -> None:
    (event,) = authors.events([Finding(RESOURCE, ANN)])

    assert event.reason == "ChangedBy"
    assert event.message == (
        f"Rule acme was written by ann@contoso.com at 2026-11-24T12:00:00Z ({WRITE})."
    )


def test_a_deletion_by_nobody_known_is_told_as_that() -> None:
    gone = Author("", NOW, "Microsoft.Insights/dataCollectionRules/delete")
    (event,) = authors.events([Finding(RESOURCE, gone)])

    assert "was deleted by somebody whom Azure does not name at" in event.message


ENTRY = {"kind": "Rule", "name": "acme", "path": "/a", "desired": "1", "actual": "2"}
OTHER = {**ENTRY, "name": "other"}
BY_ANN = {"caller": "ann@contoso.com", "time": "2026-11-24T12:00:00Z", "operation": WRITE}


def test_a_drift_that_stays_says_who_made_it() -> None:
    after = authors.told({"drift": [ENTRY, OTHER], "driftCount": 2}, [Finding(RESOURCE, ANN)])

    assert after == {"drift": [{**ENTRY, "changedBy": BY_ANN}, OTHER], "driftCount": 2}


def test_a_status_without_that_drift_is_the_same() -> None:
    status = {"driftCount": 0}

    assert authors.told(status, [Finding(RESOURCE, ANN)]) is status


def test_the_author_stays_with_the_drift_and_goes_with_it() -> None:
    previous = {"drift": [{**ENTRY, "changedBy": BY_ANN}, OTHER]}

    kept = list(authors.still_told([ENTRY, {**ENTRY, "actual": "3"}, OTHER], previous))

    assert kept == [{**ENTRY, "changedBy": BY_ANN}, {**ENTRY, "actual": "3"}, OTHER]
