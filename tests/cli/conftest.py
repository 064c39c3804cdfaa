"""An emulated Azure that a command finds by its environment."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from controller.cli.local_azure import environment
from controller.emulator.azure import AzureEmulator, Options
from tests.cli.commands import Place


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """The walk-through's workspace, empty, and a folder for manifests."""
    monkeypatch.setenv("COLUMNS", "80")
    async with AzureEmulator(Options(retry_after=0)) as emulator:
        seed = emulator.azure.seed_walk_through()
        folder = tmp_path / "azure"
        folder.mkdir()
        variables = environment(emulator, seed, folder)
        yield Place(emulator.azure, {**os.environ, **variables}, tmp_path)
