"""The rules for Prometheus: sound, tested both ways, about what is exported, and explained."""

from typing import Any

import pytest

from controller.cli import manifests
from tests.generated import ROOT
from tests.telemetry import promql
from tests.telemetry.scrapes import promtool

RULES = ROOT / "charts" / "contoso-connector-operator" / "files" / "rules.yaml"
TESTS = ROOT / "tests" / "telemetry" / "rules_test.yaml"


def loaded(text: str) -> dict[str, Any]:
    (document,) = manifests.load_all(text)
    return dict(document.value)


RULE = [rule for group in loaded(RULES.read_text())["groups"] for rule in group["rules"]]
each_rule = pytest.mark.parametrize("rule", RULE, ids=lambda rule: str(rule["alert"]))


def test_promtool_finds_nothing_wrong() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(RULES))


def test_each_alert_fires_by_its_cause_and_not_beside_it() -> None:
    assert "SUCCESS" in promtool("test", "rules", str(TESTS))


@each_rule
def test_each_alert_is_tested_both_ways(rule: dict[str, Any]) -> None:
    name, expected = rule["alert"], set()
    for group in loaded(TESTS.read_text())["tests"]:
        for case in group.get("alert_rule_test", ()):
            if case["alertname"] == name:
                expected.add(bool(case["exp_alerts"]))
        for case in group.get("promql_expr_test", ()):
            if f'alertname="{name}"' in case["expr"]:
                expected.add(bool(case["exp_samples"]))
    assert expected == {True, False}


@each_rule
def test_each_alert_is_about_what_is_exported(rule: dict[str, Any]) -> None:
    assert promql.selectors(rule["expr"]) != []
    assert promql.unknown(rule["expr"]) == []


@each_rule
def test_each_alert_is_explained(rule: dict[str, Any]) -> None:
    row = f"| `{rule['alert']}` |"
    assert row in (ROOT / "docs" / "metrics.md").read_text()
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description"}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("up == 0", "not ours"),
        ("rate(contoso_connector_reconciles[5m])", "not exported"),
        ("contoso_connector_reconcile_duration_seconds", "not exported"),
        ('contoso_connector_leader{lease="x"}', "no label lease"),
        ('contoso_connector_condition{reason=~"NoData|Silence"}', "no reason Silence"),
        ('contoso_connector_condition{type="Conected"}', "no type Conected"),
    ],
)
def test_an_expression_about_something_else_is_found_out(expression: str, said: str) -> None:
    (found,) = promql.unknown(expression)
    assert said in found


def test_the_expressions_in_the_document_are_about_what_is_exported() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text().partition("## What to ask")[2]
    asked = [row.split("| `")[1].rsplit("` |")[0] for row in page.splitlines() if "| `" in row]
    assert len(asked) > 5
    assert [said for expression in asked for said in promql.unknown(expression)] == []
