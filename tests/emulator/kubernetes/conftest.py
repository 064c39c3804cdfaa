"""A cluster that serves widgets, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import clusters
from tests.clusters import Cluster
from tests.emulator.kubernetes.client import Client, connected


@pytest.fixture
async def client(cluster: Cluster) -> AsyncIterator[Client]:
    async with connected(cluster) as found:
        yield found


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Client]:
    """The embedded API alone, for what a real one of 1.20 lacks or what needs no comparison."""
    async with clusters.embedded(tmp_path) as cluster, connected(cluster) as found:
        yield found
