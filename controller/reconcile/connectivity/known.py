"""What is remembered of one query in one workspace, and when it is to be asked again. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from controller.model.errors import Fault
from controller.model.resource import QueryError, Rows
from controller.reconcile.connectivity.judgement import Reply
from controller.reconcile.connectivity.legs import Leg, Shape, shape

FIRST_AGAIN = timedelta(seconds=10)
LAST_AGAIN = timedelta(minutes=30)
"""between two tries of a broken query: doubled from the first to the last"""
COUNTED_EVERY = timedelta(minutes=15)
"""a count of a day moves little sooner, and reads more than the newest time of a table"""
FORGOTTEN_AFTER = timedelta(days=2)
"""without an asker; longer than any interval"""
_OF_THE_TEXT = frozenset({413, 504})
"""answers that another text would not have got: too large, too slow"""


@dataclass(slots=True)
class Known:
    """Of one text. `at` is when its last answer was asked for."""

    shape: Shape | None = None
    """how it joins, None: not known yet, or it goes alone"""
    reply: Reply | None = None
    at: datetime | None = None
    gives_a_row: bool = False
    failures: int = 0
    again: datetime | None = None
    """a broken one is not asked before"""
    expected: datetime | None = None
    """somebody will come for an answer that is not older than this"""
    asked_for: datetime | None = None
    """when somebody came last"""
    alone: bool = False
    """it answers, but not together with others"""

    def serves(self, since: datetime | None, now: datetime) -> bool:
        """Whether the answer in hand is good enough; without a time it must be a new one."""
        if self.reply is None or self.at is None or since is None:
            return False
        return self.at >= since or (self.again is not None and now < self.again)

    def is_due(self, now: datetime) -> bool:
        """Whether a round had better ask it along: its asker is spared a call of its own."""
        in_time = self.expected is not None and self.expected <= now
        return in_time and (self.again is None or self.again <= now)

    def learn(self, text: str, reply: Reply, now: datetime) -> None:
        """What it gave alone."""
        self._answered(reply, now)
        if blames_text(reply):
            self.failures += 1
            growth = FIRST_AGAIN * 2.0 ** min(self.failures - 1, 16)
            self.again = now + min(growth, LAST_AGAIN)
        elif isinstance(reply, Rows):
            self.failures, self.again = 0, None
            self.gives_a_row = bool(reply.rows)
            if reply.columns and not self.alone:
                self.shape = shape(text, reply)

    def joined(self, rows: Rows, now: datetime) -> None:
        """What its leg gave."""
        self._answered(rows, now)
        self.gives_a_row = bool(rows.rows)

    def shared(self, reply: Reply, now: datetime) -> None:
        """What another question has got for the whole workspace."""
        self._answered(reply, now)

    def leg(self, text: str) -> Leg | None:
        """How it joins now: a broken one does not."""
        return Leg(text, self.shape) if self.shape is not None and not self.failures else None

    def goes_alone(self) -> None:
        """From now on: its leg failed although it answers."""
        self.shape, self.alone = None, True

    def is_forgotten(self, now: datetime) -> bool:
        return self.asked_for is not None and now - self.asked_for > FORGOTTEN_AFTER

    def _answered(self, reply: Reply, now: datetime) -> None:
        self.reply, self.at, self.expected = reply, now, None


def blames_text(reply: Reply) -> bool:
    """Whether another text might have got an answer."""
    if isinstance(reply, Fault):
        return reply.answer.status in _OF_THE_TEXT
    return isinstance(reply, QueryError)


def of_the_workspace(reply: Reply) -> bool:
    """Whether every other text would get the same: it never held data, or nobody may or can ask."""
    if isinstance(reply, Rows):
        return not reply.columns
    return not blames_text(reply)


def oldest(times: Iterable[datetime | None], now: datetime) -> datetime:
    """When the oldest of the answers was asked for, now if there is none."""
    return min(filter(None, times), default=now)
