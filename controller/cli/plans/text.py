"""A plan for a terminal: steps in columns, changes below them, no line wider than asked for."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from controller.cli.plans.result import Result
from controller.cli.plans.values import changed, compact, fields, insisted
from controller.model.errors import Fault
from controller.model.resource import Body, Change
from controller.reconcile.plan import Plan
from controller.reconcile.telling import Account, Told, tell

_MARKS = {
    "none": ("=", "dim"),
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "adopt": ("~", "yellow"),
    "replace": ("±", "magenta"),
    "wait": ("…", "cyan"),
    "blocked": ("-", "dim"),
    "failed": ("!", "red"),
}
_COLOURS = {"-": "red", "+": "green"}
_PATH, _VALUE = " " * 6, " " * 8
_LEAST = 40
"""no narrower than this, whatever the terminal says"""


def result(shown: Result, width: int) -> Text:
    """One connector: what is to do or was done, step by step, and what stands in the way."""
    width = max(width, _LEAST)
    lines = list(_lines(shown, width))
    return Text("\n").join(lines).append("\n")


def _lines(shown: Result, width: int) -> Iterator[Text]:
    subject, plan = shown.subject, shown.plan
    if plan is None or isinstance(subject.derived, Fault):
        yield from _wrapped(f"{subject.title} ({subject.source})", width, "bold")
    else:
        yield from _wrapped(_heading(shown, plan), width, "bold")
        account = tell(subject.derived, plan)
        yield from _steps(account.steps, width)
        yield from _wrapped(_footing(account), width, "bold")
    if shown.refusal is not None:
        yield from _wrapped(f"Refused: {shown.refusal.message}", width, "red")


def _heading(shown: Result, plan: Plan) -> str:
    workspace = plan.workspace.id.rpartition("/")[2]
    return f"{shown.subject.title} in workspace {workspace} ({plan.workspace.location})"


def _footing(account: Account) -> str:
    return f"Plan {account.hash}: {account.summary}." if account.hash else f"{account.summary}."


def _steps(steps: Sequence[Told], width: int) -> Iterator[Text]:
    """Columns as wide as what stands in them; a reason without room goes to its own line."""
    words = max((len(told.word) for told in steps), default=0)
    kinds = max((len(told.step.resource.kind) for told in steps), default=0)
    before = 4 + words + 1 + kinds + 1
    column = max((_name_beside_reason(told, width - before) for told in steps), default=0)
    for told in steps:
        mark, style = _MARKS[told.step.action]
        kind, name = told.step.resource.key
        head = f"  {mark} {told.word:<{words}} {kind:<{kinds}} "
        line = f"{head}{name:<{column}} {told.reason}"
        if len(line) <= width:
            yield Text(line, style=style)
        else:
            yield from _wrapped(f"{head}{name}", width, style)
            yield from _wrapped(f"{_PATH}{told.reason}", width, style)
        yield from _below(told, width)


def _name_beside_reason(told: Told, room: int) -> int:
    """The length of the name, 0 when there is no room for it and the reason on one line."""
    length = len(told.step.resource.name)
    return length if length + 1 + len(told.reason) <= room else 0


def _below(told: Told, width: int) -> Iterator[Text]:
    if told.body is not None:
        yield from _body(told.body, width)
    for change in told.changes:
        yield from _change(change, width)
    for change in told.kept:
        yield from _change(change, width, insisted(change))
    if told.message:
        yield from _wrapped(f"{_PATH}{told.message}", width, "red")


def _body(body: Body, width: int) -> Iterator[Text]:
    """One line a field: `-o json` and `-o markdown` have the rest."""
    said = list(fields(body))
    column = max((len(path) for path, _ in said), default=0)
    for path, value in said:
        line = f"{_PATH}{path:<{column}}  {compact(value)}"
        yield Text(line if len(line) <= width else f"{line[: width - 1]}…")


def _change(change: Change, width: int, remark: str = "") -> Iterator[Text]:
    yield from _pointer(change.path, width)
    if remark:
        yield from _wrapped(f"{_VALUE}{remark}", width, "dim")
    for line in changed(change):
        yield from _wrapped(f"{_VALUE}{line}", width, _COLOURS.get(line[0], ""))


def _pointer(path: str, width: int) -> Iterator[Text]:
    """A path is broken before a part, so that each part can be read and searched for."""
    line = _PATH
    for part in path[1:].split("/"):
        if len(line) + 1 + len(part) > width and line.strip():
            yield Text(line)
            line = f"{_PATH}  "
        line += f"/{part}"
    yield from _wrapped(line, width)


def _wrapped(line: str, width: int, style: str = "") -> Iterator[Text]:
    """The line broken at blanks, or where it must be; what follows stands a little deeper."""
    said = line.lstrip()
    indent = line[: len(line) - len(said)]
    broken: Iterable[str] = textwrap.wrap(
        said,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return (Text(each, style=style) for each in broken)
