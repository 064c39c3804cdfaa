"""What an answer that is an error says, in whatever envelope: its sentences, and how long to wait.

Decides nothing about what follows (that is `faults`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from controller.model.masking import mask


class Said(NamedTuple):
    """One leaf of an error body. `codes` are its own and those around it, the inmost first."""

    codes: tuple[str, ...]
    message: str
    target: str = ""


def said(body: object) -> Iterator[Said]:
    """The leaves of an error body, whatever envelope it came in (`error`, top level, nested JSON).

    Shapes: common-types v2 ErrorDetail (details, innererror), CloudError, and SecurityInsights'
    JSON document inside `message`. Tokens are masked: a gateway may echo what it was sent.
    """
    if isinstance(body, str) and not body.lstrip().startswith("{"):
        text = " ".join(body.split())
        # a proxy's HTML page says nothing to a person
        if text and not text.startswith("<"):
            yield Said((), mask(text))
        return
    yield from _walk(body, ())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a Retry-After header, either form; a date counts from the answer's own Date."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    until, now = _date(value), _date(headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else None


def _walk(node: object, codes: tuple[str, ...]) -> Iterator[Said]:
    node = _unpacked(node)
    if not isinstance(node, Mapping):
        return
    folded = {str(key).lower(): value for key, value in node.items()}
    if isinstance(_unpacked(folded.get("error")), Mapping):
        yield from _walk(folded["error"], codes)
        return
    code, message = _text(folded, "code"), folded.get("message")
    codes = (code, *codes) if code else codes
    inner = [*_listed(folded.get("details")), folded.get("innererror"), message]
    deeper = [leaf for child in inner for leaf in _walk(child, codes)]
    if deeper:
        yield from deeper
    elif code or message:
        sentence = mask(" ".join(_text(folded, "message").split()))
        yield Said(codes, sentence, _text(folded, "target"))


def _unpacked(node: object) -> object:
    """A JSON document inside a string, as SecurityInsights sends it."""
    if not isinstance(node, str) or not node.lstrip().startswith("{"):
        return node
    try:
        return json.loads(node)
    except ValueError:
        return node


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else ""


def wait_in_words(message: str) -> float | None:
    """Seconds from "can be retried in 14 seconds": some 429 have no header (pulumi#3720)."""
    found = re.search(r"retr\w+ (?:again )?(?:in|after) (\d+) (second|minute)", message, re.I)
    if not found:
        return None
    return float(found[1]) * (60 if found[2].lower() == "minute" else 1)


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
