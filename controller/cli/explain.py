"""`contosoctl explain REASON`: the text of docs/operations.md for one reason."""

import argparse
from collections.abc import Mapping

from rich.console import Console

from controller.cli import render
from controller.model.reasons import Reason


def arguments(parser: argparse.ArgumentParser) -> None:
    """REASON; without it all reasons are listed."""
    parser.add_argument("reason", nargs="?", metavar="REASON", help="as a condition shows it")


def run(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    """1 for a reason that does not exist."""
    if arguments.reason is None:
        Console().print("\n".join(Reason))
        return 0
    known = {reason.casefold(): reason for reason in Reason}
    found = known.get(arguments.reason.casefold())
    if found is None:
        Console(stderr=True).print(
            f"{arguments.reason!r} is no reason of ours; `contosoctl explain` lists them."
        )
        return 1
    Console(highlight=False).print(render.reason(found))
    return 0
