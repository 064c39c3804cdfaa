"""An API client whose server is a respx router."""

from collections.abc import AsyncIterator, Iterator

import kopf
import pytest
import respx

from controller.kube.api import Api

SERVER = "http://kubernetes.test"


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=SERVER) as router:
        yield router


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api(lambda: kopf.ConnectionInfo(server=SERVER, token="first")) as session:
        yield session
