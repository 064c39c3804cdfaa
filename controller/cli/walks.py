"""One walk for each connector that a command names, and its result in the form asked for."""

import argparse
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from rich.console import Console

from controller.cli.edges import azure
from controller.cli.plans import text
from controller.cli.plans.document import document
from controller.cli.plans.markdown import markdown
from controller.cli.plans.result import ERROR, Result, Subject, worst
from controller.config import NAMESPACE, NAMESPACES, Settings, from_environ
from controller.model.derived import Derived
from controller.model.errors import Fault
from controller.reconcile.observe import Ports
from controller.reconcile.plan import Plan
from controller.reconcile.preflight.ahead import ahead, refuse
from controller.reconcile.walk import walk

EPILOG = """\
Values that look like secrets are shown as ***; what only Azure gives out as (known after apply).
The schema of -o json is docs/plan.schema.json.
Exit codes: 0 everything is as declared, 2 something is to do, 1 an error."""


def output(parser: argparse.ArgumentParser) -> None:
    """-o, for every command that shows plans."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "-o",
        dest="output",
        choices=["text", "json", "markdown"],
        default="text",
        help="text for people, json for machines, markdown for a pull request (default: text)",
    )


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The operator's settings but for the namespaces: a command acts for who calls it.

    Raises SettingsError.
    """
    return from_environ({**environ, NAMESPACE: "default", NAMESPACES: ""})


async def walk_all(
    subjects: Sequence[Subject], environ: Mapping[str, str], *, form: str, write: bool = False
) -> int:
    """Walks and prints; returns the exit code. Raises SettingsError, and a Fault of signing in."""
    results: list[Result] = []
    console = Console(highlight=False, soft_wrap=True)
    async with azure(settings_of(environ), environ) as (ports, *_):
        async for result in _results(subjects, ports, write=write):
            results.append(result)
            if form == "text":
                if len(results) > 1:
                    console.print()
                console.print(text.result(result, console.width), end="")
    if form != "text":
        print(_WHOLE[form](results), end="")
    return worst(results)


def remark(sentence: str) -> None:
    """Says on standard error what is no result."""
    Console(stderr=True, highlight=False).print(sentence, markup=False)


def complain(error: Exception) -> int:
    """Says on standard error why nothing was done; returns the exit code."""
    Console(stderr=True, highlight=False).print(str(error), style="red", markup=False)
    return ERROR


def _json(results: Sequence[Result]) -> str:
    return json.dumps(document(results), indent=2, ensure_ascii=False) + "\n"


_WHOLE: Mapping[str, Callable[[Sequence[Result]], str]] = {"json": _json, "markdown": markdown}


async def _results(
    subjects: Sequence[Subject], ports: Ports, *, write: bool
) -> AsyncIterator[Result]:
    for subject in subjects:
        derived = subject.derived
        if isinstance(derived, Fault):
            yield Result(subject, refusal=derived)
            continue
        try:
            yield await (_applied if write else _planned)(subject, derived, ports)
        except Fault as fault:
            yield Result(subject, refusal=fault)


async def _planned(subject: Subject, derived: Derived, ports: Ports) -> Result:
    """With what the preflight would refuse: a plan promises nothing that apply does not do."""
    plan = await walk(derived, ports, leave=subject.leave)
    if plan.to_do:
        try:
            refuse(await ahead(derived, plan, ports))
        except Fault as fault:
            return Result(subject, plan, fault)
    return Result(subject, plan)


async def _applied(subject: Subject, derived: Derived, ports: Ports) -> Result:
    async def begin(plan: Plan) -> None:
        refuse(await ahead(derived, plan, ports))

    return Result(subject, await walk(derived, ports, begin=begin))
