"""Fixtures that several packages of tests share."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from controller.emulator.kubernetes.control_plane import ControlPlane
from tests import clusters
from tests.clusters import Cluster

# machines are noisy: a property that holds slowly still holds
settings.register_profile("patient", settings(), deadline=None)
settings.load_profile("patient")

RECORDINGS = pytest.StashKey[str]()
"""what of the recorded exchanges was compared, and what was left out"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--recordings",
        metavar="DIR",
        help="recorded exchanges with Azure to compare, instead of those beside the tree",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counted = terminalreporter.config.stash.get(RECORDINGS, None)
    if counted is not None:
        terminalreporter.line(f"recorded exchanges {counted}")


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A real API server for the whole session."""
    with ControlPlane(clusters.assets(os.environ), users=[clusters.NOBODY]) as plane:
        yield plane


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.e2e)])
async def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Cluster]:
    """The embedded API, then a real one; the test is the same."""
    clusters.needs_kubectl(os.environ)
    if request.param == "embedded":
        async with clusters.embedded(tmp_path) as found:
            yield found
        return
    plane = request.getfixturevalue("control_plane")
    async with clusters.real(plane, tmp_path, f"test-{uuid.uuid4().hex[:8]}") as found:
        yield found
