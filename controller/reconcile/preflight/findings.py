"""What the preflight says: findings with field, sentence and place. Decides no rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error is what Azure refuses, or what sends a whole flow nowhere: it stops every write."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: the field's path in the object, and a sentence with the remedy.

    `line` and `column` are in the field's own text, from 1; None: the field as a whole.
    """

    severity: Severity
    field: str
    message: str
    line: int | None = None
    column: int | None = None

    @property
    def sentence(self) -> str:
        """The message with its place in the field's text."""
        at = f"line {self.line}, column {self.column}: " if self.line is not None else ""
        return f"{at}{self.message}"

    def __str__(self) -> str:
        return f"{self.field}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings in the order of the object's parts, and what nobody could check."""

    findings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()
    """sentences"""

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.severity is Severity.WARNING)


def error(field: str, message: str) -> Finding:
    return Finding(Severity.ERROR, field, message)


def warning(field: str, message: str) -> Finding:
    return Finding(Severity.WARNING, field, message)


def in_text(severity: Severity, field: str, message: str, *, text: str, start: int) -> Finding:
    """A finding at a character of the field's text; `start` counts from 0."""
    before = text[:start]
    line = before.count("\n") + 1
    return Finding(severity, field, message, line, start - (before.rfind("\n") + 1) + 1)


def sentences(findings: Iterable[Finding]) -> str:
    """The first finding without its field, and how many more there are."""
    first, *rest = findings
    return f"{first.sentence}{f' (and {len(rest)} more)' if rest else ''}"
