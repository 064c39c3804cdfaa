"""Reasons -> text for people. Returns, never prints."""

from rich.table import Table
from rich.text import Text

from controller.model.reasons import ADVICE, Reason


def reason(which: Reason) -> Table:
    """What `explain REASON` prints."""
    advice = ADVICE[which]
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_row("reason", Text(which, style="bold"))
    table.add_row("means", advice.meaning)
    table.add_row("do", advice.remedy)
    table.add_row("tried again", advice.retried)
    return table


def reasons_table() -> str:
    """The table of docs/operations.md, in Markdown."""
    rows = [
        "| reason | means | what to do | tried again |",
        "|---|---|---|---|",
        *(f"| `{name}` | {a.meaning} | {a.remedy} | {a.retried} |" for name, a in ADVICE.items()),
    ]
    return "\n".join(rows) + "\n"
