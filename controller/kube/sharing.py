"""Text that objects repeat, held once: thousands of connectors are cached, and most of a spec is
the same words. Decides nothing about what it holds.
"""

import sys
from typing import Any

LONGEST = 64
"""characters: names, types and ids come again and again, longer text seldom does"""


def shared(value: Any) -> Any:
    """An equal value whose keys and short texts are the same objects as everybody else's."""
    if isinstance(value, dict):
        return {sys.intern(key): shared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shared(item) for item in value]
    if isinstance(value, str) and len(value) <= LONGEST:
        return sys.intern(value)
    return value
