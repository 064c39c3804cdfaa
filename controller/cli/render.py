"""Values -> text for people. Returns, never prints."""

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from controller.model.derived import Derived
from controller.model.reasons import ADVICE, Reason
from controller.model.resource import Unknown
from controller.reconcile.explain import explained
from controller.reconcile.plan import Action, Plan, Step
from controller.reconcile.status import shown

MARKS = {
    Action.NONE: ("=", "dim"),
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.WAIT: ("…", "cyan"),
    Action.BLOCKED: ("-", "dim"),
    Action.FAILED: ("!", "red"),
}
COLOURS = {"-": "red", "+": "green"}
DONE = {Action.CREATE: "created", Action.UPDATE: "updated"}
COUNTED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to change",
    Action.NONE: "as declared",
    Action.WAIT: "at work in Azure",
    Action.BLOCKED: "held up",
    Action.FAILED: "failed",
}


def plan(derived: Derived, made: Plan) -> Text:
    """A connector's steps in order, each with its changes, and a line of counts."""
    text = Text()
    text.append(f"{derived.name}", style="bold")
    text.append(f" in workspace {derived.spec.workspace.name} ({made.workspace.location})\n")
    for step in made.steps:
        text.append_text(_step(step))
    text.append(f"{summary(made.steps)}.\n")
    return text


def summary(steps: Iterable[Step]) -> str:
    """ "3 to create, 1 to change, 4 as declared": what does not occur is left out."""
    counts = Counter(
        DONE.get(step.action, "") if step.written else COUNTED[step.action] for step in steps
    )
    words = [*DONE.values(), *COUNTED.values()]
    return ", ".join(f"{counts[word]} {word}" for word in words if counts[word])


def _step(step: Step) -> Text:
    mark, style = MARKS[step.action]
    word = DONE.get(step.action, step.action) if step.written else step.action
    text = Text(f"  {mark} {word:<8}", style=style)
    text.append(f"{step.resource.kind:<15}{step.resource.name}\n", style="default")
    for line in _changes(step):
        text.append_text(line)
    if step.fault is not None:
        text.append(f"      {step.fault.message}\n", style="red")
    return text


def _changes(step: Step) -> Iterator[Text]:
    for change in step.changes:
        yield Text(f"      {change.path}\n", style="default")
        lines = explained(change)
        if lines:
            yield from (Text(f"        {line}\n", style=COLOURS.get(line[0], "")) for line in lines)
            continue
        if change.actual is not None:
            yield Text(f"        - {shown(change.actual)}\n", style="red")
        known = not isinstance(change.desired, Unknown)
        if change.desired is not None:
            yield Text(f"        + {shown(change.desired)}\n", style="green" if known else "dim")


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
