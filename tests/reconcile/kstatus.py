"""How Flux, kpt and `kubectl wait` read an object: what DESIGN 3 promises them, in few lines."""

from collections.abc import Mapping
from typing import Any


def reading(status: Mapping[str, Any], *, generation: int) -> str:
    """InProgress, Failed or Current; an object under deletion is not read here.

    An old generation is in progress; then Reconciling or Stalled decide, whichever is True; then
    Ready.
    """
    if status.get("observedGeneration", generation) != generation:
        return "InProgress"
    held = {item["type"]: item["status"] for item in status.get("conditions", ())}
    if held.get("Reconciling") == "True":
        return "InProgress"
    if held.get("Stalled") == "True":
        return "Failed"
    return "Current" if held.get("Ready", "True") == "True" else "InProgress"
