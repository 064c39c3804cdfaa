"""Texts that say the same have one form, and no two that say something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.model.spelling import anywhere, compact, kql, role

QUERY = "source\n| where User == 'a  b' // both\n| extend Path = @'c:\\'"


@pytest.mark.parametrize(
    "stored",
    [
        QUERY.replace("\n", "\r\n"),
        QUERY + "\n \n\n",
        QUERY.replace("\n|", "\n     |"),
        QUERY.replace("both\n", "both  \n\n"),
        QUERY.replace(" == ", "=="),
    ],
)
def test_white_space_between_words_means_nothing_in_kql(stored: str) -> None:
    assert kql(stored) == kql(QUERY)


@pytest.mark.parametrize(
    "other",
    [
        QUERY.replace("a  b", "a b"),
        QUERY.replace("both", "b oth"),
        QUERY.replace("// both\n", "// both "),
        QUERY.replace("User", "user"),
        QUERY.replace("extend Path", "extendPath"),
        QUERY.replace("c:\\", "c:\\ "),
    ],
)
def test_white_space_in_literals_and_comments_means_something(other: str) -> None:
    assert kql(other) != kql(QUERY)


@pytest.mark.parametrize(
    "text", ['"a \\" b"', "'a \\' b'", '@"a "" b"', "```a\n ' b```", "~~~ ~~~"]
)
def test_a_literal_ends_where_kql_ends_it(text: str) -> None:
    assert kql(f"print  {text}  , 1") == f"print{text},1"


@given(st.text())
def test_any_text_has_one_form_that_stays_as_it_is(text: str) -> None:
    assert kql(kql(text)) == kql(text)
    assert compact(compact(text)) == compact(text)
    assert anywhere(anywhere(text)) == anywhere(text)


ROLE = "/providers/Microsoft.Authorization/roleDefinitions/R"
SUBSCRIPTION = "/subscriptions/74c5f87b-c853-4d0f-8ec5-c8cc00ca8761"


def test_a_role_is_one_in_every_subscription() -> None:
    assert role(f"{SUBSCRIPTION}{ROLE}") == role(ROLE.lower()) == role("r")


@pytest.mark.parametrize(
    "other", [f"x{SUBSCRIPTION}{ROLE}", f"/else{ROLE}", f"{ROLE}2", f"{ROLE}/"]
)
def test_what_only_ends_like_a_role_is_another(other: str) -> None:
    assert role(other) != role(ROLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-05-18T00:00:00Z", "2026-05-18T00:00:00.1Z"),
        ("2026-05-18T00:00:00Z", "2026-05-18T00:00:00+01:00"),
        ("2026-05-18", "2026-05-19"),
        ("/Custom/a", "/custom/a"),
        ("Custom-Acme", "custom-acme"),
    ],
)
def test_other_times_and_other_names_stay_others(one: str, other: str) -> None:
    assert anywhere(one) != anywhere(other)
