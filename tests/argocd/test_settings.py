"""What is given to Argo CD: its settings, and the Applications with their waves."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from controller.model import crd
from controller.model.status import Status
from tests import generated
from tests.argocd import configmap, lua
from tests.argocd.customization import ACTIONS, ARGOCD, FOLDER, Json, documents
from tests.chart.helm import helm
from tests.generated import ROOT
from tests.reconcile.fakes import NOW

SETTINGS = "manifests/argocd/argocd-cm.yaml"
KEY = "sentinel.contoso.com_ContosoConnector"
CHART = ROOT / "charts" / "contoso-connector-operator"
CASCADE = "resources-finalizer.argocd.argoproj.io"
WAVE = "argocd.argoproj.io/sync-wave"
WAVES = {"crd": "-2", "operator": "-1", "connectors": "0"}
NAMES = ("application", *(f"apps/{name}" for name in WAVES))


def setting(what: str) -> str:
    (config,) = documents((ROOT / SETTINGS).read_text(encoding="utf-8"))
    text: str = config["data"][f"resource.customizations.{what}"]
    return text


def application(name: str) -> Json:
    (found,) = documents((ARGOCD / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def test_the_settings_are_made_from_the_scripts() -> None:
    generated.assert_equal(SETTINGS, configmap.made())


def test_the_settings_hold_the_scripts_as_they_are() -> None:
    """Read as Argo CD reads them, YAML in YAML."""
    assert setting(f"health.{KEY}") == (FOLDER / "health.lua").read_text(encoding="utf-8")
    (actions,) = documents(setting(f"actions.{KEY}"))
    held = {entry["name"]: entry["action.lua"] for entry in actions["definitions"]}
    files = {name: (FOLDER / "actions" / name / "action.lua").read_text() for name in ACTIONS}
    assert held == files
    assert actions["discovery.lua"] == (FOLDER / "actions" / "discovery.lua").read_text()


def test_what_is_ignored_is_in_the_status() -> None:
    fields = crd.schema(Status)["properties"]
    (ignored,) = documents(setting(f"ignoreResourceUpdates.{KEY}"))
    assert list(ignored) == ["jsonPointers"]
    for pointer in ignored["jsonPointers"]:
        assert pointer.removeprefix("/status/") in fields


@pytest.mark.parametrize(
    ("status", "health"),
    [
        (None, {"status": "Progressing", "message": ""}),
        ({"health": {"status": "Healthy"}}, {"status": "Healthy", "message": ""}),
        (
            {"health": {"status": "Degraded", "message": "Broken."}},
            {"status": "Degraded", "message": "Broken."},
        ),
    ],
)
def test_an_application_below_another_has_its_own_health(status: Json | None, health: Json) -> None:
    assert lua.run(setting("health.argoproj.io_Application"), {"status": status}, NOW) == health


def test_the_crd_comes_before_the_operator_and_that_before_the_connectors() -> None:
    annotations = {name: application(f"apps/{name}")["metadata"]["annotations"] for name in WAVES}
    assert {name: held[WAVE] for name, held in annotations.items()} == WAVES


def test_deleting_all_leaves_the_crd() -> None:
    """Its Application goes without what it made: every connector would go with the CRD."""
    cascading = {name: application(name)["metadata"].get("finalizers") for name in NAMES}
    assert cascading.pop("apps/crd") is None
    assert application("apps/crd")["spec"]["syncPolicy"]["automated"]["prune"] is False
    assert set(map(str, cascading.values())) == {str([CASCADE])}


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_applied_by_the_server_and_no_difference_is_ignored(name: str) -> None:
    spec = application(name)["spec"]
    assert "ServerSideApply=true" in spec["syncPolicy"]["syncOptions"]
    assert "ignoreDifferences" not in spec


@pytest.mark.parametrize("name", ["application", "apps/crd", "apps/operator"])
def test_a_path_of_this_repository_is_there(name: str) -> None:
    assert (ROOT / application(name)["spec"]["source"]["path"]).is_dir()


def test_the_chart_takes_the_values() -> None:
    (schema,) = documents((CHART / "values.schema.json").read_text(encoding="utf-8"))
    (default,) = documents((CHART / "values.yaml").read_text(encoding="utf-8"))
    values: dict[str, Any] = application("apps/operator")["spec"]["source"]["helm"]["valuesObject"]
    merged = {
        key: {**default[key], **value} if isinstance(value, dict) else value
        for key, value in values.items()
    }
    Draft202012Validator(schema).validate({**default, **merged})
    assert set(values) <= set(default)
    assert merged["crds"]["install"] is False


def by_the_chart(tmp_path: Path) -> list[Json]:
    """What Argo CD makes of the operator's Application."""
    operator = application("apps/operator")
    values = tmp_path / "values.json"
    values.write_text(json.dumps(operator["spec"]["source"]["helm"]["valuesObject"]))
    where = ("--namespace", operator["spec"]["destination"]["namespace"], "--values", str(values))
    done = helm("template", operator["metadata"]["name"], str(CHART), *where)
    assert done.returncode == 0, done.stderr
    return list(documents(done.stdout))


def test_a_namespace_that_is_served_is_there_before_the_operator_and_stays(tmp_path: Path) -> None:
    own = application("apps/operator")["spec"]["destination"]["namespace"]
    used = {body["metadata"].get("namespace", own) for body in by_the_chart(tmp_path)}
    made = {body["metadata"]["name"]: body["metadata"]["annotations"] for body in namespaces()}
    assert set(made) == used - {own}
    for annotations in made.values():
        assert int(annotations[WAVE]) < int(WAVES["operator"])
        assert annotations["argocd.argoproj.io/sync-options"] == "Prune=false,Delete=false"


def namespaces() -> list[Json]:
    return list(documents((ARGOCD / "apps" / "namespaces.yaml").read_text(encoding="utf-8")))


def test_the_hook_of_the_chart_guards_the_deletion_of_the_operator_s_application(
    tmp_path: Path,
) -> None:
    """Argo CD takes Helm's pre-delete for its own PreDelete."""
    (hook,) = (body for body in by_the_chart(tmp_path) if body["kind"] == "Job")
    assert hook["metadata"]["annotations"]["helm.sh/hook"] == "pre-delete"
