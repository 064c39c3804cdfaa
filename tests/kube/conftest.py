"""An API client whose server is a respx router; a desk at an API server that has our CRD."""

from collections.abc import AsyncIterator, Iterator

import kopf
import pytest
import respx

from controller.kube.api import Api
from tests.clusters import Cluster
from tests.kube.operating import Desk, install

SERVER = "http://kubernetes.test"


@pytest.fixture
def server() -> Iterator[respx.MockRouter]:
    with respx.mock(base_url=SERVER) as router:
        yield router


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api(lambda: kopf.ConnectionInfo(server=SERVER, token="first")) as session:
        yield session


@pytest.fixture
async def desk(cluster: Cluster) -> AsyncIterator[Desk]:
    await install(cluster)
    async with cluster.session() as session:
        yield Desk(session, cluster.namespace)
