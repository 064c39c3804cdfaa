"""Whether an expression asks only for what the operator exports."""

from collections.abc import Iterator, Mapping, Set

import promql_parser
from promql_parser import Expr, MatchOp, VectorSelector

from controller.kube.queue import Lane
from controller.model.facts import Ending, Phase
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.telemetry.table import METRICS, PREFIX, Metric, Type

OF_THE_SCRAPE = frozenset({"job", "instance", "pod"})
OF_A_HISTOGRAM = ("_bucket", "_sum", "_count")
WORDS: Mapping[str, Set[str]] = {
    "outcome": set(Ending),
    "phase": set(Phase),
    "kind": set(KindName),
    "reason": set(Reason),
    "status": {"True", "False", "Unknown"},
    "lane": {lane.name.lower() for lane in Lane} | {"later"},
}
"""labels whose values are our own words"""
CONDITIONS = {"Ready", "Synced", "IsActive", "IsConnected", "Reconciling", "Stalled"}
VERBS = {"GET", "PUT", "PATCH", "DELETE", "POST", "HEAD"}


def exported() -> Mapping[str, Metric]:
    """The metrics by the names that a query has for them."""
    return {
        metric.full_name + end: metric
        for metric in METRICS
        for end in (OF_A_HISTOGRAM if metric.type is Type.HISTOGRAM else ("",))
    }


def selectors(expression: str) -> list[VectorSelector]:
    """Every place where the expression names a metric."""
    found: list[VectorSelector] = []

    def visit(expr: Expr) -> None:
        if isinstance(expr, VectorSelector):
            found.append(expr)

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def unknown(expression: str) -> list[str]:
    """What it names that no scrape can have, in words."""
    return [said for selector in selectors(expression) for said in _unknown(selector)]


def _unknown(selector: VectorSelector) -> Iterator[str]:
    name = selector.name or ""
    if not name.startswith(PREFIX):
        yield f"{name or selector}: not ours"
        return
    metric = exported().get(name)
    if metric is None:
        yield f"{name}: not exported"
        return
    for matcher in selector.matchers.matchers:
        label = matcher.name
        if label not in {*metric.labels, *OF_THE_SCRAPE}:
            yield f"{name} has no label {label}"
            continue
        values = [matcher.value]
        if matcher.op in (MatchOp.Re, MatchOp.NotRe):
            values = matcher.value.split("|")
        for value in values:
            if not _can_be(metric, label, value):
                yield f"{name} has no {label} {value}"


def _can_be(metric: Metric, label: str, value: str) -> bool:
    if "$" in value:  # a dashboard's variable
        return True
    words = WORDS.get(label)
    if (metric.name, label) == ("condition", "type"):
        words = CONDITIONS
    elif label == "verb":
        words = VERBS
    return words is None or value in words
