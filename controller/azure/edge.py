"""The ports to one cloud for one identity, opened and closed together.

Importing this brings the Azure libraries (half a second): do it where Azure is used.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from controller.azure.activity import ActivityLog
from controller.azure.arm import ArmClient
from controller.azure.clouds import Cloud
from controller.azure.credentials import Identity, Tokens, entra
from controller.azure.inventory import InventoryClient
from controller.azure.logs import LogsClient
from controller.azure.session import TIMEOUT, Session


@dataclass(frozen=True, slots=True)
class Azure:
    """What the engine needs of Azure."""

    arm: ArmClient
    inventory: InventoryClient
    logs: LogsClient
    activity: ActivityLog


@asynccontextmanager
async def connect(
    cloud: Cloud, who: Identity, *, answer_within: float = TIMEOUT
) -> AsyncIterator[Azure]:
    """The ports over one session; asks Azure for nothing before they are used.

    `answer_within` is in seconds, for each call.
    """
    async with (
        Session(cloud, Tokens(entra(who, cloud)), answer_within=answer_within) as session,
        InventoryClient(session) as inventory,
    ):
        arm = ArmClient(session)
        yield Azure(arm, inventory, LogsClient(session), ActivityLog(session, arm))
