"""What a `transformKql` may contain, as data, and the check of its words against it.

It decides nothing about types or columns: `logs` runs the transform for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from controller.emulator.azure.kql_words import Token, tokens, with_next

MAX_CHARACTERS = 15_360
MAX_PARSED_COLUMNS = 10

REFUSED_OPERATORS = frozenset(
    {
        *("as", "consume", "count", "distinct", "evaluate", "externaldata", "facet", "find"),
        *("fork", "getschema", "graph-match", "invoke", "join", "limit", "lookup", "macro-expand"),
        *("make-graph", "make-series", "mv-apply", "mv-expand", "order", "parse-kv"),
        *("parse-where", "partition", "project-keep", "project-reorder", "range", "reduce"),
        *("render", "sample", "sample-distinct", "scan", "search", "serialize", "sort"),
        *("summarize", "take", "top", "top-hitters", "top-nested", "union"),
    }
)
"""Operators that look at several rows or another source, or that the service leaves out
(Azure Monitor, "Supported KQL features in transformations": not listed means not supported)."""
REFUSED_FUNCTIONS = frozenset(
    {"column_ifexists", "ingestion_time", "workspace", "table", "cluster", "database", "app"}
)
_SOURCES = frozenset({"source", "print", "datatable"})
_SOURCE_OPERATORS = frozenset({"externaldata", "find", "range", "search", "union"})
_ALTERNATIVES = {"column_ifexists": "write columnifexists()"}


def refused(transform: str) -> str | None:
    """Why the service refuses these words, one sentence; None if it does not."""
    if len(transform) > MAX_CHARACTERS:
        return (
            f"the transform has {len(transform)} characters, at most {MAX_CHARACTERS} are allowed"
        )
    words = tokens(transform)
    return (
        _refused_operator(words)
        or _refused_function(words)
        or _refused_source(words)
        or _dynamic_literal(words)
        or _parsed_too_much(words)
    )


def _refused_operator(words: Sequence[Token]) -> str | None:
    before = "|"
    for word, after in with_next(words):
        starts = before in ("|", ";") and word.text in REFUSED_OPERATORS
        reads = (
            before in ("=", "(")
            and word.text in _SOURCE_OPERATORS
            and (after.kind == "name" or after.text == "(")
        )
        if word.kind == "name" and (starts or reads):
            return (
                f"the operator '{word.text}' is not supported in a transform: "
                "each record is looked at alone"
            )
        before = word.text
    return None


def _refused_function(words: Sequence[Token]) -> str | None:
    for word, after in pairwise(words):
        if word.kind == "name" and word.text in REFUSED_FUNCTIONS and after.text == "(":
            advice = _ALTERNATIVES.get(word.text, "leave it out")
            return f"the function {word.text}() is not supported in a transform: {advice}"
    return None


def _refused_source(words: Sequence[Token]) -> str | None:
    """A statement begins with a `let` or reads `source`, `print`, `datatable` or a `let` name."""
    if not words:
        return "the transform is empty: write 'source'"
    named = {name.text for let, name in pairwise(words) if let.text == "let"}
    heads = [words[0]] + [head for mark, head in pairwise(words) if mark.text == ";"]
    for head in heads:
        if head.text not in _SOURCES | named | {"let", "("}:
            return f"'{head.text}' is no source of a transform: start with 'source'"
    return None


def _dynamic_literal(words: Sequence[Token]) -> str | None:
    text = [word.text for word in words]
    if any(text[i : i + 3] == ["dynamic", "(", "{"] for i in range(len(text))):
        return "dynamic({...}) literals are not supported in a transform: use parse_json('{...}')"
    return None


def _parsed_too_much(words: Sequence[Token]) -> str | None:
    """One `parse` statement makes at most ten columns."""
    made: int | None = None
    before = Token("mark", "")
    for word in words:
        if word.text in ("|", ";"):
            made = None
        elif word.text == "with" and made is None:
            made = 0
        elif made is not None and word.kind in ("name", "quoted") and before.text != ":":
            made += 1
        if made is not None and made > MAX_PARSED_COLUMNS:
            return (
                f"a parse statement makes more than {MAX_PARSED_COLUMNS} columns: "
                "split it into several"
            )
        before = word
    return None
