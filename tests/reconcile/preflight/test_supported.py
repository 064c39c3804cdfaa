"""The lists of what transforms may use agree with the page of facts that they come from."""

import re
from pathlib import Path

import pytest

from controller.reconcile.preflight import supported

PAGE = Path(__file__).parents[4] / "shared/azure/TRANSFORMS.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the page of facts is not here")


def section(heading: str) -> str:
    return PAGE.read_text().partition(f"## {heading}")[2].partition("\n## ")[0]


def names(text: str) -> set[str]:
    return {
        word.removesuffix("()") for span in re.findall(r"`([^`]+)`", text) for word in span.split()
    }


def row(group: str) -> set[str]:
    (line,) = [line for line in section("Supported").splitlines() if line.startswith(f"| {group}")]
    return names(line.split("|")[2])


@pytest.mark.parametrize(
    "group",
    ["bitwise", "conversion", "dynamic, arrays", "mathematics", "conditions", "strings", "types"],
)
def test_every_function_that_is_documented_is_taken(group: str) -> None:
    assert row(group)
    assert row(group) <= supported.FUNCTIONS


def test_every_date_function_is_taken() -> None:
    listed = row("date and time")
    whole = {f"{edge}{part}" for edge in ("startof", "endof") for part in ("day", "week", "year")}
    assert whole <= supported.FUNCTIONS
    assert listed - {"startof", "endof", "day", "week", "month", "year"} <= supported.FUNCTIONS


def test_every_operator_that_is_documented_is_taken() -> None:
    assert row("tabular operators") - {"columnifexists"} <= supported.OPERATORS | supported.SOURCES


def test_what_shipped_rules_use_is_never_refused() -> None:
    used = names(section("Not in the document").partition("|---|---|")[2])
    assert {"iff", "todynamic", "coalesce", "replace"} <= used
    assert used.isdisjoint(supported.REFUSED_FUNCTIONS)
    assert used.isdisjoint(supported.REFUSED_OPERATORS)


def test_everything_that_the_page_refuses_is_refused() -> None:
    refused = names(section("Not supported").partition("(KQLDOC")[0])
    assert len(refused) > 30
    assert refused <= supported.REFUSED_OPERATORS | set(supported.REFUSED_FUNCTIONS)


def test_nothing_is_both_taken_and_refused() -> None:
    taken = supported.OPERATORS | supported.SOURCES | supported.FUNCTIONS | supported.SHIPPED
    refused = supported.REFUSED_OPERATORS | set(supported.REFUSED_FUNCTIONS)
    assert taken.isdisjoint(refused | set(supported.DOUBTFUL))
