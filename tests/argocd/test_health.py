"""The health script over every state of an object, and in every order of its conditions."""

import itertools
from typing import Any

import pytest
import yaml

from tests import generated
from tests.argocd import lua
from tests.argocd.customization import FOLDER, Json, health, read
from tests.argocd.states import SHIPPED, STATES, State
from tests.generated import ROOT
from tests.reconcile import kstatus
from tests.reconcile.fakes import NOW

EACH = pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
AGREEING = {
    "Failed": {"Degraded"},
    "InProgress": {"Progressing", "Suspended"},
    "Current": {"Healthy", "Suspended"},
}
"""Suspended is a word that kstatus lacks: a person's turn, whatever is ready"""
CASES: list[dict[str, Any]] = read("health_test.yaml")["tests"]


@EACH
async def test_a_state_has_the_health_of_its_row(state: State) -> None:
    assert health(await state.reach())["status"] == state.health


@EACH
async def test_argo_cd_and_kstatus_agree(state: State) -> None:
    obj = await state.reach()
    reading = kstatus.reading(obj["status"], generation=obj["metadata"]["generation"])
    assert reading == state.kstatus
    assert state.health in AGREEING[reading]


@EACH
async def test_the_order_of_the_conditions_does_not_count(state: State) -> None:
    obj = await state.reach()
    told = {
        tuple(sorted(health({**obj, "status": {**obj["status"], "conditions": order}}).items()))
        for order in itertools.permutations(obj["status"]["conditions"])
    }
    assert len(told) == 1


@EACH
async def test_a_message_is_never_empty(state: State) -> None:
    assert health(await state.reach())["message"]


async def test_what_fails_says_why_in_the_words_of_the_status() -> None:
    (denied,) = [state for state in STATES if state.name == "denied"]
    obj = await denied.reach()
    (stalled,) = [c for c in obj["status"]["conditions"] if c["type"] == "Stalled"]
    assert health(obj)["message"] == f"{stalled['reason']}: {stalled['message']}"


@pytest.mark.parametrize("status", [None, {}, {"observedGeneration": 1}])
def test_an_object_without_conditions_is_in_progress(status: Json | None) -> None:
    """From a CRD without the default, or from another operator."""
    obj: Json = {"metadata": {"generation": 1}, "spec": {}}
    assert health({**obj, "status": status})["status"] == "Progressing"


@pytest.mark.parametrize("state", SHIPPED, ids=lambda state: state.name)
async def test_the_test_data_are_what_the_loop_makes(state: State) -> None:
    made = yaml.safe_dump(await state.reach(), width=100, allow_unicode=True)
    generated.assert_equal(f"{FOLDER.relative_to(ROOT)}/testdata/{state.name}.yaml", made)


async def test_upstream_s_test_names_each_of_them() -> None:
    tests = [
        {
            "healthStatus": {**health(await state.reach()), "status": state.health},
            "inputPath": f"testdata/{state.name}.yaml",
        }
        for state in SHIPPED
    ]
    made = yaml.safe_dump({"tests": tests}, width=100, allow_unicode=True)
    generated.assert_equal(f"{FOLDER.relative_to(ROOT)}/health_test.yaml", made)


def test_no_test_data_lie_about() -> None:
    files = {f"testdata/{path.name}" for path in (FOLDER / "testdata").iterdir()}
    assert files == {case["inputPath"] for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["inputPath"]))
def test_upstream_s_test_passes(case: Json) -> None:
    assert health(read(case["inputPath"])) == case["healthStatus"]


@pytest.mark.parametrize(
    "line",
    [
        'return string.len("a")',
        "return math.floor(1.5)",
        'return ("a"):upper()',
        "return os.time()",
        'return require("io")',
        'return require("os").date("%S")',
    ],
)
def test_the_runtime_gives_no_more_than_argo_cd_does(line: str) -> None:
    with pytest.raises((lua.LuaError, KeyError)):
        lua.run(line, {}, NOW)
