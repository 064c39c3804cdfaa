"""KQL as its checker sees it: questions, replies, and the port to it. Judges nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from controller.model.columns import canonical
from controller.model.spec import Column

Columns = Mapping[str, str]
"""Column name -> KQL type (string, int, long, real, bool, datetime, dynamic, guid)."""

OPEN: Columns = {}
"""The columns of a table that nobody knows: every name resolves, with an unknown type."""

UNKNOWN = "unknown"
"""The type of what comes from an open table."""


@dataclass(frozen=True, slots=True)
class Question:
    """One text, and the tables that it may name.

    `lenient`: a name that is none of them is taken for an open table and listed in the reply.
    """

    text: str
    tables: Mapping[str, Columns]
    lenient: bool = False


class Mistake(NamedTuple):
    """What the language service says against a text. `start` counts characters from 0."""

    code: str
    severity: str
    """Error, Warning or less"""
    start: int
    message: str


class Node(NamedTuple):
    """One node of the syntax tree, in the order of the text; `end` is exclusive."""

    kind: str
    start: int
    end: int
    word: str
    """the name that is called or declared, the operator's words, or the node's first word"""


@dataclass(frozen=True, slots=True)
class Reply:
    """`columns` is what the last statement gives, in order; empty when that is no table."""

    mistakes: tuple[Mistake, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    syntax: tuple[Node, ...] = ()
    unknown: tuple[str, ...] = ()
    """tables that the question did not know (only if lenient)"""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A text that could not be checked, and why, in words that end without a full stop."""

    why: str


class Kql(Protocol):
    """Kusto's own parser and type checker."""

    async def check(self, questions: Sequence[Question]) -> Sequence[Reply | Unchecked]:
        """One answer a question, in order; never raises for a text."""
        ...


@dataclass(frozen=True, slots=True)
class NoChecker:
    """`Kql` where there is none."""

    why: str = "no checker for KQL is installed"

    async def check(self, questions: Sequence[Question]) -> Sequence[Reply | Unchecked]:
        return [Unchecked(self.why) for _ in questions]


def kql_columns(columns: Sequence[Column]) -> Columns:
    """Columns of a spec with their types as KQL has them."""
    return {column.name: kql_type(column.type) for column in columns}


def kql_type(column_type: str) -> str:
    """ARM says `boolean` where KQL says `bool`; `uuid` is the old spelling of guid."""
    folded = canonical(column_type)
    return {"boolean": "bool", "uuid": "guid"}.get(folded, folded)


NO_CHECKER: Kql = NoChecker()
