"""How log lines look, and which object they are about. Decides nothing about what is logged."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import kopf

from controller.model.connector import Connector

NOBODY: Mapping[str, Any] = MappingProxyType({})
_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=NOBODY)


@contextmanager
def about(connector: Connector) -> Iterator[None]:
    """Every line of the block, and of the tasks that it starts, carries the object as fields.

    So do the lines of the Azure edge, which does not know for whom it calls.
    """
    fields = {
        "object": f"{connector.namespace}/{connector.name}",
        "uid": connector.uid,
        "generation": connector.generation,
        "manager": connector.manager,
    }
    before = _about.set(fields)
    try:
        yield
    finally:
        _about.reset(before)


def configure(*, json: bool, verbose: bool = False) -> None:
    """Sets up the root logger, as kopf does for its own command line."""
    form = kopf.LogFormat.JSON if json else kopf.LogFormat.FULL
    kopf.configure(verbose=verbose, log_format=form)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_with_object)
    # httpx tells of every request at INFO
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # kopf tells at INFO of every event that our handler has taken
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    # signals are the command line's: kopf runs in a thread of its own and says that it gets none
    logging.getLogger("kopf._core.reactor.running").addFilter(_not_about_signals)


def _with_object(record: logging.LogRecord) -> bool:
    """JSON logs print what a record carries beyond its own fields."""
    for name, value in _about.get().items():
        setattr(record, name, value)
    return True


def _not_about_signals(record: logging.LogRecord) -> bool:
    return "OS signals are ignored" not in record.getMessage()
