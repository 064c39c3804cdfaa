"""What Log Analytics answers to a query that it refuses: codes, sentences, envelope.

It decides nothing about what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


class QueryError(Exception):
    """A query or an ingestion that Log Analytics refuses: its code, sentence and inner causes.

    `inner` goes from the outer to the innermost cause, each (code, message).
    """

    def __init__(self, code: str, message: str, inner: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(" ".join([message, *(text for _, text in inner)]))
        self.code = code
        self.message = message
        self.inner = tuple(inner)

    @property
    def cause(self) -> str:
        """The innermost sentence: the one that says what is wrong."""
        return self.inner[-1][1] if self.inner else self.message

    def body(self) -> dict[str, object]:
        """Log Analytics' envelope: `error` with one `innererror` nested in the other."""
        nested: dict[str, object] = {}
        for code, message in reversed(self.inner):
            nested = {"innererror": {"code": code, "message": message, **nested}}
        return {"error": {"code": self.code, "message": self.message, **nested}}


def bad_argument(*inner: tuple[str, str]) -> QueryError:
    return QueryError("BadArgumentError", "The request had some invalid properties", inner)


def semantic_error(code: str, message: str) -> QueryError:
    return bad_argument(("SemanticError", "A semantic error occurred."), (code, message))


def cannot_run(what: str) -> QueryError:
    """A query that is valid KQL perhaps, but beyond the emulator's engine."""
    return bad_argument(("NotInEmulator", f"The emulator's KQL engine cannot run this: {what}."))


def syntax_error(detail: str) -> QueryError:
    return bad_argument(
        ("SyntaxError", "A recognition error occurred in the query."),
        ("SYN0002", f"Query could not be parsed at {detail}"),
    )


def unsupported(construct: str, hint: str | None) -> QueryError:
    if construct.startswith("function:"):
        name = construct.removeprefix("function:")
        return semantic_error(
            "SEM0260", f"Unknown function: '{name}' (or one beyond the emulator's KQL engine)."
        )
    return cannot_run(f"{construct} ({hint})" if hint else construct)


def unresolved_table(name: str, text: str) -> QueryError:
    operator = re.search(rf"\b{re.escape(name)}\b\s*\|\s*([\w-]+)", text)
    where = f"'{operator[1]}' operator: " if operator else ""
    return semantic_error(
        "SEM0100", f"{where}Failed to resolve table or column expression named '{name}'"
    )


def unresolved_column(name: str) -> QueryError:
    return semantic_error(
        "SEM0100", f"Failed to resolve column or scalar expression named '{name}'"
    )


def engine_error(error: Exception, text: str) -> QueryError:
    """What DuckDB refused, in Log Analytics' words where there are any."""
    message = str(error).splitlines()[0]
    if table := re.search(r"Table with name (\S+) does not exist", message):
        return unresolved_table(table[1], text)
    if column := re.search(
        r'(?:column|Column) (?:with name )?"?([^"]+?)"? (?:not found|does not)', message
    ):
        return unresolved_column(column[1])
    if "Cannot compare values" in message:
        return semantic_error("SEM0064", message.removeprefix("Binder Error: "))
    return cannot_run(message)
