"""One stage a test, on both Kubernetes APIs or on the embedded one alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters
from tests.clusters import Cluster
from tests.e2e import harness
from tests.e2e.harness import Stage


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """An API server where no other module leaves objects: some operators serve all of it."""
    clusters.needs_kubectl(os.environ)
    with ControlPlane(clusters.assets(os.environ)) as found:
        yield found


@pytest.fixture
async def stage(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Stage]:
    """On the embedded API, then on a real one."""
    async with harness.stage(cluster, tmp_path) as found:
        yield found


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Stage]:
    """Where a real API server would show nothing more."""
    async with clusters.embedded(tmp_path) as cluster, harness.stage(cluster, tmp_path) as found:
        yield found
