"""How the emulator behaves where Azure leaves a choice or a wait. Data only."""

from dataclasses import dataclass, field
from pathlib import Path

PUSH_VERSIONS = frozenset(
    {"2023-02-01-preview", "2024-09-01", "2025-06-01", "2025-07-01-preview", "2025-09-01"}
)


@dataclass(frozen=True)
class Options:
    """`latency`: seconds before every answer but our own `/_emulator`. `table_seconds`: how long a
    table operation runs (0: done at the first poll). `retry_after`: that header, in seconds, on 202
    and on polls. `young_table_seconds`: for so long after a table's creation a rule that names it
    gets InvalidOutputTable. `report_is_active`: a data connector's readback carries isActive.
    `push_versions`: API versions that take data connectors of kind Push. `page_size`: resources a
    page of a LIST (0: all). `empty_workspace_is_204`: a query to a workspace that never got data is
    answered 204. `activity_delay`: seconds until the Activity Log shows a write. `state_file`: read
    at the start, written at the end."""

    latency: float = 0.0
    table_seconds: float = 0.0
    retry_after: int = 1
    young_table_seconds: float = 0.0
    report_is_active: bool = True
    push_versions: frozenset[str] = field(default=PUSH_VERSIONS)
    page_size: int = 0
    empty_workspace_is_204: bool = False
    activity_delay: float = 0.0
    state_file: Path | None = None
