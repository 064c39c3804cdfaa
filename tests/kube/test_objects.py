"""What of an object is read, what of it is work, and when a status is news."""

from typing import Any

import pytest

from controller.kube.objects import connector_of, says_something_new, work_of
from controller.model.connector import CONFIRM_TABLE_DELETION, FINALIZER, RECONCILE_REQUESTED
from tests.kube.samples import body, connector

READY = {"type": "Ready", "status": "True"}
FOREIGN = {"type": "Blessed", "status": "True"}


def test_what_is_large_and_not_ours_is_dropped() -> None:
    last_applied = "kubectl.kubernetes.io/last-applied-configuration"

    read = connector(annotations={last_applied: "{}", "team": "soc"}, managedFields=[{"a": 1}])

    assert read.annotations == {"team": "soc"}


def test_who_wrote_the_spec_last_is_read_from_what_is_dropped() -> None:
    def entry(manager: str, time: str, field: str) -> dict[str, Any]:
        return {"manager": manager, "time": time, "fieldsV1": {field: {}}}

    told = [
        entry("flux", "2026-11-24T12:00:00Z", "f:spec"),
        entry("kubectl-edit", "2026-11-24T13:00:00Z", "f:spec"),
        entry("contoso-connector-operator", "2026-11-24T14:00:00Z", "f:status"),
    ]

    assert connector(managedFields=told).manager == "kubectl-edit"


def test_metadata_alone_reads_as_an_object_without_spec() -> None:
    partial = {"metadata": body()["metadata"]}

    assert connector_of(partial).spec == {}


@pytest.mark.parametrize(
    "metadata",
    [
        {"labels": {"team": "soc"}},
        {"annotations": {"argocd.argoproj.io/tracking-id": "x"}},
        {"finalizers": [FINALIZER]},
        {"resourceVersion": "99"},
    ],
    ids=lambda metadata: next(iter(metadata)),
)
def test_what_others_change_is_no_work(metadata: dict[str, Any]) -> None:
    assert work_of(connector(**metadata)) == work_of(connector())


@pytest.mark.parametrize(
    "metadata",
    [
        {"uid": "u2"},
        {"generation": 2},
        {"deletionTimestamp": "2026-11-24T11:00:00Z"},
        {"annotations": {RECONCILE_REQUESTED: "now"}},
        {"annotations": {CONFIRM_TABLE_DELETION: "T_CL"}},
    ],
    ids=lambda metadata: str(next(iter(metadata.items()))),
)
def test_what_is_asked_of_us_is_work(metadata: dict[str, Any]) -> None:
    assert work_of(connector(**metadata)) != work_of(connector())


def news(held: dict[str, Any], told: dict[str, Any], applied: dict[str, Any] | None = None) -> bool:
    return says_something_new(connector_of({**body(), "status": held}), told, applied)


def test_an_equal_status_is_no_news() -> None:
    assert not news({"conditions": [READY]}, {"conditions": (READY,), "plan": None})


def test_a_changed_field_is_news() -> None:
    assert news({"driftCount": 1}, {"driftCount": 2})


def test_what_an_earlier_process_left_behind_is_news() -> None:
    assert news({"conditions": [READY, {"type": "Reconciling"}]}, {"conditions": [READY]})


def test_what_others_added_to_our_last_status_is_no_news() -> None:
    mine = {"conditions": [READY]}

    assert not news({"conditions": [FOREIGN, READY], "note": "x"}, mine, applied=mine)


def test_what_others_changed_of_our_last_status_is_news() -> None:
    mine = {"conditions": [READY]}

    assert news({"conditions": [{"type": "Ready", "status": "False"}]}, mine, applied=mine)
    assert news({}, mine, applied=mine)


def test_what_we_no_longer_declare_is_news() -> None:
    before = {"conditions": [READY, {"type": "Reconciling"}]}

    assert news(before, {"conditions": [READY]}, applied=before)
