"""YAML is read as JSON values with the line of each document, and written to be read by people."""

import pytest

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
