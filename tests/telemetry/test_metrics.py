"""Each metric moves by its fact; series of an object end with it; promtool finds nothing to say."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from controller.model import facts
from controller.model.connector import Connector
from controller.model.facts import (
    Began,
    Called,
    DataSeen,
    DriftFound,
    DriftRepaired,
    Ending,
    Fact,
    LeaseHeld,
    Phase,
    PhaseEnded,
    Reconciled,
    Serving,
    TokenGiven,
    Waited,
    Written,
)
from controller.model.resource import KindName
from controller.telemetry import table
from controller.telemetry.instruments import MOVES
from controller.telemetry.metrics import Metrics
from controller.telemetry.table import METRICS
from tests.kube.samples import connector
from tests.telemetry.scrapes import Samples, named, parsed, promtool, value

NOW = 1_000_000.0
KEY = ("soc", "alerts")
CALL = Called(
    service="arm",
    verb="GET",
    type="microsoft.insights/datacollectionrules",
    path="/subscriptions/s/x",
    status=200,
    began=NOW,
    seconds=0.2,
    subscription="s",
    budget={"subscription-reads": 249},
)
ALERTS = {"namespace": "soc", "name": "alerts"}


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


async def samples(metrics: Metrics) -> Samples:
    body, _ = await metrics.text()
    return parsed(body.decode())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def metrics(clock: Clock) -> Metrics:
    return Metrics("1.2.3", clock=clock)


def serving(*held: Connector, depth: int = 0) -> Serving:
    return Serving(lambda: held, lambda: {"resync": depth, "later": 0}, lambda: 7.0, 180.0)


def says(reason: str, status: str = "False", **more: Any) -> Connector:
    """A connector whose Ready says that."""
    condition = {"type": "Ready", "status": status, "reason": reason}
    return replace(connector(), status={"conditions": [condition], **more})


@pytest.mark.parametrize(
    ("fact", "name", "labels", "after"),
    [
        (
            CALL,
            "azure_requests_total",
            {"type": CALL.type, "verb": "GET", "code": "200"},
            1,
        ),
        (
            replace(CALL, status=None),
            "azure_requests_total",
            {"type": CALL.type, "verb": "GET", "code": "none"},
            1,
        ),
        (CALL, "azure_request_duration_seconds_sum", {"type": CALL.type, "verb": "GET"}, 0.2),
        (CALL, "azure_budget_left", {"subscription": "s", "budget": "subscription-reads"}, 249),
        (Reconciled(KEY, Ending.THROTTLED, 2.0), "reconciles_total", {"outcome": "throttled"}, 1),
        (Reconciled(KEY, Ending.OK, 2.0), "reconcile_duration_seconds_sum", {}, 2.0),
        (Waited("resync", 3.0), "queue_wait_seconds_sum", {"lane": "resync"}, 3.0),
        (PhaseEnded(Phase.WRITE, 9.0), "phase_duration_seconds_sum", {"phase": "write"}, 9.0),
        (DriftFound(KindName.RULE), "drift_found_total", {"kind": "Rule"}, 1),
        (DriftRepaired(KindName.RULE), "drift_repaired_total", {"kind": "Rule"}, 1),
        (Written(KindName.RULE, "PUT", True), "writes_total", {"kind": "Rule", "verb": "PUT"}, 1),
        (Written(KindName.RULE, "PUT", True), "writes_without_change_total", {"kind": "Rule"}, 0),
        (Written(KindName.RULE, "PUT", False), "writes_without_change_total", {"kind": "Rule"}, 1),
        (TokenGiven("arm", NOW + 60), "token_expiry_timestamp_seconds", {"scope": "arm"}, NOW + 60),
        (LeaseHeld(True), "leader", {}, 1),
        (LeaseHeld(False), "leader", {}, 0),
        (serving(depth=4), "queue_depth", {"lane": "resync"}, 4),
        (serving(), "watch_age_seconds", {}, 7),
        (serving(), "watch_age_limit_seconds", {}, 180),
        (serving(connector()), "objects", {}, 1),
    ],
)
async def test_a_metric_moves_by_its_fact(
    metrics: Metrics, fact: Fact, name: str, labels: dict[str, str], after: float
) -> None:
    assert value(await samples(metrics), name, **labels) in (None, 0)
    metrics.tell(fact)
    assert value(await samples(metrics), name, **labels) == after


def test_every_fact_is_counted_or_shown_but_the_beginning_of_a_run() -> None:
    shown = {DataSeen, TokenGiven, LeaseHeld, Serving}
    assert set(get_args(facts.Fact)) - shown - set(MOVES) == {Began}


async def test_a_condition_shows_only_what_it_says_now(metrics: Metrics) -> None:
    held = [says("Applying")]
    metrics.tell(Serving(lambda: held, dict, lambda: 0.0, 180.0))
    first = named(await samples(metrics), "condition")
    held[:] = [says("Provisioned", "True")]
    then = named(await samples(metrics), "condition")
    assert first == [{**ALERTS, "type": "Ready", "status": "False", "reason": "Applying"}]
    assert then == [{**ALERTS, "type": "Ready", "status": "True", "reason": "Provisioned"}]


async def test_the_series_of_an_object_end_with_it(metrics: Metrics) -> None:
    held = [says("Provisioned", driftCount=2, lastLogReceived="2026-11-24T12:00:00Z")]
    metrics.tell(Serving(lambda: held, dict, lambda: 0.0, 180.0))
    metrics.tell(DataSeen(KEY, None, events_hour=1, events_day=20))
    of_object = {"condition", "drift", "last_log_timestamp_seconds"}
    of_data = {"events_last_hour", "events_last_day"}
    there = await samples(metrics)
    assert {name for name, labels in there if dict(labels).get("name")} == of_object | of_data

    held.clear()
    gone = await samples(metrics)
    assert [name for name, labels in gone if dict(labels).get("name")] == []

    held[:] = [says("Provisioned")]
    new = await samples(metrics)
    assert of_data.isdisjoint(name for name, _ in new)


async def test_the_newest_event_is_as_the_last_answer_had_it_else_as_the_status_has(
    metrics: Metrics,
) -> None:
    metrics.tell(serving(says("Provisioned", lastLogReceived="2026-11-24T12:00:00Z")))
    name = "last_log_timestamp_seconds"
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert value(await samples(metrics), name, **ALERTS) == noon.timestamp()

    metrics.tell(DataSeen(KEY, noon.replace(minute=9)))
    assert value(await samples(metrics), name, **ALERTS) == noon.timestamp() + 540


async def test_the_budget_of_a_subscription_that_is_not_called_any_more_goes(
    metrics: Metrics, clock: Clock
) -> None:
    metrics.tell(CALL)
    clock.now += 299
    assert named(await samples(metrics), "azure_budget_left") != []
    clock.now += 1
    assert named(await samples(metrics), "azure_budget_left") == []


async def test_before_an_operator_serves_it_neither_leads_nor_stands_by(metrics: Metrics) -> None:
    assert named(await samples(metrics), "leader") == []


async def test_the_version_is_shown(metrics: Metrics) -> None:
    assert value(await samples(metrics), "build_info", version="1.2.3") == 1


async def test_every_metric_of_the_table_is_exported_and_no_other(metrics: Metrics) -> None:
    body, _ = await metrics.text()
    told = {
        (line.split()[2], line.split()[3])
        for line in body.decode().splitlines()
        if line.startswith("# TYPE") and not line.split()[2].endswith("_created")
    }
    assert told == {(metric.full_name, metric.type) for metric in METRICS}


async def test_promtool_has_nothing_to_say(metrics: Metrics) -> None:
    metrics.tell(CALL)
    metrics.tell(serving(says("Provisioned")))
    body, _ = await metrics.text()
    assert promtool("check", "metrics", stdin=body.decode()) == ""


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_label_has_a_bound(metric: table.Metric) -> None:
    """By our own words, or by what exists: objects, subscriptions, scopes; never messages."""
    words = {"outcome", "phase", "lane", "type", "verb", "code", "kind", "status", "reason"}
    existing = {"namespace", "name", "subscription", "budget", "scope", "version"}
    assert set(metric.labels) <= words | existing
