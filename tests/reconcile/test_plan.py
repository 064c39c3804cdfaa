"""The steps of a connector and their order, without a walk."""

import pytest

from controller.kinds import KINDS
from controller.model.derived import Derived
from controller.model.errors import Conflict, Fault, Stalled, Throttled, Transient, Waiting
from controller.model.reasons import Reason
from controller.model.resource import KindName, Refs, Resource, Unknown, Workspace
from controller.reconcile.plan import (
    GIVEN_BY,
    Action,
    Plan,
    Step,
    base_refs,
    needs,
    provided,
    unknown_refs,
)
from tests.reconcile.samples import RULE, derived

PLACE = Workspace("/subscriptions/s", "francecentral", "customer", "tenant")


def needed(of: Derived) -> dict[KindName, set[KindName]]:
    """Which kinds each kind waits for."""
    resources = [resource for kind in KINDS for resource in kind.resources(of)]
    order = needs(of, resources, base_refs(of, PLACE))
    return {key[0]: {name for name, _ in before} for key, before in order.items()}


def test_a_definition_waits_for_what_it_shows() -> None:
    assert needed(derived())[KindName.DEFINITION] == {
        KindName.RULE,
        KindName.ENDPOINT,
        KindName.APPLICATION,
    }


def test_a_definition_that_shows_nothing_waits_for_nothing() -> None:
    card = {"name": "acme", "ui": {"instructionSteps": []}}
    assert needed(derived(definition=card))[KindName.DEFINITION] == set()


def test_a_definition_that_cannot_be_made_waits_for_nothing() -> None:
    """Its error is told with its step, not in place of the whole plan."""
    card = {"name": "acme", "ui": {"title": "$(rule.nonsense)"}}
    assert needed(derived(definition=card))[KindName.DEFINITION] == set()


def test_every_step_comes_after_what_it_needs() -> None:
    of = derived()
    resources = [resource for kind in KINDS for resource in kind.resources(of)]
    order = needs(of, resources, base_refs(of, PLACE))
    seen: set[tuple[KindName, str]] = set()
    for key, before in order.items():
        assert seen.issuperset(before)
        seen.add(key)
    assert len(seen) == len(resources)


def test_the_order_does_not_hang_on_the_hashes_of_a_process() -> None:
    """The status lists resources in this order: another one is a write for each connector."""
    of = derived()
    resources = [resource for kind in KINDS for resource in kind.resources(of)]
    order = needs(of, resources, base_refs(of, PLACE))
    assert all(list(before) == sorted(before) for before in order.values())


def test_every_value_that_a_kind_waits_for_is_given_by_some_kind() -> None:
    of = derived()
    base = base_refs(of, PLACE)
    waits = [
        unknown_refs(kind.desired(of, resource, base))
        for kind in KINDS
        for resource in kind.resources(of)
    ]
    assert {ref.partition(".")[0] for refs in waits for ref in refs} <= set(GIVEN_BY)


def test_unknown_values_are_found_however_deep() -> None:
    one, two = Unknown(frozenset({"rule.id"})), Unknown(frozenset({"endpoint.id"}))
    assert unknown_refs({"a": [{"b": one}], "c": (two,), "d": "known"}) == one.refs | two.refs


def test_a_step_without_a_readback_gives_nothing() -> None:
    step = Step(Resource(KindName.RULE, "acme", RULE), Action.CREATE)
    assert provided(derived(), step) == {}


FAULTS = (
    Stalled(Reason.REFUSED, "a"),
    Waiting(Reason.WAITING_FOR_TABLE, "b"),
    Throttled(Reason.THROTTLED, "c"),
    Transient(Reason.AZURE_UNAVAILABLE, "d"),
    Conflict(Reason.AZURE_UNAVAILABLE, "e"),
)


@pytest.mark.parametrize("most", range(len(FAULTS)))
def test_of_several_faults_that_of_a_person_comes_first_and_silence_last(most: int) -> None:
    def step(fault: Fault) -> Step:
        return Step(Resource(KindName.RULE, "acme", RULE), Action.FAILED, fault=fault)

    steps = tuple(step(fault) for fault in reversed(FAULTS[most:]))
    assert Plan(PLACE, steps, Refs()).fault is FAULTS[most]


def test_kinds_are_all_there() -> None:
    """The engine's tests speak of every kind."""
    assert {kind.name for kind in KINDS} == set(KindName)
