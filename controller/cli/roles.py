"""What a connector needs in Azure -> custom roles, and the scopes at which each is assigned.

Decides how needs are grouped: scopes of one level that need the same actions share a role, so that
each action is given only where it is needed.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.kinds.role_assignment import PUBLISHER
from controller.model.arm_ids import group_scope
from controller.reconcile.actions import Level, Need

NAME_LENGTH = 128
"""characters of a custom role's name, which is unique in a tenant (custom-roles.md)"""
ADMINISTRATOR = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
"""Role Based Access Control Administrator: roleAssignments/write and delete, and every read at the
scope (built-in-roles/privileged.md)"""
CONDITION_VERSION = "2.0"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


def _side(verb: str, source: str) -> str:
    attribute = f"@{source}[{_ASSIGNMENTS}"
    return (
        f"((!(ActionMatches{{'{_ASSIGNMENTS}/{verb}'}})) OR "
        f"({attribute}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{PUBLISHER}}} AND "
        f"{attribute}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase "
        "{'ServicePrincipal'}))"
    )


CONDITION = f"{_side('write', 'Request')} AND {_side('delete', 'Resource')}"
"""Only Monitoring Metrics Publisher, only to service principals: Microsoft's own form, "Constrain
roles and principal types" (delegate-role-assignments-examples.md). What is written is known by the
request, what is deleted by the resource (conditions-authorization-actions-attributes.md); our
request names the principal's type (`kinds.role_assignment`), or it would be refused."""


@dataclass(frozen=True, slots=True)
class Role:
    """A custom role and where it is assigned. `lacks`: what its lack costs, () if it is needed."""

    name: str
    level: Level
    actions: tuple[str, ...]
    scopes: tuple[str, ...]
    lacks: tuple[str, ...] = ()

    def definition(self) -> Mapping[str, Any]:
        """As `az role definition create` takes it (custom-roles.md)."""
        return {
            "Name": self.name,
            "IsCustom": True,
            "Description": f"What ContosoConnectors need in Azure, by {self.level}: made by"
            " contosoctl rbac.",
            "Actions": list(self.actions),
            "NotActions": [],
            "DataActions": [],
            "NotDataActions": [],
            "AssignableScopes": _assignable(self.scopes),
        }


@dataclass(frozen=True, slots=True)
class Roles:
    """All that one identity is given. `giving`: where it may assign the one role by CONDITION."""

    custom: tuple[Role, ...]
    giving: tuple[str, ...]


def roles(needs: Iterable[Need], name: str) -> Roles:
    """The roles for the needs of all connectors of one identity; their names begin with `name`."""
    found = _merged(needs)
    giving = _unique(need.scope for need in found if _gives(need))
    kept = [need for need in found if not _gives(need)]
    needed = _by_level([need for need in kept if not need.action.lack], name)
    optional = _by_level([need for need in kept if need.action.lack], f"{name} optional")
    return Roles((*needed, *optional), tuple(giving))


def _merged(needs: Iterable[Need]) -> list[Need]:
    """Each action once a scope; needed by one connector it is optional for none."""
    found: dict[tuple[str, str], Need] = {}
    for need in sorted(needs, key=lambda need: (*need.key, need.action.lack, need.scope)):
        found.setdefault(need.key, need)
    return list(found.values())


def _gives(need: Need) -> bool:
    """Whether it changes who may do what: never by a custom role, which has no condition."""
    return need.action.name in (f"{_ASSIGNMENTS}/write", f"{_ASSIGNMENTS}/delete")


def _by_level(needs: Iterable[Need], name: str) -> Iterator[Role]:
    """The narrowest level first; a second role of a level is numbered."""
    by_scope: dict[str, list[Need]] = {}
    for need in needs:
        by_scope.setdefault(need.scope.casefold(), []).append(need)
    alike: dict[tuple[Level, tuple[str, ...]], list[list[Need]]] = {}
    for held in by_scope.values():
        key = held[0].action.place.level, tuple(need.action.name for need in held)
        alike.setdefault(key, []).append(held)
    for level in Level:
        of_level = [key for key in alike if key[0] is level]
        for number, key in enumerate(of_level, start=1):
            named = f"{name} {level}" if number == 1 else f"{name} {level} {number}"
            yield _role(_cut(named), alike[key])


def _role(name: str, alike: Sequence[Sequence[Need]]) -> Role:
    """The role of scopes that need the same, each given by its needs."""
    first = alike[0]
    return Role(
        name=name,
        level=first[0].action.place.level,
        actions=tuple(need.action.name for need in first),
        scopes=tuple(held[0].scope for held in alike),
        lacks=tuple(f"{n.action.name}: {n.action.lack}" for n in first if n.action.lack),
    )


def _cut(name: str) -> str:
    """Not longer than Azure takes, and still the only one of its name."""
    if len(name) <= NAME_LENGTH:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: NAME_LENGTH - 9]} {mark}"


def _assignable(scopes: Iterable[str]) -> list[str]:
    """No resource can be one: its group is (role-definitions.md, AssignableScopes)."""
    return _unique(group_scope(scope) for scope in scopes)


def _unique(texts: Iterable[str]) -> list[str]:
    """In their order, those that differ only in case once: ids have none."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
    return list(found.values())
