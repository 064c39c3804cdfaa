"""`contosoctl`: arguments -> one command. Each command's imports wait until it is called."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module, metadata
from types import ModuleType

PROGRAM = "contosoctl"
DESCRIPTION = "Microsoft Sentinel push connectors as Kubernetes objects."
PACKAGE = "contoso-connector-operator"

COMMANDS: Mapping[str, str] = {
    "run": "run the operator",
    "plan": "show what Azure lacks of manifests, and write nothing",
    "diff": "show what Azure lacks of the objects in a cluster, and write nothing",
    "status": "show how the objects in a cluster are, and how many events arrive",
    "apply": "bring Azure to what manifests declare, once, without a cluster",
    "lint": "say what Azure would refuse or lose of manifests, without Azure",
    "rbac": "print the roles in Azure that manifests need, and the az commands that give them",
    "demo": "show the whole story on this machine",
    "emulator": "serve a small Azure on loopback",
    "explain": "say what a reason means and what to do",
    "uninstall-check": "say whether the operator may be uninstalled, or what holds it",
    "version": "print the version",
}


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 an error that was printed, 2 there is something to do."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = _chosen(argv)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == chosen:
            module(name).arguments(command)
    arguments = parser.parse_args(argv)
    run = module(arguments.command).run
    try:
        code: int = run(arguments, os.environ)
    except KeyboardInterrupt:
        return 130
    return code


def module(command: str) -> ModuleType:
    """The module of a command: `arguments` fills its parser, `run` carries it out."""
    return import_module(f"controller.cli.{command.replace('-', '_')}")


def _chosen(argv: Sequence[str] | None) -> str:
    """The command's name, so that only its module is imported (kopf alone takes half a second)."""
    words = sys.argv[1:] if argv is None else argv
    return next((word for word in words if not word.startswith("-")), "")


def version() -> str:
    """The one version of package, chart, image and user agent."""
    return metadata.version(PACKAGE)


if __name__ == "__main__":
    sys.exit(main())
