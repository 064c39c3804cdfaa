"""Which `x-kubernetes-validations` of one schema node a value breaks, by a CEL library.

A rule that the library does not understand is left out and logged once: the embedded API then
accepts what a cluster would refuse. Cost limits and `optionalOldSelf` are not imitated.
"""

from __future__ import annotations

import functools
import itertools
import logging
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from controller.emulator.kubernetes.errors import Json

if TYPE_CHECKING:
    import cel

logger = logging.getLogger(__name__)
REASONS = {"FieldValueRequired", "FieldValueForbidden", "FieldValueDuplicate"}
# What Kubernetes adds to the language; a method call passes its object first.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "split": lambda text, by, most=-1: text.split(by, most - 1 if most > 0 else -1),
    "join": lambda parts, by="": by.join(parts),
    "lowerAscii": lambda text: text.lower(),
    "upperAscii": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "replace": lambda text, old, new: text.replace(old, new),
    "substring": lambda text, start, end=None: text[start:end],
    "indexOf": lambda held, wanted: (
        held.find(wanted) if isinstance(held, str) else _index(held, wanted)
    ),
    "find": lambda text, pattern: m.group() if (m := re.search(pattern, text)) else "",
    "findAll": lambda text, pattern: [m.group() for m in re.finditer(pattern, text)],
    "isSorted": lambda values: all(a <= b for a, b in itertools.pairwise(values)),
    "sum": sum,
    "min": lambda *values: min(*values),
    "max": lambda *values: max(*values),
}


def broken(schema: Json, value: Any, old: Any) -> Iterator[tuple[str, str, str]]:
    """Message, reason and fieldPath of each broken rule; transition rules need an `old`."""
    for rule in schema.get("x-kubernetes-validations") or ():
        program = _compiled(rule["rule"])
        if program is None or ("oldSelf" in program.variables() and old is None):
            continue
        said = _verdict(program, value, old)
        if said is None or said is True:
            continue
        message = said or _message(rule, value, old)
        reason = rule.get("reason", "FieldValueInvalid")
        reason = reason if reason in REASONS else "FieldValueInvalid"
        yield message, reason, rule.get("fieldPath", "")


def _verdict(program: cel.Program, value: Any, old: Any) -> bool | str | None:
    """True: holds. False: broken. A text: cannot be evaluated. None: not understood."""
    try:
        return bool(program.execute(_context(value, old)))
    except RuntimeError as error:
        _skip(program.source, str(error))
        return None
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return f"rule evaluation error: {error}: {program.source}"


def _message(rule: Json, value: Any, old: Any) -> str:
    fallback: str = rule.get("message") or f"failed rule: {rule['rule']}"
    program = _compiled(rule["messageExpression"]) if rule.get("messageExpression") else None
    if program is None:
        return fallback
    try:
        return str(program.execute(_context(value, old)))
    except (RuntimeError, KeyError, TypeError, ValueError, IndexError):
        return fallback


@functools.lru_cache(maxsize=1024)
def _compiled(source: str) -> cel.Program | None:
    import cel  # 0.2 s, and only schemas with rules need it

    try:
        return cel.compile(source)
    except ValueError as error:
        _skip(source, str(error))
        return None


def _context(value: Any, old: Any) -> cel.Context:
    import cel

    context = cel.Context({"self": value, "oldSelf": old})
    for name, function in FUNCTIONS.items():
        context.add_function(name, function)
    return context


@functools.lru_cache(maxsize=1024)
def _skip(source: str, why: str) -> None:
    logger.warning("A validation rule is not checked here: %s: %s", source, why.splitlines()[0])


def _index(values: list[Any], wanted: Any) -> int:
    return values.index(wanted) if wanted in values else -1
