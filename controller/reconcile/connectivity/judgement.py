"""What the answers of Log Analytics say of one connector (DESIGN 3). Pure; asks nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from controller.model.errors import Fault
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows
from controller.reconcile.connectivity.criteria import COUNTS, Criterion, Questions

Reply = Rows | QueryError | Fault


class Verdict(NamedTuple):
    """What one condition says: status is "True", "False" or "Unknown"."""

    status: str
    reason: Reason
    message: str


class Counts(NamedTuple):
    """Events of the last hour and day."""

    hour: int
    day: int


@dataclass(frozen=True, slots=True)
class Connectivity:
    """The answer: the verdict, the newest event's time and the counts, None where not known."""

    verdict: Verdict
    last_received: datetime | None
    counts: Counts | None = None


def judge(asked: Questions, replies: Mapping[str, Reply]) -> Connectivity:
    """The replies by query text; a text that is missing was not run because it is billed."""
    last = max(filter(None, (_time(replies.get(q)) for q in asked.last_received)), default=None)
    counts = counted(replies.get(text) for text in asked.counts.values())
    if not asked.criteria:
        no_criteria = Verdict("Unknown", Reason.NO_CRITERIA, "The definition names no criterion.")
        return Connectivity(no_criteria, last, counts)
    verdicts = [_criterion(criterion, asked, replies) for criterion in asked.criteria]
    verdict = _any(verdicts) if asked.match_some else _all(verdicts)
    return Connectivity(verdict, last, counts)


def silent(verdict: Verdict, last: str | None) -> Verdict:
    """A source without recent data that has sent before is another thing than one that never did.

    `last` is the newest event as the status tells it: a time that moves no faster than that.
    """
    if verdict.reason is not Reason.NO_DATA or last is None:
        return verdict
    message = f"The source is silent, or too slow for the definition: its last event is of {last}."
    return Verdict("False", Reason.NO_RECENT_DATA, message)


def counted(replies: Iterable[Reply | None]) -> Counts | None:
    """The sums over all tables; None without a table, or if one of them did not tell."""
    sums = Counts(0, 0)
    told = False
    for reply in replies:
        value = reply.first(COUNTS) if isinstance(reply, Rows) else None
        if value is None:
            return None
        hour, _, day = str(value).partition("/")
        sums, told = Counts(sums.hour + int(hour), sums.day + int(day)), True
    return sums if told else None


def _criterion(criterion: Criterion, asked: Questions, replies: Mapping[str, Reply]) -> Verdict:
    if criterion.type.casefold() == "hasdataconnectors":
        return _connector(asked.has_connector)
    if not criterion.queries:
        return Verdict("Unknown", Reason.NO_CRITERIA, f"{criterion.type} has no query.")
    return _any([_counts(query, replies.get(query)) for query in criterion.queries])


def _connector(has_connector: bool | None) -> Verdict:
    if has_connector is None:
        return Verdict("Unknown", Reason.PENDING, "The data connector has not been read yet.")
    if has_connector:
        return Verdict("True", Reason.CONNECTED, "The definition has an active data connector.")
    return Verdict("False", Reason.INACTIVE, "The definition has no active data connector.")


def _counts(query: str, reply: Reply | None) -> Verdict:
    if reply is None:
        return Verdict(
            "Unknown",
            Reason.QUERY_BILLED,
            "Queries of a Basic or Auxiliary table are billed: set "
            "spec.connectivityIntervalSeconds to have them run.",
        )
    if isinstance(reply, QueryError):
        reason = Reason.TABLE_NOT_FOUND if reply.missing else Reason.QUERY_FAILED
        return Verdict("Unknown", reason, f"{reply.message} Query: {query}")
    if isinstance(reply, Fault):
        return Verdict("Unknown", reply.reason, reply.message)
    met = reply.first("IsConnected") if "IsConnected" in reply.columns else bool(reply.rows)
    if met == 1 or str(met).casefold() == "true":
        return Verdict("True", Reason.CONNECTED, "The connectivity query says connected.")
    if reply.partial:  # what is missing may be what would have said connected
        message = f"Log Analytics gave a part of the answer only: {reply.partial} Query: {query}"
        return Verdict("Unknown", Reason.QUERY_FAILED, message)
    return Verdict("False", Reason.NO_DATA, "The source has not sent anything yet.")


def _any(verdicts: list[Verdict]) -> Verdict:
    """One true decides, though others are unknown."""
    return _first(verdicts, ("True", "Unknown", "False"))


def _all(verdicts: list[Verdict]) -> Verdict:
    return _first(verdicts, ("False", "Unknown", "True"))


def _first(verdicts: list[Verdict], order: tuple[str, ...]) -> Verdict:
    return min(verdicts, key=lambda verdict: order.index(verdict.status))


def _time(reply: Reply | None) -> datetime | None:
    """The first time in the first row; of columns whose types are told, only a datetime's."""
    if not isinstance(reply, Rows) or not reply.rows:
        return None
    row = reply.rows[0]
    told = [value for value, type_ in zip(row, reply.types, strict=False) if type_ == "datetime"]
    return next(filter(None, map(_parsed, told or row)), None)


def _parsed(value: Any) -> datetime | None:
    try:
        time = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
