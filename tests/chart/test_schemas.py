"""What the chart makes is what Kubernetes takes, in every version from 1.28 on."""

import json
from pathlib import Path

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from tests.chart.helm import CHART, EVERYTHING, WAYS, Json, documents, helm, text
from tests.chart.test_values import OTHER

OLDEST = (1, 28)
NOT_OF_KUBERNETES = {"CiliumNetworkPolicy", "ServiceMonitor", "PodMonitor", "PrometheusRule"}
"""kinds without a schema there"""


def versions() -> list[str]:
    """Those that kubernetes-validate has schemas for, strict ones."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
    found = {tuple(map(int, path.name[1:].split(".")[:2])) for path in folder.glob("*-strict")}
    return [".".join(map(str, version)) for version in sorted(found) if version >= OLDEST]


def test_no_version_in_between_is_left_out() -> None:
    minors = [int(version.partition(".")[2]) for version in versions()]
    assert minors == list(range(OLDEST[1], minors[-1] + 1))
    assert minors[-1] >= 37


def manifests() -> list[Json]:
    """Everything that the chart makes, in all ways, each once."""
    made = {json.dumps(each): each for values in WAYS.values() for each in documents(values)}
    return [each for each in made.values() if each["kind"] not in NOT_OF_KUBERNETES]


@pytest.mark.parametrize("version", versions())
def test_kubernetes_takes_every_manifest(version: str) -> None:
    for document in manifests():
        kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("paths", [sorted(OTHER)[start::8] for start in range(8)], ids=" ".join)
def test_kubernetes_takes_what_other_values_together_make(paths: list[str]) -> None:
    """Every eighth on top of all the rest; without the CRD, which is slow and always the same."""
    changed = [f"{path}={OTHER[path][1]}" for path in paths]
    fixed = ("networkPolicy.hosts={arm.example.com}", "crds.install=false")
    for document in documents((*EVERYTHING, *changed, *fixed)):
        if document["kind"] not in NOT_OF_KUBERNETES:
            kubernetes_validate.validate(document, versions()[-1], strict=True)


def test_a_misspelt_field_would_be_found() -> None:
    (deployment,) = (each for each in documents(EVERYTHING) if each["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["contaners"] = []
    with pytest.raises(kubernetes_validate.ValidationError, match="contaners"):
        kubernetes_validate.validate(deployment, versions()[0], strict=True)


def test_the_chart_can_be_packed_and_renders_the_same(tmp_path: Path) -> None:
    """Nothing that a template reads is ignored by .helmignore."""
    packed = helm("package", str(CHART), "--destination", str(tmp_path))
    assert packed.returncode == 0, packed.stderr
    (archive,) = tmp_path.glob("*.tgz")
    again = helm("template", "release", str(archive), "-n", "operators", values=EVERYTHING)
    assert again.stdout == text(EVERYTHING)


def test_the_schema_of_the_values_is_a_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert schema["$schema"] == "https://json-schema.org/draft-07/schema#"
