"""Every metric with its labels and what it means: instruments, documents and rules go by it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "contoso_connector_"

FAST = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""seconds, for one call or the wait for a worker"""
SLOW = (0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""seconds, for what may wait for Azure or for the first event"""


class Type(StrEnum):
    """As Prometheus has them."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` is without the prefix; `values` are those of the only label, to start at 0."""

    name: str
    type: Type
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def full_name(self) -> str:
        return PREFIX + self.name


OBJECT = ("namespace", "name")

RECONCILES = Metric(
    "reconciles_total", Type.COUNTER, "Reconciles that ended, by how they ended.", ("outcome",)
)
RECONCILE_SECONDS = Metric(
    "reconcile_duration_seconds", Type.HISTOGRAM, "How long a reconcile took.", (), SLOW
)
PHASE_SECONDS = Metric(
    "phase_duration_seconds",
    Type.HISTOGRAM,
    "How long a generation took to get past a phase: plan until the first write, write until Ready,"
    " connect until data arrives.",
    ("phase",),
    SLOW,
)
QUEUE_WAIT_SECONDS = Metric(
    "queue_wait_seconds",
    Type.HISTOGRAM,
    "How long a connector that was due waited for a worker.",
    ("lane",),
    FAST,
)
AZURE_REQUESTS = Metric(
    "azure_requests_total",
    Type.COUNTER,
    "Requests to Azure by ARM type, verb and status; code none: there was no answer.",
    ("type", "verb", "code"),
)
AZURE_SECONDS = Metric(
    "azure_request_duration_seconds",
    Type.HISTOGRAM,
    "How long Azure took to answer, or not to.",
    ("type", "verb"),
    FAST,
)
WRITES = Metric("writes_total", Type.COUNTER, "Resources written.", ("kind", "verb"))
WRITES_WITHOUT_CHANGE = Metric(
    "writes_without_change_total",
    Type.COUNTER,
    "Writes after which Azure shows the same as before. More than a few are a defect: each value"
    " that Azure keeps otherwise costs one or two, once.",
    ("kind",),
)
DRIFT_FOUND = Metric(
    "drift_found_total",
    Type.COUNTER,
    "Resources that somebody else changed or deleted, found before their repair.",
    ("kind",),
)
DRIFT_REPAIRED = Metric(
    "drift_repaired_total", Type.COUNTER, "Resources that were repaired.", ("kind",)
)
MOVED = (
    RECONCILES,
    RECONCILE_SECONDS,
    PHASE_SECONDS,
    QUEUE_WAIT_SECONDS,
    AZURE_REQUESTS,
    AZURE_SECONDS,
    WRITES,
    WRITES_WITHOUT_CHANGE,
    DRIFT_FOUND,
    DRIFT_REPAIRED,
)
"""what facts move"""

BUDGET = Metric(
    "azure_budget_left",
    Type.GAUGE,
    "Calls that Azure said are left, by its header's name; dropped five minutes after the last"
    " answer.",
    ("subscription", "budget"),
)
TOKEN_EXPIRY = Metric(
    "token_expiry_timestamp_seconds", Type.GAUGE, "When the newest token ends.", ("scope",)
)
LEADER = Metric(
    "leader",
    Type.GAUGE,
    "1 if this process writes: it holds the Lease, or is to do without. 0: it stands by.",
)
WATCH_AGE = Metric(
    "watch_age_seconds", Type.GAUGE, "Seconds since the watch was last known to miss nothing."
)
WATCH_LIMIT = Metric(
    "watch_age_limit_seconds", Type.GAUGE, "The age that means that the operator is blind."
)
QUEUE_DEPTH = Metric(
    "queue_depth",
    Type.GAUGE,
    "Connectors that are due, by lane; lane later: those whose time has not come.",
    ("lane",),
)
OBJECTS = Metric("objects", Type.GAUGE, "ContosoConnectors that are known.")
CONDITION = Metric(
    "condition",
    Type.GAUGE,
    "1 for each condition of each connector as it is now.",
    (*OBJECT, "type", "status", "reason"),
)
DRIFT = Metric("drift", Type.GAUGE, "Paths that differ now and are not repaired.", OBJECT)
LAST_LOG = Metric(
    "last_log_timestamp_seconds", Type.GAUGE, "Time of the newest event that was seen.", OBJECT
)
EVENTS_HOUR = Metric("events_last_hour", Type.GAUGE, "Events of the last hour.", OBJECT)
EVENTS_DAY = Metric("events_last_day", Type.GAUGE, "Events of the last day.", OBJECT)
BUILD = Metric("build_info", Type.GAUGE, "1, with the version that runs.", ("version",))
SHOWN = (
    BUDGET,
    TOKEN_EXPIRY,
    LEADER,
    WATCH_AGE,
    WATCH_LIMIT,
    QUEUE_DEPTH,
    OBJECTS,
    CONDITION,
    DRIFT,
    LAST_LOG,
    EVENTS_HOUR,
    EVENTS_DAY,
    BUILD,
)
"""what is looked up when somebody asks"""

METRICS = MOVED + SHOWN


def markdown() -> str:
    """The table of docs/metrics.md."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield "| metric | type | labels | meaning |"
    yield "|---|---|---|---|"
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.full_name}` | {metric.type} | {labels or '-'} | {metric.help} |"
