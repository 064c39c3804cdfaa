"""Text that objects repeat, held once: thousands of connectors are cached, and most of a spec is
the same words. Decides how deep an object is looked into, nothing else about what it holds.
"""

import sys
from typing import Any

DEEPEST = 100
"""levels: what lies below is cut off, and refused for its depth by whoever reads the spec"""
LONGEST = 64
"""characters: names, types and ids come again and again, longer text seldom does"""


def shared(value: Any, levels: int = DEEPEST) -> Any:
    """An equal value whose keys and short texts are the same objects as everybody else's."""
    if levels == 0 and isinstance(value, dict | list):
        return None
    if isinstance(value, dict):
        return {sys.intern(key): shared(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [shared(item, levels - 1) for item in value]
    if isinstance(value, str) and len(value) <= LONGEST:
        return sys.intern(value)
    return value
