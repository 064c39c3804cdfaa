"""`contosoctl lint`: each finding at its line and column, exit codes, what was left out."""

import json
import os
from pathlib import Path

import pytest

from controller.cli.main import main
from controller.kql import checker
from tests.generated import ROOT
from tests.kusto import needs_service

MANIFEST = """\
apiVersion: sentinel.contoso.com/v1alpha1
kind: ContosoConnector
metadata: {name: acme}
spec:
  workspace:
    subscriptionId: 74c5f87b-c853-4d0f-8ec5-c8cc00ca8761
    resourceGroup: soc
    name: ws
  tables:
    - name: Logins_CL
      columns:
        - {name: User, type: string}
        - {name: id, type: string}
  rule:
    streams:
      - name: Custom-Logins
        columns: [{name: user, type: string}]
    flows:
      - stream: Custom-Logins
        table: Logins_CL
        transformKql: |
          source
          | extend TimeGenerated = now(),
                   User = usr
  application:
    existing:
      appId: fd63552b-4f92-42d8-8333-69006c44b4d9
      servicePrincipalId: c87ef7c8-81f7-49ac-a2c1-128e67e0122b
"""
RESERVED = (
    "13:18: error: spec.tables[0].columns[1].name: id is a column of Azure's own: "
    "choose another name"
)


def lint(tmp_path: Path, text: str, *more: str) -> int:
    file = tmp_path / "acme.yaml"
    file.write_text(text)
    return main(["lint", "-f", str(file), *more])


def lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> list[str]:
    return [
        line.removeprefix(f"{tmp_path}/acme.yaml:") for line in capsys.readouterr().out.splitlines()
    ]


def test_a_finding_has_file_line_column_field_and_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs_service(os.environ)
    assert lint(tmp_path, MANIFEST) == 1
    assert lines(capsys, tmp_path) == [
        RESERVED,
        "24:27: error: spec.rule.flows[0].transformKql: usr is no column here: write user, which "
        "the stream declares",
    ]


def test_without_the_language_service_the_rest_is_told_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checker.Checker.__init__, "__defaults__", (tmp_path,))
    assert lint(tmp_path, MANIFEST) == 1
    found, unchecked = lines(capsys, tmp_path)
    assert found == RESERVED
    assert unchecked == (
        f" KQL was not checked: bridge.min.js is not in {tmp_path}: run `make kql`."
    )


def test_a_field_that_the_schema_refuses_has_its_place_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bent = MANIFEST.replace("name: id, type: string", "name: aid, type: text")
    assert lint(tmp_path, bent) == 1
    (found,) = lines(capsys, tmp_path)
    assert found.startswith("13:29: error: spec.tables[0].columns[1].type: ")


def test_a_contradiction_of_derived_values_has_its_place_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = MANIFEST + "  definition:\n    ui:\n      id: other\n"
    assert lint(tmp_path, text) == 1
    (found,) = lines(capsys, tmp_path)
    assert found.startswith("31:11: error: spec.definition.ui.id: is 'other', the definition's")


def test_json_is_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint(tmp_path, MANIFEST, "-o", "json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["findings"][0] == {
        "file": f"{tmp_path}/acme.yaml",
        "line": 13,
        "column": 18,
        "severity": "error",
        "field": "spec.tables[0].columns[1].name",
        "message": "id is a column of Azure's own: choose another name",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1\n", "line 2"),
        ("kind: ConfigMap\napiVersion: v1\n", "No ContosoConnector in"),
    ],
)
def test_a_file_without_a_connector_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert lint(tmp_path, text) == 1
    assert said in capsys.readouterr().err


def test_the_samples_have_no_error_and_one_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """The Deploy button, kept from the walk-through, would make everything a second time."""
    needs_service(os.environ)
    assert main(["lint", "-f", str(ROOT / "manifests")]) == 0
    warning, unchecked = capsys.readouterr().out.splitlines()
    assert "contoso-security-alerts.yaml:" in warning
    assert ": warning: spec.definition.ui.instructionSteps[0]." in warning
    assert "would make a second application, endpoint and rule" in warning
    assert "Columns of CommonSecurityLog were not compared" in unchecked
