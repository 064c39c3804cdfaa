"""One stage a test, on both Kubernetes APIs or on the embedded one alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import clusters
from tests.clusters import Cluster
from tests.e2e import harness
from tests.e2e.harness import Stage


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
