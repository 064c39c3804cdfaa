"""One session on the public cloud whose HTTP calls `respx` answers; tokens are made up."""

from collections.abc import AsyncIterator, Iterator

import pytest
import respx
from azure.core.credentials import AccessToken

from controller.azure.arm import ArmClient
from controller.azure.clouds import PUBLIC
from controller.azure.credentials import Tokens, always
from controller.azure.session import Session

WORKSPACE = (
    "/subscriptions/s/resourceGroups/sentinel-rg/providers/Microsoft.OperationalInsights"
    "/workspaces/LogAnalytics1"
)
TABLE = f"{WORKSPACE}/tables/Contoso_CL"
RULE = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionRules/Contoso"
ENDPOINT = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionEndpoints"
CONNECTORS = f"{WORKSPACE}/providers/Microsoft.SecurityInsights/dataConnectors"
ROLES = f"{RULE}/providers/Microsoft.Authorization/roleAssignments"


class Sleeps(list[float]):
    """A sleep that only remembers how long it was asked to be."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def tokens() -> Tokens:
    numbers = iter(range(100))

    async def fetch(scope: str) -> AccessToken:
        return AccessToken(f"token-{next(numbers)}", 9_999_999_999)

    return Tokens(always(fetch))


@pytest.fixture
async def session(tokens: Tokens) -> AsyncIterator[Session]:
    async with Session(PUBLIC, tokens) as session:
        yield session


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def arm(session: Session, sleeps: Sleeps) -> ArmClient:
    return ArmClient(session, sleep=sleeps)


@pytest.fixture
def azure() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=PUBLIC.arm) as router:
        yield router
