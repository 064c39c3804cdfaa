"""The ports to one cloud for one identity, opened and closed together.

Importing this brings the Azure libraries (half a second): do it where Azure is used.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from controller.azure.activity import ActivityLog
from controller.azure.arm import ArmClient
from controller.azure.audit import Audit
from controller.azure.clouds import Cloud
from controller.azure.credentials import Now, Tokens, always, entra
from controller.azure.identities import Identity
from controller.azure.inventory import InventoryClient
from controller.azure.logs import LogsClient
from controller.azure.sender import Sender
from controller.azure.session import TIMEOUT, Session
from controller.model.facts import Tell, nobody


@dataclass(frozen=True, slots=True)
class Azure:
    """What the engine needs of Azure."""

    arm: ArmClient
    inventory: InventoryClient
    logs: LogsClient
    activity: ActivityLog
    tokens: Tokens


@asynccontextmanager
async def connect(
    cloud: Cloud,
    who: Identity | Now,
    *,
    answer_within: float = TIMEOUT,
    sender: Sender | None = None,
    tell: Tell = nobody,
) -> AsyncIterator[Azure]:
    """The ports over one session; asks Azure for nothing before they are used.

    `who` may be asked before each use whose rights they have. `answer_within` is in seconds, for
    each call. `sender` is this process.
    """
    sender = sender or Sender()
    if isinstance(who, Identity):
        tokens = Tokens(always(entra(who, cloud)), tell=tell)
    else:
        tokens = Tokens(who)  # when tokens end is a metric of the operator's own
    async with (
        Session(cloud, tokens, answer_within=answer_within, sender=sender, tell=tell) as session,
        InventoryClient(session) as inventory,
    ):
        arm = ArmClient(session, audit=Audit(sender.instance))
        activity = ActivityLog(session, arm)
        yield Azure(arm, inventory, LogsClient(session), activity, tokens)
