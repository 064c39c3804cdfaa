"""The dashboard for Grafana: about what is exported, whole, and with every panel in its place."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from controller.telemetry.table import METRICS
from tests.generated import ROOT
from tests.telemetry import promql

FILE = ROOT / "charts" / "contoso-connector-operator" / "files" / "dashboard.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
WIDTH = 24
"""columns of Grafana's grid"""
LEGEND = re.compile(r"\{\{(\w+)\}\}")
VARIABLE = re.compile(r"\$\{?(\w+)")


def panels() -> list[dict[str, Any]]:
    """Those that show something."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def targets() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each expression with its panel's title."""
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target


def filled(expression: str, **values: str) -> str:
    """The expression with a value for each variable, as Grafana sends it."""
    return VARIABLE.sub(lambda found: values[found[1]], expression)


each_target = pytest.mark.parametrize(
    "target", [pytest.param(target, id=f"{title} {target['refId']}") for title, target in targets()]
)


@each_target
def test_each_expression_is_about_what_is_exported(target: dict[str, Any]) -> None:
    assert promql.selectors(target["expr"]) != []
    assert promql.unknown(target["expr"]) == []


@each_target
def test_each_legend_names_labels_that_the_expression_keeps(target: dict[str, Any]) -> None:
    kept = re.findall(r"by \(([^)]*)\)", target["expr"])
    labels = {label for group in kept for label in group.split(", ")}
    assert set(LEGEND.findall(target["legendFormat"])) <= labels


def test_each_variable_is_defined_and_asks_for_what_is_exported() -> None:
    variables = DASHBOARD["templating"]["list"]
    used = {name for _, target in targets() for name in VARIABLE.findall(target["expr"])}
    assert {"datasource", *used} == {variable["name"] for variable in variables}
    asked = [variable["query"]["query"] for variable in variables if variable["type"] == "query"]
    for query in asked:
        expression, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()  # type: ignore[union-attr]
        assert promql.unknown(f"count by ({label}) ({expression})") == []


def test_each_panel_asks_the_chosen_prometheus() -> None:
    places = [each for panel in panels() for each in (panel, *panel["targets"])]
    assert {place["datasource"]["uid"] for place in places} == {"${datasource}"}


def test_no_panel_lies_on_another() -> None:
    cells: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        own = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
        assert at["x"] + at["w"] <= WIDTH
        assert not own & cells, panel["title"]
        cells |= own


def test_each_panel_says_what_it_shows() -> None:
    assert [panel["title"] for panel in panels() if not panel["description"].endswith(".")] == []
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_metric_is_looked_at() -> None:
    """But how long a reconcile takes, of which the calls to Azure are most, and a limit that is a
    setting."""
    named = {selector.name for _, t in targets() for selector in promql.selectors(t["expr"])}
    shown = {promql.exported()[str(name)].name for name in named}
    assert {metric.name for metric in METRICS} - shown == {
        "reconcile_duration_seconds",
        "watch_age_limit_seconds",
    }
