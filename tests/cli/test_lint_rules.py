"""Each rule of the preflight is told by `lint` with file, place, field and remedy."""

import ast
import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from controller.cli.main import main
from tests.cli.lint_rules import ROWS, STANDARD, Row
from tests.generated import ROOT
from tests.kusto import needs_service
from tests.reconcile.preflight.connectors import verdict
from tests.reconcile.samples import derived

PREFLIGHT = ROOT / "controller/reconcile/preflight"
RULES = ("limits", "transforms", "card", "check")
Found = dict[str, Any]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Found]]:
    """What one `contosoctl lint` says of all the rows, each in a file of its own."""
    needs_service(os.environ)
    folder = tmp_path_factory.mktemp("rules")
    for name, row in ROWS.items():
        (folder / f"{name}.yaml").write_text(json.dumps(manifest(row), indent=1))
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert main(["lint", "-f", str(folder), "-o", "json"]) == 1
    told: dict[str, list[Found]] = {name: [] for name in ROWS}
    for finding in json.loads(printed.getvalue())["findings"]:
        told[Path(finding["file"]).stem].append(finding)
    return told


def manifest(row: Row) -> Found:
    return {
        "apiVersion": "sentinel.contoso.com/v1alpha1",
        "kind": "ContosoConnector",
        "metadata": {"name": "acme"},
        "spec": row.spec,
    }


@pytest.mark.parametrize("name", ROWS)
def test_a_rule_names_file_place_field_and_remedy(found: dict[str, list[Found]], name: str) -> None:
    row = ROWS[name]
    told = [each for each in found[name] if each["field"] == row.field]
    (finding,) = [each for each in told if row.remedy in each["message"]]

    assert finding["severity"] == row.severity
    assert finding["file"].endswith(f"{name}.yaml")
    assert finding["line"] > 1
    others = [each for each in found[name] if each["severity"] == "error" and each != finding]
    assert others == [], "another rule spoke first"


def test_the_one_rule_that_needs_azure_names_field_and_remedy() -> None:
    """`lint -f` says that it left the table's columns out."""
    flow = {**STANDARD["rule"]["flows"][0], "outputStream": "Custom-Others_CL"}
    rule = {**STANDARD["rule"], "flows": [flow]}
    (finding, *_) = verdict(derived(tables=[], rule=rule), {"Others_CL": None}).errors

    assert finding.field == "spec.rule.flows[0].outputStream"
    assert finding.message == (
        "Custom-Others_CL has no table: the workspace has no Others_CL: declare it in "
        "spec.tables, correct the name, or create it first"
    )


def test_no_rule_is_without_a_row(found: dict[str, list[Found]]) -> None:
    """What the sentences of the rules say stands in a finding: a new rule needs a new row."""
    told = " ".join(each["message"] for row in found.values() for each in row)
    silent = {
        phrase
        for module in RULES
        for phrase in phrases((PREFLIGHT / f"{module}.py").read_text())
        if phrase not in told
    }

    assert silent == {
        " has no table: the workspace has no ",
        ": declare it in spec.tables, correct the name, or create it first",
    }


def phrases(source: str) -> Iterator[str]:
    """The fixed parts of the sentences that a module's functions make, but of what is unchecked."""
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and function.name != "_unchecked":
            texts = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Expr)}
            for node in ast.walk(function):
                if isinstance(node, ast.Constant) and id(node) not in texts:
                    value = node.value
                    if isinstance(value, str) and len(value) > 9 and " " in value.strip():
                        yield value
