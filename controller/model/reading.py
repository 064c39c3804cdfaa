"""Says what is wrong with a spec, field by field, with the paths that kubectl prints.

Decides the words; what is wrong is decided by the parts and their laws.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from controller.model.errors import SpecError
from controller.model.part import PATTERNS, Breach, Part

WORDS = {
    "missing": "is required",
    "string_type": "is {found}, must be text",
    "invalid_key": "is {found}, must be text",
    "bool_type": "is {found}, must be true or false",
    "int_type": "is {found}, must be a whole number",
    "tuple_type": "is {found}, must be a list",
    "dict_type": "is {found}, must be an object",
    "model_type": "is {found}, must be an object",
    "model_attributes_type": "is {found}, must be an object",
    "literal_error": "is {found}, must be {expected}",
    "enum": "is {found}, must be {expected}",
    "string_pattern_mismatch": "is {found}, must be {words}",
    "string_too_short": "is {found}, must have at least {min_length} character(s)",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "holds {actual_length}, must hold at least {min_length}",
    "too_long": "holds more than {max_length}",
    "greater_than_equal": "is {found}, must be at least {ge}",
    "too_deep": "nests deeper than {levels} levels",
    "too_large": "is longer than {kibibytes} KiB as JSON",
    "own_tag": "holds {tag}, which only the operator sets: leave it out",
    "less_than_equal": "is {found}, must be at most {le}",
}


def errors(refused: ValidationError, root: str, known: Sequence[str]) -> tuple[SpecError, ...]:
    """The errors of a validation, misspelt keys first: they explain what is missing elsewhere.

    `known` are the names of all fields, to suggest one for a misspelt key.
    """
    details = sorted(
        refused.errors(include_url=False), key=lambda detail: detail["type"] != "extra_forbidden"
    )
    return tuple(
        SpecError(root + _path(detail["loc"]), _sentence(detail, known)) for detail in details
    )


def breaches(part: Part, path: str) -> Iterator[SpecError]:
    """Every law that a part or one of its own breaks, and every name given twice in a list."""
    for law in part.laws:
        for below, sentence in law.breaches(part):
            yield SpecError(path + below, sentence)
    for name, field in type(part).model_fields.items():
        yield from _below(getattr(part, name), f"{path}.{field.alias}")


def _below(value: Any, path: str) -> Iterator[SpecError]:
    if isinstance(value, Part):
        yield from breaches(value, path)
    elif isinstance(value, tuple):
        for below, sentence in _doubles(value):
            yield SpecError(path + below, sentence)
        for place, item in enumerate(value):
            yield from _below(item, f"{path}[{place}]")


def _doubles(items: Sequence[Any]) -> Iterator[Breach]:
    seen: dict[str, int] = {}
    for place, item in enumerate(items):
        name = getattr(item, "name", None)
        if name in seen:
            yield f"[{place}].name", f"is {_shown(name)}, as that of [{seen[name]}] is already"
        elif name is not None:
            seen[name] = place


def _path(location: Sequence[int | str]) -> str:
    steps = (step for step in location if step != "[key]")  # pydantic's word for "the key itself"
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _sentence(detail: ErrorDetails, known: Sequence[str]) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown(str(detail["loc"][-1]), known)
    context = dict(detail.get("ctx", {}))
    words = WORDS.get(detail["type"])
    if words is None:
        return f"is {_shown(detail['input'])}: {detail['msg']}"
    return words.format(
        **context,
        found=_shown(detail["input"]),
        words=PATTERNS.get(str(context.get("pattern")), context.get("pattern")),
    )


def _unknown(key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1)
    return (
        f"is no field of a ContosoConnector; did you mean {near[0]}?"
        if near
        else ("is no field of a ContosoConnector; remove it")
    )


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
