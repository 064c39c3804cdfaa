"""Files that are made from the code: equal to it, or written anew with REGENERATE=1."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent


def assert_equal(name: str, made: str) -> None:
    """The file holds what the code makes now."""
    path = ROOT / name
    if os.environ.get("REGENERATE"):
        path.write_text(made)
    assert path.read_text() == made, f"{name} is not what the code makes: REGENERATE=1 pytest"
