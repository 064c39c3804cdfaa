"""What the demo puts on the screen: chapters, lines with their second, waits. Decides no step."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from rich.console import Console
from rich.text import Text

T = TypeVar("T")

LOOK = 0.2
"""seconds between two looks while something is awaited"""


class Unexpected(Exception):
    """The story did not go on; the message says where and what to look at."""


class Screen:
    """One console, and the time since the story began."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self.goes_on: Callable[[], bool] = lambda: True
        """False ends every wait: what is waited for cannot come any more"""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def chapter(self, title: str) -> None:
        self._console.print(Text(title, style="bold"))

    def line(self, text: str, *, mark: str = " ", style: str = "default") -> None:
        """One line under its chapter."""
        shown = Text(f"{self.seconds:5.1f} s {mark} ", style="dim")
        self._console.print(shown.append(text, style=style))

    def done(self, text: str) -> None:
        self.line(text, mark="✓", style="green")

    def changed(self, text: str) -> None:
        self.line(text, mark="!", style="yellow")

    def command(self, *words: str) -> None:
        self.line("$ " + " ".join(words), style="cyan")

    def output(self, text: str) -> None:
        """What a command printed, as it is."""
        for line in text.rstrip().splitlines():
            self._console.print(Text(f"          {line}"))

    def failed(self, text: str) -> None:
        self._console.print(Text(text, style="red"))

    async def wait(
        self, what: str, look: Callable[[], Awaitable[T | None]], *, most: float = 45.0
    ) -> T:
        """Looks until there is something; raises Unexpected after `most` seconds."""
        limit = time.monotonic() + most
        with self._console.status(Text(f"waiting for {what} …", style="dim")):
            while True:
                found = await look()
                if found is not None:
                    return found
                if not self.goes_on():
                    raise Unexpected(f"{what}: the operator has ended.")
                if time.monotonic() > limit:
                    raise Unexpected(f"{what}: not seen within {most:.0f} s.")
                await asyncio.sleep(LOOK)
