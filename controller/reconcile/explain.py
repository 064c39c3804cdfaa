"""A difference in lines for a person. What differs is known before; deepdiff only tells it.

Texts become a unified diff with one KQL operator a line, objects and lists the places that differ.
deepdiff takes 100 ms to import and 10 to 45 ms a document: only who prints a plan waits for it.
"""

import re
from typing import Any

from controller.model.resource import Change

TEXT_LENGTH = 60
"""from here on two texts are easier to read as a diff than one below the other"""
_OPERATOR = re.compile(r"\s*\n\s*|\s+(?=\|\s)")


def explained(change: Change) -> tuple[str, ...]:
    """Lines that begin with "-", "+" or " " for texts, sentences for objects and lists.

    () where the two values say it better themselves: short ones, and those with one side missing.
    "…" stands for what is equal between two changed places of a text.
    """
    have, want = change.actual, change.desired
    if isinstance(have, str) and isinstance(want, str):
        return _texts(have, want) if max(len(have), len(want)) > TEXT_LENGTH else ()
    if isinstance(have, dict | list) and isinstance(want, dict | list):
        return tuple(str(_difference(have, want).pretty()).splitlines())
    return ()


def _texts(have: str, want: str) -> tuple[str, ...]:
    # the last line end makes deepdiff tell lines apart
    before, after = ("\n".join((*operators(text), "")) for text in (have, want))
    told = _difference(before, after).get("values_changed", {})
    _, _, *unified = str(told.get("root", {}).get("diff", "\n\n")).splitlines()
    lines = ["…" if line.startswith("@@") else line for line in unified]
    return tuple(lines[1:])


def operators(text: str) -> tuple[str, ...]:
    """A text in lines: `source | where x` becomes two; the rest of an operator is indented."""
    first, *rest = _OPERATOR.split(text.strip())
    is_kql = any(line.startswith("|") for line in rest)
    return (first, *(line if line[:1] == "|" or not is_kql else f"    {line}" for line in rest))


def _difference(have: Any, want: Any) -> Any:
    from deepdiff import DeepDiff

    return DeepDiff(have, want)
