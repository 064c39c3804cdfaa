"""The chart's values and the operator's settings are the same list, read from either end."""

import json
import re

import pytest

from controller import config
from tests.chart.helm import EVERYTHING, container, rendered
from tests.chart.test_values import OTHER
from tests.generated import ROOT

SETTINGS = {
    value
    for name, value in vars(config).items()
    if name.isupper() and isinstance(value, str) and value.startswith("CONTOSO_")
}
FIXED = {config.NAMESPACE, config.POD, config.HEALTH_PORT}
"""what the chart knows by itself: the Pod's own names, and a port that nobody else sees"""
ROW = re.compile(r"^\| `(CONTOSO_\w+)` \| ([^|]*) \|[^|\n]*\|[^|\n]*\|", re.MULTILINE)
"""of the table with four columns"""


def documented() -> dict[str, list[str]]:
    """Setting -> values of the chart, as the page on operations has them."""
    rows = ROW.findall((ROOT / "docs" / "operations.md").read_text())
    return {setting: re.findall(r"`([\w.]+)`", cell) for setting, cell in rows}


DOCUMENTED = documented()
VALUES = {path: setting for setting, paths in DOCUMENTED.items() for path in paths}


def environment(values: tuple[str, ...]) -> dict[str, str]:
    """What the chart sets, as text: a reference to a field counts as what it is."""
    entries = container(rendered(values))["env"]
    return {entry["name"]: json.dumps(entry) for entry in entries}


def moved(path: str) -> set[str]:
    """The settings that another value of the chart changes."""
    among, other = OTHER[path]
    before, after = environment(among), environment((*among, f"{path}={other}"))
    return {name for name in SETTINGS if before.get(name) != after.get(name)}


def test_every_setting_of_the_operator_is_set_by_the_chart_or_left_at_its_default() -> None:
    assert set(environment(EVERYTHING)) & SETTINGS == SETTINGS - {config.NAMESPACES}


def test_the_page_on_operations_has_a_value_for_each_setting_that_is_not_fixed() -> None:
    assert set(DOCUMENTED) == SETTINGS
    assert {setting for setting, paths in DOCUMENTED.items() if not paths} == FIXED


@pytest.mark.parametrize("path", sorted(VALUES))
def test_a_value_changes_the_setting_that_the_page_has_it_for(path: str) -> None:
    assert moved(path) == {VALUES[path]}


@pytest.mark.parametrize("path", sorted(set(OTHER) - set(VALUES)))
def test_no_other_value_changes_a_setting(path: str) -> None:
    assert moved(path) == set()
