"""What Azure is known to do to a body is no drift, alone and together; what somebody does is."""

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from controller.kinds import KINDS
from controller.model.resource import Kind, KindName
from controller.reconcile.diff import changes
from tests.kinds.bodies import SENT
from tests.kinds.generated import BODIES
from tests.kinds.habits import HABITS, Habit
from tests.kinds.places import closed_lists, grown, replaced, values

KIND = {kind.name: kind for kind in KINDS}
WRITTEN = sorted(SENT)
EACH_HABIT = pytest.mark.parametrize(
    "habit", HABITS, ids=lambda habit: f"{habit.kind}: {habit.sentence} [{habit.source}]"
)


def readback(habit: Habit) -> Any:
    body = copy.deepcopy(SENT[habit.kind])
    habit.answer(body)
    return body


@EACH_HABIT
def test_what_azure_does_is_no_drift(habit: Habit) -> None:
    assert readback(habit) != SENT[habit.kind]
    assert changes(KIND[habit.kind], SENT[habit.kind], readback(habit)) == ()


@EACH_HABIT
def test_what_somebody_does_beside_it_shows_exactly_its_path(habit: Habit) -> None:
    changed = readback(habit)
    habit.drift(changed)
    found = changes(KIND[habit.kind], SENT[habit.kind], changed)

    assert [change.path for change in found] == [habit.path]


def test_every_kind_has_a_body_and_habits() -> None:
    written = {kind.name for kind in KINDS} - {KindName.APPLICATION}  # never read nor written

    assert set(SENT) == set(BODIES) == written
    assert {habit.kind for habit in HABITS} == written


def answered(data: st.DataObject, kind: KindName) -> tuple[Kind, Any, Any]:
    """A body, and what Azure may make of it: any of its habits, in any order."""
    sent = data.draw(BODIES[kind])
    known = [habit for habit in HABITS if habit.kind is kind]
    chosen = data.draw(st.lists(st.sampled_from(known), unique_by=id))
    read = json.loads(json.dumps(sent))
    for habit in chosen:
        habit.answer(read)
    return KIND[kind], sent, read


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
def test_all_that_azure_does_together_is_no_drift(name: KindName, data: st.DataObject) -> None:
    assert changes(*answered(data, name)) == ()


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
def test_one_value_replaced_shows_whatever_azure_did(name: KindName, data: st.DataObject) -> None:
    kind, sent, read = answered(data, name)
    places = values(kind, sent, read)
    assume(places)
    place = data.draw(st.sampled_from(places))

    for body in replaced(read, place):
        assert [change.path for change in changes(kind, sent, body)] == [place.path]


@pytest.mark.parametrize("name", WRITTEN)
@given(data=st.data())
def test_one_element_more_shows_whatever_azure_did(name: KindName, data: st.DataObject) -> None:
    kind, sent, read = answered(data, name)
    for place in closed_lists(kind, sent, read):
        body, path = grown(read, place)
        assert [change.path for change in changes(kind, sent, body)] == [path]
