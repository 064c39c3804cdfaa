"""A value that Azure's OpenAPI descriptions call an enum compares without case, in every kind."""

import pytest

from controller.kinds import KINDS
from controller.model.resource import Kind
from controller.reconcile.patterns import Node, compiled
from tests.emulator.azure.openapi import SPECS
from tests.kinds.enums import enum_paths

NAMES = ("/streams/*", "/agentSettings/logs/*/name")
"""case counts in names, though some of them are listed too (DESIGN 4)"""


@pytest.mark.skipif(not SPECS.is_dir(), reason="the OpenAPI descriptions are not beside this tree")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_the_case_of_an_enum_is_no_drift(kind: Kind) -> None:
    found = [path for path in sorted(enum_paths(kind)) if not path.endswith(NAMES)]
    counts = [path for path in found if not _is_caseless(compiled(kind.rules), path)]

    assert counts == []


def test_the_descriptions_have_enums_of_most_kinds() -> None:
    if SPECS.is_dir():
        assert sum(1 for kind in KINDS if enum_paths(kind)) >= 6


def _is_caseless(node: Node, path: str) -> bool:
    for part in path.split("/")[1:]:
        node = node.below(part)
        if node.read_only:
            return True
    return node.form is not None and node.form("Aa") == node.form("aA")
