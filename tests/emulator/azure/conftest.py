"""The emulator as most tests want it."""

from collections.abc import AsyncIterator

import pytest

from tests.emulator.azure.scene import Scene, opened


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with opened() as found:
        yield found
