"""Whether a rule of the chart would fire on what an operator shows: promtool evaluates it."""

import json
from pathlib import Path

import yaml

from controller.telemetry.table import PREFIX
from tests.telemetry.scrapes import Samples, promtool

RULES = Path(__file__).parents[2] / "charts/contoso-connector-operator/files/rules.yaml"
MINUTES = 10
"""how long each of the two scrapes lasts: longer than any rate of the rules looks back"""


def expression(alert: str) -> str:
    """What the alert asks, without how long it has to be so."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    rules = {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}
    return str(rules[alert])


def check(alert: str, before: Samples, after: Samples, folder: Path, *, fires: bool) -> None:
    """Fails the test with promtool's words unless the alert is as said after the second scrape."""
    asked = expression(alert)
    test = {
        "interval": "1m",
        "input_series": [
            {"series": f"{PREFIX}{name}{_labels(labels)}", "values": _values(before, after, key)}
            for key in after
            for name, labels in [key]
            if PREFIX + name in asked
        ],
        "promql_expr_test": [
            {
                "expr": f"vector(1) and on() ({asked})",
                "eval_time": f"{MINUTES + 1}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }
    path = folder / f"{alert}.yaml"
    path.write_text(json.dumps({"rule_files": [], "tests": [test]}), encoding="utf-8")
    promtool("test", "rules", str(path))


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    given = (*labels, ("job", "operator"), ("instance", "one"))
    return "{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in given) + "}"


def _values(before: Samples, after: Samples, key: tuple[str, tuple[tuple[str, str], ...]]) -> str:
    return f"{before.get(key, 0.0)}x{MINUTES - 1} {after[key]}x{MINUTES}"
