"""Facts to counters and histograms, by one table. No label here is an object's own."""

from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from controller.model.facts import (
    Called,
    DriftFound,
    DriftRepaired,
    Ending,
    Fact,
    Phase,
    PhaseEnded,
    Reconciled,
    Waited,
    Written,
)
from controller.model.resource import KindName
from controller.telemetry import table
from controller.telemetry.table import Metric, Type

NO_ANSWER = "none"
FROM_ZERO: Mapping[Metric, tuple[str, ...]] = {
    table.RECONCILES: tuple(Ending),
    table.PHASE_SECONDS: tuple(Phase),
    table.WRITES_WITHOUT_CHANGE: tuple(KindName),
    table.DRIFT_FOUND: tuple(KindName),
    table.DRIFT_REPAIRED: tuple(KindName),
}
"""series that are there before anything happens: a rate needs the 0 that it rises from"""


class Instruments:
    """What facts move, in one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counters: dict[Metric, Counter] = {}
        self._histograms: dict[Metric, Histogram] = {}
        for metric in table.MOVED:
            name, labels = metric.full_name, metric.labels
            if metric.type is Type.COUNTER:
                self._counters[metric] = Counter(name, metric.help, labels, registry=registry)
            else:
                self._histograms[metric] = Histogram(
                    name, metric.help, labels, buckets=metric.buckets, registry=registry
                )
        for metric, values in FROM_ZERO.items():
            family = self._counters.get(metric) or self._histograms[metric]
            for value in values:
                family.labels(value)

    def tell(self, fact: Fact) -> None:
        """Moves what the fact is about; a fact that counts nothing is let pass."""
        move = MOVES.get(type(fact))
        if move is not None:
            move(self, fact)

    def count(self, metric: Metric, *labels: str) -> None:
        self._counters[metric].labels(*labels).inc()

    def observe(self, metric: Metric, seconds: float, *labels: str) -> None:
        family = self._histograms[metric]
        (family.labels(*labels) if labels else family).observe(seconds)


def _called(of: Instruments, fact: Called) -> None:
    code = NO_ANSWER if fact.status is None else str(fact.status)
    of.count(table.AZURE_REQUESTS, fact.type, fact.verb, code)
    of.observe(table.AZURE_SECONDS, fact.seconds, fact.type, fact.verb)


def _reconciled(of: Instruments, fact: Reconciled) -> None:
    of.count(table.RECONCILES, fact.outcome)
    of.observe(table.RECONCILE_SECONDS, fact.seconds)


def _phase_ended(of: Instruments, fact: PhaseEnded) -> None:
    of.observe(table.PHASE_SECONDS, fact.seconds, fact.phase)


def _waited(of: Instruments, fact: Waited) -> None:
    of.observe(table.QUEUE_WAIT_SECONDS, fact.seconds, fact.lane)


def _written(of: Instruments, fact: Written) -> None:
    of.count(table.WRITES, fact.kind, fact.verb)
    if not fact.changed:
        of.count(table.WRITES_WITHOUT_CHANGE, fact.kind)


def _drift_found(of: Instruments, fact: DriftFound) -> None:
    of.count(table.DRIFT_FOUND, fact.kind)


def _drift_repaired(of: Instruments, fact: DriftRepaired) -> None:
    of.count(table.DRIFT_REPAIRED, fact.kind)


MOVES: Mapping[type[Fact], Callable[[Instruments, Any], None]] = {
    Called: _called,
    Reconciled: _reconciled,
    PhaseEnded: _phase_ended,
    Waited: _waited,
    Written: _written,
    DriftFound: _drift_found,
    DriftRepaired: _drift_repaired,
}
