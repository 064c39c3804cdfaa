"""Specs that cannot be carried out, made from a legal one, each with what its sentence names."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

from tests.emulated.chance import TYPES, Choice
from tests.emulated.wishes import Json

Refusal = Callable[[Json, Choice], tuple[Json, str]]
"""a legal spec -> one that cannot be carried out, and what the sentence must name"""


def retype(spec: Json, choice: Choice) -> tuple[Json, str]:
    """Azure changes no column's type."""
    place = choice.of(range(len(spec["tables"])))
    column = choice.of(range(len(spec["tables"][place]["columns"])))
    bad = deepcopy(spec)
    found = bad["tables"][place]["columns"][column]
    found["type"] = choice.of([type_ for type_ in TYPES if type_ != found["type"]])
    return bad, f"column {found['name']}"


def retype_time(spec: Json, choice: Choice) -> tuple[Json, str]:
    bad = deepcopy(spec)
    place = choice.of(range(len(bad["tables"])))
    columns = bad["tables"][place]["columns"]
    columns.append({"name": "TimeGenerated", "type": "string"})
    return bad, f"spec.tables[{place}].columns[{len(columns) - 1}].type"


def keep_for_less_than_nothing(spec: Json, choice: Choice) -> tuple[Json, str]:
    bad = deepcopy(spec)
    place = choice.of(range(len(bad["tables"])))
    bad["tables"][place]["retentionInDays"] = -7
    return bad, f"spec.tables[{place}].retentionInDays"


def flow_nowhere(spec: Json, choice: Choice) -> tuple[Json, str]:
    flow = {"stream": f"Custom-{spec['tables'][0]['name'][:-3]}", "table": "Nowhere_CL"}
    return {**spec, "rule": {"flows": [flow]}}, "spec.rule.flows[0]"


def misname_a_column(spec: Json, choice: Choice) -> tuple[Json, str]:
    bad = deepcopy(spec)
    place = choice.of(range(len(bad["tables"])))
    name = choice.of(("1st", "with-dash", "Title"))
    bad["tables"][place]["columns"].append({"name": name, "type": "string"})
    return bad, f"spec.tables[{place}].columns"


def leave_a_placeholder(spec: Json, choice: Choice) -> tuple[Json, str]:
    return {**spec, "definition": {"ui": {"title": "$(rule.such)"}}}, "spec.definition.ui.title"


REFUSALS: tuple[Refusal, ...] = (
    retype,
    retype_time,
    keep_for_less_than_nothing,
    flow_nowhere,
    misname_a_column,
    leave_a_placeholder,
)
