"""`contosoctl lint -f`: what Azure would refuse or lose, by file, line and column; no Azure."""

import argparse
import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from controller.cli import edges, plan
from controller.cli.manifests import Document, Unreadable, connectors
from controller.config import INSTALLATION
from controller.model.connector import KIND
from controller.model.derived import Derived, derive
from controller.model.errors import SpecError
from controller.model.kql import Kql
from controller.model.spec import parse, problems
from controller.reconcile.preflight.check import preflight
from controller.reconcile.preflight.findings import Finding, Severity, Verdict, error

CLEAN, ERROR = 0, 1


@dataclass(frozen=True, slots=True)
class Line:
    """One finding at its place in a file; line and column count from 1."""

    file: str
    line: int
    column: int
    severity: str
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.severity}: {self.field}: {self.message}"


def arguments(parser: argparse.ArgumentParser) -> None:
    """-f and -n as for plan; -o json for machines."""
    plan.manifests(parser)
    parser.add_argument(
        "-o", dest="output", choices=["text", "json"], default="text", help="(default: text)"
    )


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 without errors (warnings may be there), 1 with one, or when nothing could be read."""
    try:
        documents = _documents(arguments.files)
    except Unreadable as refusal:
        Console(stderr=True, highlight=False).print(str(refusal), style="red")
        return ERROR
    lines, unchecked = asyncio.run(_lint_all(documents, arguments.namespace, environ))
    _print(arguments.output, lines, unchecked)
    return ERROR if any(line.severity == Severity.ERROR for line in lines) else CLEAN


def _documents(files: Sequence[str]) -> list[tuple[str, Document]]:
    documents = [found for file in files for found in connectors(file)]
    if not documents:
        raise Unreadable(f"No {KIND} in {', '.join(files)}.")
    return documents


async def _lint_all(
    documents: Sequence[tuple[str, Document]], namespace: str, environ: Mapping[str, str]
) -> tuple[list[Line], list[str]]:
    lines: list[Line] = []
    unchecked: list[str] = []
    installation = environ.get(INSTALLATION, "lint")
    async with edges.checker() as kql:
        for file, document in documents:
            verdict = await _verdict(document.value, (installation, namespace), kql)
            lines += _placed(file, document, verdict.findings)
            unchecked += [f"{file}: {said}" for said in verdict.unchecked]
    return lines, list(dict.fromkeys(unchecked))


async def _verdict(value: Mapping[str, Any], owner: tuple[str, str], kql: Kql) -> Verdict:
    """All that is wrong with the fields themselves, else what follows from them."""
    spec = value.get("spec") or {}
    refused = problems(spec)
    if refused:
        return Verdict(tuple(_said(refusal) for refusal in refused))
    try:
        derived = _derived(value, owner)
    except SpecError as refusal:
        return Verdict((_said(refusal),))
    return await preflight(derived, {}, kql)


def _derived(value: Mapping[str, Any], owner: tuple[str, str]) -> Derived:
    installation, namespace = owner
    metadata = value.get("metadata") or {}
    return derive(
        parse(value.get("spec") or {}),
        namespace=metadata.get("namespace", namespace),
        name=metadata.get("name", ""),
        installation=installation,
    )


def _said(refusal: SpecError) -> Finding:
    return error(refusal.field, refusal.message.removeprefix(f"{refusal.field}: "))


def _placed(file: str, document: Document, findings: Iterable[Finding]) -> Iterator[Line]:
    for found in findings:
        within = None
        if found.line is not None and found.column is not None:
            within = found.line, found.column
        line, column = document.place(found.field, within)
        yield Line(file, line, column, found.severity, found.field, found.message)


def _print(output: str, lines: Sequence[Line], unchecked: Sequence[str]) -> None:
    if output == "json":
        said = {"findings": [asdict(line) for line in lines], "unchecked": list(unchecked)}
        print(json.dumps(said, indent=2, ensure_ascii=False))
        return
    for line in sorted(lines, key=lambda line: (line.file, line.line, line.column)):
        print(line)
    for sentence in unchecked:
        print(sentence)
