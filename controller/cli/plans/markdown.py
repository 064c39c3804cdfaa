"""A plan for a pull request's comment: a table of the steps, what each changes folded below it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from controller.cli.plans.result import Result
from controller.cli.plans.values import changed, insisted, plain
from controller.model.errors import Fault
from controller.reconcile.plan import Action
from controller.reconcile.telling import Told, tell

LINES_MOST = 200
"""of one step: GitHub takes 65,536 characters in a comment"""


def markdown(results: Iterable[Result]) -> str:
    """All connectors of one command."""
    return "\n".join(chain.from_iterable(_connector(result) for result in results)) + "\n"


def _connector(result: Result) -> Iterator[str]:
    subject, plan = result.subject, result.plan
    yield f"### {_cell(subject.namespace)}/{_cell(subject.name)}"
    yield ""
    if plan is not None and not isinstance(subject.derived, Fault):
        account = tell(subject.derived, plan)
        workspace = plan.workspace.id.rpartition("/")[2]
        yield f"Workspace `{workspace}` ({plan.workspace.location}): {account.summary}."
        yield ""
        yield from _table(account.steps)
        if account.hash:
            yield f"Plan `{account.hash}`"
            yield ""
    if result.refusal is not None:
        yield f"> **Refused:** {_cell(result.refusal.message)}"
        yield ""


def _table(steps: Sequence[Told]) -> Iterator[str]:
    shown = [told for told in steps if told.kept or told.step.action is not Action.NONE]
    if not shown:
        return
    yield from ("| action | kind | name | reason |", "|---|---|---|---|")
    for told in shown:
        kind, name = told.step.resource.key
        said = _cell(f"{told.reason}. {told.message}" if told.message else told.reason)
        yield f"| **{told.word}** | {kind} | `{_cell(name)}` | {said} |"
    yield ""
    for told in shown:
        yield from _details(told)


def _details(told: Told) -> Iterator[str]:
    if told.body is not None:
        language = "json"
        lines = json.dumps(plain(told.body), indent=2, ensure_ascii=False).splitlines()
    elif told.changes or told.kept:
        language, lines = "diff", list(_diff(told))
    else:
        return
    if len(lines) > LINES_MOST:
        lines = [*lines[:LINES_MOST], f"… {len(lines) - LINES_MOST} lines more: see -o json"]
    kind, name = told.step.resource.key
    fence = _fence(lines)
    yield f"<details><summary>{told.word} {kind} {_cell(name)}</summary>"
    yield ""
    yield from (f"{fence}{language}", *lines, fence)
    yield ""
    yield "</details>"
    yield ""


def _diff(told: Told) -> Iterator[str]:
    for change in told.changes:
        yield f"@@ {change.path} @@"
        yield from changed(change)
    for change in told.kept:
        yield f"@@ {change.path} @@ {insisted(change)}"
        yield from changed(change)


def _fence(lines: Iterable[str]) -> str:
    """Longer than any run of backticks inside."""
    runs = (len(run) for line in lines for run in re.findall("`+", line))
    return "`" * max(3, 1 + max(runs, default=0))


def _cell(text: str) -> str:
    """Text that ends no cell, no line and no tag."""
    escaped = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace("|", "\\|")
