"""YAML is read as JSON values with the line of each document, and written to be read by people."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.cli.manifests import Unreadable, dump, load_all


def test_each_document_knows_its_line() -> None:
    text = "# a comment\na: 1\n---\n---\n\nb: 2\n"
    documents = load_all(text)
    assert [(document.line, document.value) for document in documents] == [
        (2, {"a": 1}),
        (6, {"b": 2}),
    ]


def test_a_date_stays_the_text_that_it_is() -> None:
    """JSON has no dates, and the API server gets JSON."""
    (document,) = load_all("version: 2026-11-24\n")
    assert document.value == {"version": "2026-11-24"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: a is given twice"),
        ("a:\n  ? [1, 2]\n  : x\n", "line 2: a key is text, not a list or an object"),
        ("- a\n", "line 1: a manifest is an object, this is ['a']"),
        ("a: [1\n", "line 2"),
        ("a: !!python/object:os.system x\n", "could not determine a constructor"),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        load_all(text)
    assert said in str(refused.value)


def test_what_is_written_reads_the_same() -> None:
    document = {"b": ["x", {"a": None}], "a": "two\nlines\n", "n": 1.5, "t": True, "s": "true"}
    text = dump(document)
    assert load_all(text)[0].value == document
    assert "a: |\n  two\n  lines\n" in text
    assert text.startswith("b:")


TEXT = """\
# a comment
spec:
  list:
    - {a: 1, "b": two}
    - |-  # a header
      first
        second x

      third
    - >-
      folded
      words y

      z
    - 'it''s one
      more w'
    - "tab\\t\\"q\\" \\u00e4v"
    - plain words
      go on u
  empty: {}
"""


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("spec", (2, 1)),
        ("spec.list", (3, 3)),
        ("spec.list[0]", (4, 7)),
        ("spec.list[0].a", (4, 11)),
        ("spec.list[0].b", (4, 19)),
        ("spec.list[1]", (5, 7)),
        ("spec.list[0].nope.deeper", (4, 7)),
        ("spec.list[9].a", (3, 3)),
        ("spec.empty.nope", (20, 3)),
        ("nope", (2, 1)),
    ],
)
def test_a_field_has_its_line_and_column_or_those_of_what_is_there(
    field: str, place: tuple[int, int]
) -> None:
    (document,) = load_all(TEXT)
    assert document.place(field) == place


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("spec.list[1]", "first"),
        ("spec.list[1]", "second"),
        ("spec.list[1]", "x"),
        ("spec.list[1]", "third"),
        ("spec.list[2]", "folded"),
        ("spec.list[2]", "y"),
        ("spec.list[2]", "z"),
        ("spec.list[3]", "one"),
        ("spec.list[3]", "w"),
        ("spec.list[4]", "v"),
        ("spec.list[5]", "go"),
        ("spec.list[5]", "u"),
    ],
)
def test_a_place_in_a_text_is_found_in_the_file_however_it_is_written(
    field: str, word: str
) -> None:
    (document,) = load_all(TEXT)
    value = document.value["spec"]["list"][int(field[-2])]
    before = value[: re.search(rf"\b{word}\b|{word}$", value).start()]  # type: ignore[union-attr]
    at = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    line, column = document.place(field, at)
    assert TEXT.splitlines()[line - 1][column - 1 :].startswith(word)


def test_a_place_after_the_last_word_is_behind_it() -> None:
    (document,) = load_all("a: |\n  source |\n")
    assert document.place("a", (1, 9)) == (2, 11)


@given(text=st.text(alphabet="ab'\"\\: #|\n", min_size=1))
def test_every_character_is_found_in_what_is_dumped(text: str) -> None:
    """A law over all the ways in which YAML writes a text."""
    dumped = dump({"a": text})
    (document,) = load_all(dumped)
    for place, char in enumerate(text):
        if char in "ab#|:":
            before = text[:place]
            at = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
            line, column = document.place("a", at)
            assert dumped.splitlines()[line - 1][column - 1] == char
