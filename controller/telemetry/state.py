"""What is true now, looked up when somebody asks: so a series ends with what it is about."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from controller.model.connector import Connector
from controller.model.facts import (
    Called,
    DataSeen,
    Fact,
    Key,
    LeaseHeld,
    Serving,
    TokenGiven,
)
from controller.telemetry import table
from controller.telemetry.table import Metric

BUDGET_AGE = 300.0
"""seconds: the buckets are full again by then, and what was said of them is wrong"""

Sample = tuple[tuple[str, ...], float]
"""the values of the labels, and the metric's"""


@dataclass(slots=True, eq=False)
class State(Collector):
    """Listens to what lasts, and shows it. `now` is seconds since the epoch at a look."""

    version: str
    _serving: Serving | None = None
    _leader: bool | None = None
    _tokens: dict[str, float] = field(default_factory=dict)
    _budgets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _data: dict[Key, DataSeen] = field(default_factory=dict)
    _shown: Mapping[Metric, list[Sample]] = field(default_factory=dict)

    def tell(self, fact: Fact) -> None:
        match fact:
            case Called():
                for name, left in fact.budget.items():
                    self._budgets[fact.subscription, name] = left, fact.began
            case DataSeen():
                self._data[fact.key] = fact
            case TokenGiven():
                self._tokens[fact.scope] = fact.expires_on
            case LeaseHeld():
                self._leader = fact.held
            case Serving():
                self._serving = fact
            case _:
                pass

    def look(self, now: float) -> None:
        """Takes down what is true; to be called in the operator's own event loop."""
        self._budgets = {k: v for k, v in self._budgets.items() if now - v[1] < BUDGET_AGE}
        shown: dict[Metric, list[Sample]] = {
            table.BUILD: [((self.version,), 1.0)],
            table.TOKEN_EXPIRY: [((scope,), ends) for scope, ends in self._tokens.items()],
            table.BUDGET: [(labels, left) for labels, (left, _) in self._budgets.items()],
        }
        if self._leader is not None:
            shown[table.LEADER] = [((), float(self._leader))]
        if self._serving is not None:
            shown |= self._of_operator(self._serving)
        self._shown = shown

    def _of_operator(self, serving: Serving) -> Mapping[Metric, list[Sample]]:
        held = {connector.key: connector for connector in serving.connectors()}
        self._data = {key: seen for key, seen in self._data.items() if key in held}
        return {
            table.WATCH_AGE: [((), serving.watch_age())],
            table.WATCH_LIMIT: [((), serving.watch_limit)],
            table.QUEUE_DEPTH: [((lane,), n) for lane, n in serving.waiting().items()],
            table.OBJECTS: [((), len(held))],
            table.CONDITION: [sample for one in held.values() for sample in _conditions(one)],
            table.DRIFT: [(key, one.status.get("driftCount") or 0) for key, one in held.items()],
            table.LAST_LOG: [(key, at) for key, one in held.items() for at in self._last_log(one)],
            table.EVENTS_HOUR: _known((k, s.events_hour) for k, s in self._data.items()),
            table.EVENTS_DAY: _known((k, s.events_day) for k, s in self._data.items()),
        }

    def _last_log(self, connector: Connector) -> Iterator[float]:
        """As the last answer has it; after a restart as the status has it, 15 minutes coarse."""
        seen = self._data.get(connector.key)
        text = connector.status.get("lastLogReceived")
        if seen is not None and seen.last_received is not None:
            yield seen.last_received.timestamp()
        elif text:
            yield datetime.fromisoformat(text).timestamp()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The last look, as Prometheus wants it; safe in any thread."""
        shown = self._shown
        for metric in table.SHOWN:
            family = GaugeMetricFamily(metric.full_name, metric.help, labels=metric.labels)
            for labels, value in shown.get(metric, ()):
                family.add_metric(labels, value)
            yield family


def _conditions(connector: Connector) -> Iterator[Sample]:
    for condition in connector.status.get("conditions", ()):
        said = (condition["type"], condition["status"], condition["reason"])
        yield (*connector.key, *said), 1.0


def _known(samples: Iterable[tuple[Key, int | None]]) -> list[Sample]:
    return [(labels, value) for labels, value in samples if value is not None]
