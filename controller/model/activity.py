"""Who changed a resource, as far as Azure tells. Decides nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Author:
    """One write by somebody else.

    `caller` is as Azure gives it (a mail address, an object id), "" when it gives none;
    `operation` is an ARM action such as Microsoft.Insights/dataCollectionRules/write.
    """

    caller: str
    time: datetime
    operation: str


class Activity(Protocol):
    """What Azure has logged about its resources."""

    async def last_write(self, resource_id: str, since: datetime) -> Author | None:
        """The newest write or deletion since then that is not ours.

        None when none is logged (entries come minutes late) or the log cannot be read; raises
        nothing: nobody depends on it.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoActivity:
    """`Activity` where nobody logs."""

    async def last_write(self, resource_id: str, since: datetime) -> Author | None:
        return None


NO_ACTIVITY: Activity = NoActivity()
