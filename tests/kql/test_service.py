"""What Kusto's language service says of a text: mistakes, columns, syntax, unknown tables."""

import os

import pytest

from controller.model.kql import OPEN, UNKNOWN, Question, Reply
from tests.kusto import Here, needs_service

SOURCE = {"ts": "string", "n": "int", "d": "dynamic", "it's-a": "long", "Url": "string"}


@pytest.fixture(autouse=True)
def service() -> None:
    needs_service(os.environ)


def answer(text: str, *, lenient: bool = False) -> Reply:
    return Here().answer(Question(text, {"source": SOURCE, "Open": OPEN}, lenient))


def codes(reply: Reply) -> list[str]:
    return [mistake.code for mistake in reply.mistakes]


def test_the_columns_of_the_result_have_their_types() -> None:
    reply = answer("source | project A = todatetime(ts), B = n + 1, ['it\\'s-a'], d.x")
    assert reply.columns == (
        ("A", "datetime"),
        ("B", "long"),
        ("it's-a", "long"),
        ("d_x", "dynamic"),
    )


def test_names_are_case_sensitive() -> None:
    assert codes(answer("source | where url == ''")) == ["KS142"]


@pytest.mark.parametrize("name", ["parse_cef_dictionary", "geo_location"])
def test_the_functions_that_only_transforms_have_are_known(name: str) -> None:
    reply = answer(f"source | project A = {name}(ts).B")
    assert (codes(reply), reply.columns) == ([], (("A", "dynamic"),))


def test_an_open_table_has_every_column_and_no_type() -> None:
    reply = answer("Open | where A == 1 | project A")
    assert (codes(reply), reply.columns) == ([], (("A", UNKNOWN),))


def test_a_lenient_question_takes_unknown_tables_for_open_ones_and_names_them() -> None:
    text = "union isfuzzy=true (X_CL | where A == 1), (['Y-1'] | take 1), (source | take 1)"
    reply = answer(text, lenient=True)
    assert (codes(reply), sorted(reply.unknown)) == ([], ["X_CL", "Y-1"])


@pytest.mark.parametrize("text", ["X_CL", "let a = 1; X_CL", "source | join (X_CL) on n"])
def test_a_name_that_stands_alone_may_be_a_table_too(text: str) -> None:
    reply = answer(text, lenient=True)
    assert (codes(reply), reply.unknown) == ([], ("X_CL",))


def test_a_strict_question_does_not() -> None:
    reply = answer("X_CL | take 1")
    assert (codes(reply), reply.unknown) == (["KS204"], ())


def test_a_place_counts_characters_as_python_does() -> None:
    text = "source | where ts == '😀' and Nope == 1"
    (mistake,) = answer(text).mistakes
    assert text[mistake.start :].startswith("Nope")


def test_the_syntax_names_operators_functions_and_comparisons_where_they_stand() -> None:
    text = "source | as X | where ts !has_cs 'a' | extend Y = strlen(ts)"
    words = {(node.kind, node.word, text[node.start : node.end]) for node in answer(text).syntax}
    assert words >= {
        ("AsOperator", "as", "as X"),
        ("FilterOperator", "where", "where ts !has_cs 'a'"),
        ("NotHasCsExpression", "!has_cs", "ts !has_cs 'a'"),
        ("FunctionCallExpression", "strlen", "strlen(ts)"),
        ("NameDeclaration", "Y", "Y"),
    }
