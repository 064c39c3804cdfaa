"""Which resources are served right now: the built-in kinds and those of the stored definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from controller.emulator.kubernetes import errors
from controller.emulator.kubernetes.errors import Json
from controller.emulator.kubernetes.resources import BUILT_IN, Resource, declared
from controller.emulator.kubernetes.store import Key


@dataclass(frozen=True, slots=True)
class Target:
    """One object as a URL names it; `name` is empty when it is about to be created."""

    resource: Resource
    namespace: str
    name: str
    subresource: str = ""

    @property
    def key(self) -> Key:
        return Key(self.resource.group, self.resource.plural, self.namespace, self.name)

    @property
    def schema(self) -> Json:
        return self.resource.root_schema


class Registry:
    """Resources by group, version and plural."""

    def __init__(self) -> None:
        self._custom: dict[str, tuple[Resource, ...]] = {}

    def __iter__(self) -> Iterator[Resource]:
        yield from BUILT_IN
        for resources in self._custom.values():
            yield from resources

    def find(self, group: str, version: str, plural: str) -> Resource:
        """The resource at this version; raises the 404 of an unknown path."""
        for resource in self:
            if (resource.group, resource.version, resource.plural) == (group, version, plural):
                return resource
        raise errors.no_such_path()

    def declare(self, crd: Json) -> None:
        self._custom[crd["metadata"]["name"]] = tuple(declared(crd))

    def withdraw(self, name: str) -> None:
        self._custom.pop(name, None)
