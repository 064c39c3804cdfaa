"""What Azure should hold, as pure functions: one module a kind, found here by its KIND."""

from importlib import import_module
from pkgutil import iter_modules

from controller.model.resource import Kind


def _found() -> tuple[Kind, ...]:
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return tuple(module.KIND for module in modules)


KINDS: tuple[Kind, ...] = _found()
