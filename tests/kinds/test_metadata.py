"""Metadata says only what the spec says; what Azure drops or fills in is no difference."""

import copy
from typing import Any

from controller.kinds.metadata import KIND
from controller.model.resource import Body
from controller.reconcile.diff import changes
from tests.kinds.samples import REFS, minimal

CRITERIA = [
    {"contentId": "acmeConnections", "kind": "ResourcesDataConnector", "name": "shown nowhere"},
    {"operator": "OR", "criteria": [{"contentId": "b"}, {"contentId": "a", "name": "x"}]},
]


def desired(**metadata: Any) -> Body:
    derived = minimal(definition={"metadata": metadata})
    return KIND.desired(derived, KIND.resources(derived)[0], REFS)


def test_it_is_named_after_the_definition() -> None:
    (resource,) = KIND.resources(minimal(definition={"name": "Acme"}))

    assert resource.name == "DataConnector-Acme"
    assert resource.id == (
        f"{REFS['workspace.id']}/providers/Microsoft.SecurityInsights/metadata/DataConnector-Acme"
    )


def test_nothing_is_sent_that_is_not_given() -> None:
    assert set(desired()["properties"]) == {"parentId", "contentId", "kind", "version"}


def test_what_azure_fills_in_is_no_change() -> None:
    """As recorded (FIELD part 1, 4)."""
    have = copy.deepcopy(dict(desired()))
    have["properties"] |= {
        "source": {"kind": "LocalWorkspace", "name": "LogAnalytics1", "sourceId": "x"},
        "categories": {"verticals": None},
    }

    assert changes(KIND, desired(), have) == ()


def test_names_of_criteria_are_dropped_by_azure_and_their_order_does_not_count() -> None:
    have = copy.deepcopy(dict(desired(dependencies={"operator": "AND", "criteria": CRITERIA})))
    criteria = have["properties"]["dependencies"]["criteria"]
    criteria.reverse()
    del criteria[1]["name"], criteria[0]["criteria"][1]["name"]

    assert (
        changes(KIND, desired(dependencies={"operator": "AND", "criteria": CRITERIA}), have) == ()
    )


def test_a_criterion_too_many_is_a_change() -> None:
    have = desired(dependencies={"criteria": CRITERIA})

    assert changes(KIND, desired(dependencies={"criteria": CRITERIA[:1]}), have)


def test_a_support_that_somebody_changed_is_a_change() -> None:
    support = {"tier": "Partner", "name": "Acme"}
    have = desired(support={**support, "name": "Other"})

    assert [change.path for change in changes(KIND, desired(support=support), have)] == [
        "/properties/support/name"
    ]
