"""What an object says when the operator itself fails over it. Finds no cause: the log has it."""

from datetime import datetime

from controller.model.connector import Connector, Outcome
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.reconcile import conditions, events
from controller.reconcile.status import Seen, status


def defect(connector: Connector, error: BaseException, now: datetime) -> Outcome:
    """The end of a run by an error that no code of ours expected. Its text may hold anything, so
    only its type is told."""
    fault = Stalled(
        Reason.INTERNAL_ERROR,
        f"The operator failed over this object ({_names(error)}), which is a defect of the"
        " operator; other objects go on. Its log has the story under this object's name: report"
        " it, or change what was changed last in the object or in Azure.",
    )
    outlook = conditions.failed(
        fault, connector.status, generation=connector.generation, first_seen=None, now=now
    )
    after = status(connector, Seen(outlook), now)
    return Outcome(after, tuple(events.transitions(connector.status, after)), fault=fault)


def _names(error: BaseException) -> str:
    """The types of the error, of a group those of its parts."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(dict.fromkeys(_names(part) for part in error.exceptions))
    return type(error).__name__
