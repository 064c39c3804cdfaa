"""The pages on Argo CD and Flux: legal YAML, and expressions that say what kstatus does."""

import re
from collections.abc import Iterator
from typing import Any

import cel
import pytest

from controller.model.connector import GROUP, KIND, VERSION
from tests.argocd.customization import Json, documents
from tests.argocd.states import STATES, State
from tests.generated import ROOT

PAGES = ("docs/argocd.md", "docs/flux.md")
KINDS = {
    "argoproj.io/v1alpha1": {"Application"},
    "kustomize.toolkit.fluxcd.io/v1": {"Kustomization"},
    f"{GROUP}/{VERSION}": {KIND},
}
ORDER = {"inProgress": "InProgress", "failed": "Failed", "current": "Current"}
"""Flux's own: the first expression that is true decides (kustomize-controller, docs/spec/v1)"""


def blocks(page: str) -> Iterator[Json]:
    """Every document in the YAML blocks of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from documents(block)


def expressions() -> Json:
    (checks,) = [
        body["spec"]["healthCheckExprs"]
        for body in blocks("docs/flux.md")
        if "healthCheckExprs" in body.get("spec", {})
    ]
    (check,) = checks
    found: Json = check
    return found


def flux(obj: Json) -> str:
    """How Flux reads the object with the page's expressions; none is true: in progress."""
    checks: dict[str, Any] = expressions()
    true = [reading for name, reading in ORDER.items() if cel.evaluate(checks[name], obj)]
    return true[0] if true else "InProgress"


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_an_object_of_a_known_kind(page: str) -> None:
    found = [(body["apiVersion"], body["kind"]) for body in blocks(page)]
    assert found
    assert [(version, kind) for version, kind in found if kind not in KINDS[version]] == []


def test_the_expressions_are_for_our_objects() -> None:
    check = expressions()
    assert (check["apiVersion"], check["kind"]) == (f"{GROUP}/{VERSION}", KIND)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_flux_reads_a_state_as_kstatus_does(state: State) -> None:
    assert flux(await state.reach()) == state.kstatus


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_failed_and_current_never_hold_at_the_same_time(state: State) -> None:
    obj, checks = await state.reach(), expressions()
    assert not (cel.evaluate(checks["failed"], obj) and cel.evaluate(checks["current"], obj))
