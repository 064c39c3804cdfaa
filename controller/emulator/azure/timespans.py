"""The `timespan` of a Log Analytics query: ISO 8601 durations and intervals."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from controller.emulator.azure.kql_faults import bad_argument

Bounds = tuple[datetime, datetime]
_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def bounds(timespan: str | None, now: datetime) -> Bounds | None:
    """First and last moment: `P7D` ends now, `start/end`, `start/P1D`, `P1D/end`.

    None without a timespan. Raises QueryError for what is none of these.
    """
    if not timespan:
        return None
    first, slash, second = timespan.partition("/")
    start, end = _part(first), (_part(second) if slash else now)
    match start, end:
        case timedelta(), datetime():
            return end - start, end
        case datetime(), timedelta():
            return start, start + end
        case (datetime(), datetime()) if slash:
            return start, end
    raise bad_argument(
        ("InvalidTimespan", f"The timespan {timespan!r} is no ISO 8601 duration or interval.")
    )


def _part(text: str) -> datetime | timedelta | None:
    if match := _DURATION.fullmatch(text):
        return timedelta(**{unit: float(size) for unit, size in match.groupdict("0").items()})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
