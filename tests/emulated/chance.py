"""What is left to chance in a random edit. The chance itself is an argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

TYPES = ("string", "int", "long", "real", "boolean", "datetime", "dynamic")


class Choice:
    """Chance, as an argument: one of several, a number, yes or no."""

    def __init__(self, number: Callable[[int], int]) -> None:
        """`number` gives one that is at least 0 and less than its argument."""
        self._number = number

    def of(self, options: Sequence[T]) -> T:
        return options[self._number(len(options))]

    def column(self) -> tuple[str, str]:
        type_ = self.of(TYPES)
        return f"{type_.title()}{self._number(4)}", type_
