"""`contosoctl version`."""

import argparse
from collections.abc import Mapping

from controller.cli.main import PACKAGE, version


def arguments(_: argparse.ArgumentParser) -> None:
    """None."""


def run(_: argparse.Namespace, __: Mapping[str, str]) -> int:
    """Prints name and version."""
    print(f"{PACKAGE} {version()}")
    return 0
