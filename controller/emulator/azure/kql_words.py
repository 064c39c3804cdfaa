"""The words of a KQL text, without its grammar: tokens, and names that differ only in case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

_PATTERN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
    |(?P<string>(?:[hH]?@'(?:[^']|'')*')|(?:[hH]?@"(?:[^"]|"")*")
        |[hH]?'(?:[^'\\\n]|\\.)*'|[hH]?"(?:[^"\\\n]|\\.)*"|```.*?```)
    |(?P<name>(?:project|mv|make|parse|graph|top)-[a-z]+(?:-[a-z]+)*\b|[A-Za-z_]\w*)
    |(?P<number>\d[\w.]*)
    |(?P<mark>==|=~|=>|!=|!~|<=|>=|<>|<\||\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset(
    {"and", "or", "in", "has", "contains", "between", "by", "asc", "desc", "with", "kind", "on"}
)


@dataclass(frozen=True)
class Token:
    kind: Literal["name", "quoted", "string", "number", "mark"]
    text: str


def case_clash(names: Iterable[str]) -> tuple[str, str] | None:
    """Two names that differ only in case: apart in Kusto, one in DuckDB."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            return first, name
    return None


def tokens(text: str) -> list[Token]:
    """The words of a KQL text without blanks and comments; `['a name']` is one quoted name."""
    return list(_joined(list(_scan(text))))


def with_next(words: Sequence[Token]) -> list[tuple[Token, Token]]:
    """Each word with the one after it; after the last one comes an empty mark."""
    return list(pairwise([*words, Token("mark", "")]))


def _scan(text: str) -> Iterator[Token]:
    for match in _PATTERN.finditer(text):
        kind = match.lastgroup
        if kind == "name":
            yield Token("name", match[0])
        elif kind == "string":
            yield Token("string", match[0])
        elif kind == "number":
            yield Token("number", match[0])
        elif kind == "mark":
            yield Token("mark", match[0])


def _joined(raw: list[Token]) -> Iterator[Token]:
    position = 0
    while position < len(raw):
        token = raw[position]
        if _opens_quoted_name(raw, position):
            yield Token("quoted", raw[position + 1].text[1:-1])
            position += 3
            continue
        yield token
        position += 1


def _opens_quoted_name(raw: list[Token], position: int) -> bool:
    """True at `['x']` unless it follows a value: there it is an index into a dynamic."""
    window = raw[position : position + 3]
    if [t.text for t in window[::2]] != ["[", "]"] or window[1].kind != "string":
        return False
    before = raw[position - 1] if position else None
    if before is None or before.text in _KEYWORDS:
        return True
    follows_operator = position > 1 and raw[position - 2].text == "|"
    return follows_operator or not (before.kind == "name" or before.text in ("]", ")"))


def miscased(words: Sequence[Token], known: Iterable[str]) -> str | None:
    """A name that exists, but in another casing (DuckDB would take it, Kusto does not)."""
    exact = set(known)
    folded = {name.casefold() for name in exact}
    pairs = with_next(words)
    exact |= {word.text for word, after in pairs if after.text in ("=", ":")}
    before = ""
    for word, after in pairs:
        is_column = word.kind == "quoted" or (
            word.kind == "name"
            and before not in (".", "|", ":")
            and after.text != "("
            and word.text not in _KEYWORDS
        )
        if is_column and word.text not in exact and word.text.casefold() in folded:
            return word.text
        before = word.text
    return None
