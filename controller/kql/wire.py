"""Questions and replies as they go over the pipe: one JSON object a line. Decides only the form."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from controller.model.kql import Columns, Mistake, Node, Question, Reply


def request(question: Question) -> str:
    """A question as one line; equal questions give equal lines."""
    return json.dumps(
        {
            "text": question.text,
            "tables": {name: _schema(columns) for name, columns in question.tables.items()},
            "lenient": question.lenient,
        }
    )


def reply(answer: Mapping[str, Any], text: str) -> Reply:
    """The answer to a question with this text."""
    place = _places(text)
    return Reply(
        mistakes=tuple(
            Mistake(code, severity, place(start), message)
            for code, severity, start, message in answer["mistakes"]
        ),
        columns=tuple((name, type_) for name, type_ in answer["columns"]),
        syntax=tuple(
            Node(kind, place(start), place(end), word)
            for kind, start, end, word in answer["syntax"]
        ),
        unknown=tuple(answer["unknown"]),
    )


def _schema(columns: Columns) -> str:
    """`(['a']:string)`, "" for a table whose columns are open."""
    if not columns:
        return ""
    return "(" + ",".join(f"{_name(name)}:{type_}" for name, type_ in columns.items()) + ")"


def _name(name: str) -> str:
    return "['" + name.replace("\\", "\\\\").replace("'", "\\'") + "']"


def _places(text: str) -> Callable[[int], int]:
    """JavaScript counts a character beyond the basic plane twice."""
    places = [place for place, char in enumerate(text) for _ in range(1 + (char > "\uffff"))]
    return lambda place: places[place] if place < len(places) else len(text)
