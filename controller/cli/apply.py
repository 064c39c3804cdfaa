"""`contosoctl apply -f`: the walk of `plan`, carried out."""

import argparse
from collections.abc import Mapping

from controller.cli import plan


def arguments(parser: argparse.ArgumentParser) -> None:
    """Those of plan."""
    plan.arguments(parser)


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """0 all is as declared now, 2 something is still under way, 1 an error."""
    return plan.start(arguments, environ, write=True)
