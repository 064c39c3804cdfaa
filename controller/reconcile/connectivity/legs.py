"""How queries join into one: legs of a union that all end in the same three columns. Pure.

What a query gave when it ran alone decides how it joins; Kusto needs columns of one type.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.model.columns import quoted
from controller.model.resource import Rows
from controller.reconcile.connectivity.criteria import COUNTS

LEGS_MOST = 100
"""of one union"""
CONNECTED = "IsConnected"
KEY, VALUE, TIME = "Key", "Value", "Time"

_TEXT_OR_COMMENT = re.compile(
    r"""```.*?```|~~~.*?~~~|@"(?:[^"]|"")*"|@'(?:[^']|'')*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
    r"""|(?P<comment>//[^\n]*)""",
    re.DOTALL,
)
_ALONE = re.compile(
    r";|^\s*(?:\.|(?:let|set|declare|alias|restrict|pattern)\b)"
    r"|\|\s*(?:render|as|fork|facet|consume|getschema|evaluate)\b"
)
"""several statements, and operators that a leg cannot end in or whose columns move with the data"""
_READ: Mapping[str, Any] = {
    "bool": lambda text: {"true": True, "false": False}.get(text.casefold()),
    "int": lambda text: int(text) if text else None,
    "long": lambda text: int(text) if text else None,
    "string": lambda text: text,
}
"""type of the value's column -> what `tostring` made of it"""


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a query that count: that of the value, if any, and those with a time."""

    value: str | None = None
    type: str = "string"
    times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """One query as it joins."""

    text: str
    shape: Shape


COUNTING = Shape(COUNTS)
"""of the texts that are ours: they need not run alone first"""


def shape(text: str, rows: Rows) -> Shape | None:
    """How the query joins after what it gave alone, None: it does not."""
    types = dict(zip(rows.columns, rows.types, strict=False))
    if not is_plain(text) or not types or len(types) != len(rows.columns):
        return None
    value = next((name for name in (CONNECTED, COUNTS) if name in types), None)
    times = tuple(name for name, type_ in types.items() if type_ == "datetime")
    others = {type_ for name, type_ in types.items() if name != value}
    if (value and types[value] not in _READ) or (not times and "string" in others):
        return None  # a text may hold a time, which only its own answer shows
    return Shape(value, types[value] if value else "string", times)


def is_plain(text: str) -> bool:
    """Whether the text is one statement that may stand in brackets."""
    bare = _TEXT_OR_COMMENT.sub(lambda found: " " if found["comment"] else '""', text)
    return bool(bare.strip()) and _ALONE.search(bare) is None


def union(legs: Sequence[Leg]) -> str:
    """The query that asks all of them; the key is the place in the list."""
    return "union isfuzzy=true\n" + ",\n".join(_leg(key, leg) for key, leg in enumerate(legs))


def _leg(key: int, leg: Leg) -> str:
    """A line end before each bracket, since a text may end in a comment."""
    value = f"tostring({quoted(leg.shape.value)})" if leg.shape.value else '""'
    times = [quoted(name) for name in leg.shape.times[:63]]
    time = f"coalesce({', '.join(times)}, datetime(null))" if times else "datetime(null)"
    columns = f"{KEY} = {key}, {VALUE} = {value}, {TIME} = {time}"
    return f"({leg.text}\n| take 1\n| project {columns}\n)"


def answers(legs: Sequence[Leg], rows: Rows) -> Iterator[tuple[Leg, Rows]]:
    """What each leg would have answered alone, as far as it counts; no row: left out."""
    places = [rows.columns.index(name) for name in (KEY, VALUE, TIME)]
    for row in rows.rows:
        key, value, time = (row[place] for place in places)
        leg = legs[int(key)]
        yield leg, _alone(leg.shape, value, time, rows.partial)


def nothing(leg: Leg) -> Rows:
    """The answer of a leg without a row."""
    return Rows((leg.shape.value, TIME) if leg.shape.value else (TIME,), ())


def _alone(shape: Shape, value: Any, time: Any, partial: str) -> Rows:
    if shape.value is None:
        return Rows((TIME,), ((time,),), ("datetime",), partial)
    row = (_READ[shape.type](str(value or "")), time)
    return Rows((shape.value, TIME), (row,), (shape.type, "datetime"), partial)


def batches(legs: Sequence[Leg]) -> list[Sequence[Leg]]:
    """As few calls as may be."""
    return [legs[first : first + LEGS_MOST] for first in range(0, len(legs), LEGS_MOST)]
