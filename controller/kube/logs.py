"""How log lines look. Decides nothing about what is logged."""

import logging
from collections.abc import Mapping
from typing import Any

import kopf

from controller.model.connector import Connector


def fields(connector: Connector) -> Mapping[str, Any]:
    """The `extra` of a log line about an object: JSON logs carry them as fields."""
    name = f"{connector.namespace}/{connector.name}"
    return {"object": name, "generation": connector.generation}


def configure(*, json: bool, verbose: bool = False) -> None:
    """Sets up the root logger, as kopf does for its own command line."""
    form = kopf.LogFormat.JSON if json else kopf.LogFormat.FULL
    kopf.configure(verbose=verbose, log_format=form)
    # httpx tells of every request at INFO
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # kopf tells at INFO of every event that our handler has taken
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    # signals are the command line's: kopf runs in a thread of its own and says that it gets none
    logging.getLogger("kopf._core.reactor.running").addFilter(_not_about_signals)


def _not_about_signals(record: logging.LogRecord) -> bool:
    return "OS signals are ignored" not in record.getMessage()
