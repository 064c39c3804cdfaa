"""Reasons -> text for people. Returns, never prints."""

from rich.table import Table
from rich.text import Text

from controller.cli.runbook import COMMANDS
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
    for number, command in enumerate(COMMANDS.get(which, ())):
        table.add_row("type" if number == 0 else "", Text(command))
    return table


def reasons_table() -> str:
    """The table of docs/operations.md, in Markdown."""
    rows = [
        "| reason | means | what to do | tried again |",
        "|---|---|---|---|",
        *(f"| `{name}` | {a.meaning} | {a.remedy} | {a.retried} |" for name, a in ADVICE.items()),
    ]
    return "\n".join(rows) + "\n"


def runbook() -> str:
    """The reasons of docs/runbook.md, in Markdown: a heading each, so that an alert can name it."""
    return "\n".join(_entry(name) for name in Reason)


def _entry(name: Reason) -> str:
    advice = ADVICE[name]
    lines = [
        f"### {name}",
        f"{advice.meaning}",
        "",
        f"**Do**: {advice.remedy} **Tried again** {advice.retried}.",
    ]
    commands = COMMANDS.get(name, ())
    return "\n".join([*lines, *(("", "```", *commands, "```") if commands else ()), ""])
