"""The actions: what Argo CD offers, and what each leaves of the object."""

from copy import deepcopy
from pathlib import Path

import pytest
import yaml

from controller.model.connector import RECONCILE_REQUESTED
from tests import generated
from tests.argocd.customization import ACTIONS, FOLDER, Json, acted, discovered, read
from tests.argocd.states import SHIPPED, connected, silent_source
from tests.generated import ROOT
from tests.reconcile.scene import ready

TESTS = read("actions/action_test.yaml")
IN_FOLDER = "actions/"
EACH_ACTION = pytest.mark.parametrize(
    "case", TESTS["actionTests"], ids=lambda case: str(case["action"])
)


@pytest.mark.parametrize("case", TESTS["discoveryTests"], ids=lambda case: str(case["inputPath"]))
def test_upstream_s_test_of_what_is_offered_passes(case: Json) -> None:
    by_name = sorted(case["result"], key=lambda action: str(action["name"]))
    assert discovered(read(IN_FOLDER + case["inputPath"])) == by_name


@EACH_ACTION
async def test_the_test_data_are_what_the_actions_make(case: Json) -> None:
    (state,) = [state for state in SHIPPED if state.name == Path(case["inputPath"]).stem]
    made = acted(case["action"], await state.reach())
    path = (FOLDER / "actions" / case["expectedOutputPath"]).relative_to(ROOT)
    generated.assert_equal(str(path), yaml.safe_dump(made, width=100, allow_unicode=True))


@EACH_ACTION
def test_upstream_s_test_of_an_action_passes(case: Json) -> None:
    made = acted(case["action"], read(IN_FOLDER + case["inputPath"]))
    assert made == read(IN_FOLDER + case["expectedOutputPath"])


def test_every_action_is_offered_defined_and_tested() -> None:
    offered = {action["name"] for action in discovered({"spec": {}})}
    defined = {path.parent.name for path in FOLDER.glob("actions/*/action.lua")}
    tested = {case["action"] for case in TESTS["actionTests"]}
    assert offered == defined == tested == set(ACTIONS)


async def test_suspending_changes_nothing_but_the_one_field() -> None:
    obj = await connected()
    wanted = deepcopy(obj)
    wanted["spec"]["suspend"] = True
    assert acted("suspend", obj) == wanted


async def test_resuming_leaves_no_trace_of_the_suspension() -> None:
    obj = await connected()
    assert acted("resume", acted("suspend", obj)) == obj


async def test_empty_values_of_the_object_survive_an_action() -> None:
    """Lua does not tell an empty list from an empty mapping; Argo CD puts that right."""
    obj = await connected()
    obj["spec"]["tables"], obj["spec"]["definition"] = [], {"ui": {}}
    assert acted("resume", obj) == obj


async def test_a_request_is_followed_by_a_walk_and_handled() -> None:
    """The annotation that the action writes is the one that the operator looks at."""
    scene = await ready()
    await scene.run()
    obj = acted("reconcile", await silent_source())
    scene.annotate(**obj["metadata"]["annotations"])
    await scene.run()
    assert scene.azure.arm.calls != []
    asked = obj["metadata"]["annotations"][RECONCILE_REQUESTED]
    assert scene.held.status["lastHandledReconcileAt"] == asked == "2026-11-24T12:00:00Z"


async def test_a_request_keeps_other_annotations() -> None:
    obj = await connected()
    obj["metadata"]["annotations"] = {"team": "soc"}
    assert acted("reconcile", obj)["metadata"]["annotations"]["team"] == "soc"
