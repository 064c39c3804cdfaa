"""Column types and single values: ARM's and Kusto's spellings, what is kept, what is answered."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

STORED_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "boolean": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
    # Log Analytics keeps and queries a guid column as text
    "guid": "VARCHAR",
}
_OTHER_SPELLINGS = {"bool": "boolean", "double": "real", "uuid": "guid"}
_ENGINE_TYPES = {
    "VARCHAR": "string",
    "TINYINT": "int",
    "SMALLINT": "int",
    "INTEGER": "int",
    "UINTEGER": "long",
    "BIGINT": "long",
    "UBIGINT": "long",
    "HUGEINT": "long",
    "FLOAT": "real",
    "DOUBLE": "real",
    "BOOLEAN": "boolean",
    "DATE": "datetime",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "UUID": "guid",
    "INTERVAL": "timespan",
    '"NULL"': "null",
}


def column_type(declared: str) -> str:
    """The one spelling of a column type (`dateTime`, `bool` … in, `datetime`, `boolean` out).

    Raises ValueError for a type that no table knows.
    """
    folded = declared.lower()
    canonical = _OTHER_SPELLINGS.get(folded, folded)
    if canonical not in STORED_TYPES:
        raise ValueError(
            f"column type {declared!r} is unknown: use one of {', '.join(STORED_TYPES)}"
        )
    return canonical


def engine_type(engine: str) -> str:
    """The column type of what DuckDB computed."""
    if engine.startswith("DECIMAL"):
        return "decimal"
    return _ENGINE_TYPES.get(engine, "dynamic")


def cell(value: object, kind: str) -> object:
    """A result's value as Log Analytics writes it in JSON."""
    if value is None:
        return "" if kind == "string" else None
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, timedelta):
        return _timespan(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, (bool, int, float)):
        return value
    return str(value)


def iso(value: datetime) -> str:
    """`2026-01-01T00:00:00.5Z`: fraction without trailing zeros, none when it is whole."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    text = aware.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def _timespan(value: timedelta) -> str:
    sign = "-" if value < timedelta(0) else ""
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    days = f"{size.days}." if size.days else ""
    fraction = f".{size.microseconds:06d}0" if size.microseconds else ""
    return f"{sign}{days}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}{fraction}"


FIELD_LIMIT_BYTES = 64 * 1024
"""Longer text is cut at ingestion (service limits of the Logs Ingestion API)."""


def stored(value: object, kind: str) -> object:
    """A pushed JSON value as its column keeps it, still JSON; of the wrong type: None ('' in text).

    `kind` is a canonical column type. Datetimes become ISO text in UTC without an offset.
    """
    if kind in ("string", "guid"):
        return _text(value)
    if value is None or kind == "dynamic":
        return value
    return _SCALARS[kind](value)


def _text(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if len(text) * 4 <= FIELD_LIMIT_BYTES:
        return text
    return text.encode()[:FIELD_LIMIT_BYTES].decode(errors="ignore")


def _whole(value: object, bits: int) -> int | None:
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int):
        return None
    limit = 1 << (bits - 1)
    return int(value) if -limit <= value < limit else None


def _real(value: object) -> float | None:
    if not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _boolean(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False, "1": True, "0": False}.get(value.lower())
    return bool(value) if isinstance(value, (bool, int)) else None


def _datetime(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC).replace(tzinfo=None).isoformat()
    except OverflowError:
        return None


_SCALARS: Mapping[str, Callable[[object], object]] = {
    "int": lambda value: _whole(value, 32),
    "long": lambda value: _whole(value, 64),
    "real": _real,
    "boolean": _boolean,
    "datetime": _datetime,
}
