"""Placeholders are filled from readbacks, and nothing else in a text is touched."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.errors import SpecError
from controller.model.placeholders import NAMES, fill
from controller.model.resource import Refs, Unknown

REFS = Refs({name: f"<{name}>" for name in NAMES})
PLAIN = st.text().filter(lambda text: "$(" not in text)


def refusal(value: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        fill(value, REFS, "spec.definition.ui")
    return caught.value


@given(PLAIN)
def test_prose_without_a_placeholder_is_untouched(text: str) -> None:
    assert fill({"description": text}, REFS, "ui") == {"description": text}


@given(st.recursive(st.none() | st.booleans() | st.integers(), st.lists))
def test_what_is_no_text_is_untouched(value: object) -> None:
    assert fill(value, REFS, "ui") == value


@given(PLAIN, st.sampled_from(sorted(NAMES)), PLAIN)
def test_a_name_is_filled_wherever_it_stands(before: str, name: str, after: str) -> None:
    text = f"{before.rstrip('$')}$({name}){after}"
    filled = f"{before.rstrip('$')}<{name}>{after}"

    assert fill({"content": text}, REFS, "ui") == {"content": filled}


@given(st.sampled_from(sorted(NAMES)))
def test_a_doubled_dollar_is_a_literal(name: str) -> None:
    assert fill(f"see $$({name})", REFS, "ui") == f"see $({name})"


def test_another_root_is_text() -> None:
    assert fill("$(HOME) and $(Rule.id)", REFS, "ui") == "$(HOME) and $(Rule.id)"


def test_an_unknown_name_under_a_known_root_is_refused_with_its_path() -> None:
    refused = refusal({"instructionSteps": [{"title": "$(rule.immutableID)"}]})

    assert refused.field == "spec.definition.ui.instructionSteps[0].title"
    assert "$(rule.immutableId)" in refused.message


def test_a_text_that_misses_values_names_them_all() -> None:
    filled = fill("$(endpoint.logsIngestion)/$(rule.immutableId)/$(tenantId)", Refs(), "ui")

    assert filled == Unknown(frozenset({"endpoint.logsIngestion", "rule.immutableId", "tenantId"}))


def test_a_name_that_the_connector_has_not_is_refused() -> None:
    with pytest.raises(SpecError, match="has no value"):
        fill("$(endpoint.id)", REFS.also({"endpoint.id": None}), "ui")


@pytest.mark.parametrize(
    "text",
    [
        "[parameters('workspace')]",
        "[concat(parameters('workspace'), '/x')]",
        "[variables('a').b]",
        "[[parameters('dcrConfig').dataCollectionEndpoint]",
        "{{dataCollectionRuleImmutableId}}",
        "[{{dataCollectionRuleImmutableId}}",
        "<DCE_INGESTION_ENDPOINT>",
        "https://<DCE_ENDPOINT>/x",
        "<TENANT>",
    ],
)
def test_what_another_template_left_behind_is_refused_outside_markdown(text: str) -> None:
    assert refusal({"value": text}).field == "spec.definition.ui.value"
    assert fill({"content": text}, REFS, "ui") == {"content": text}


@pytest.mark.parametrize(
    "text",
    [
        "{{graphQueriesTableName}} | where isnotempty(Time)",
        "a < B and C > d",
        "['time']",
        "[1, 2]",
        "{0}/dataCollectionRules/{1}",
        "<svg width='1'></svg>",
        "[see the docs](https://example.org)",
    ],
)
def test_what_only_looks_like_it_is_text(text: str) -> None:
    assert fill({"value": text}, REFS, "ui") == {"value": text}
