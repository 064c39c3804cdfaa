"""The content metadata beside a definition: version, source, author, support."""

from collections.abc import Iterator, Mapping
from typing import Any

from controller.model import arm_ids, bodies
from controller.model.bodies import at
from controller.model.derived import Derived
from controller.model.resource import (
    Body,
    Change,
    Kind,
    KindName,
    Refs,
    Resource,
    Rules,
    Serial,
    Verb,
    Write,
)
from controller.model.spec import Metadata
from controller.model.spelling import caseless


def _resources(derived: Derived) -> tuple[Resource, ...]:
    name = f"DataConnector-{derived.definition_name}"  # the packager's name (PUSH, 1b)
    return (
        Resource(KindName.METADATA, name, arm_ids.sentinel(derived.workspace_id, "metadata", name)),
    )


def _desired(derived: Derived, resource: Resource, refs: Refs) -> Body:
    given = (derived.spec.definition and derived.spec.definition.metadata) or Metadata()
    return {
        "properties": {
            "parentId": derived.definition_id,
            "contentId": derived.definition_name,
            "kind": "DataConnector",
            # source, author, support, dependencies only if given: Azure fills in a source
            # of its own (FIELD part 1, 4), which is not ours then
            **given.model_dump(by_alias=True, exclude_none=True),
        }
    }


def _comparable(desired: Body, readback: Body) -> tuple[Body, Body]:
    """The names of criteria may be dropped by Azure, all of them (API 5)."""
    dependencies = at(desired, "properties", "dependencies")
    answered = at(readback, "properties", "dependencies")
    if not isinstance(dependencies, Mapping) or _is_named(answered):
        return desired, readback
    asked = {**desired["properties"], "dependencies": _criterion(dependencies)}
    return {**desired, "properties": asked}, readback


def _is_named(node: Any) -> bool:
    below = at(node, "criteria") or ()
    return at(node, "name") is not None or any(_is_named(item) for item in below)


def _criterion(node: Mapping[str, Any]) -> dict[str, Any]:
    kept = bodies.without(node, {"name"})
    if kept.get("criteria"):
        kept["criteria"] = [_criterion(below) for below in kept["criteria"]]
    return kept


def _criterion_enums(path: str, *, depth: int) -> Iterator[str]:
    """The enums of criteria, which hold criteria in turn (OpenAPI 2025-09-01)."""
    yield from bodies.under(path, {"kind", "operator"})
    if depth > 1:
        yield from _criterion_enums(f"{path}/criteria/*", depth=depth - 1)


def _write(desired: Body, readback: Body | None, changes: tuple[Change, ...]) -> Write:
    return Write(Verb.PUT, bodies.updated(desired, readback, frozenset()))


KIND = Kind(
    name=KindName.METADATA,
    type="Microsoft.SecurityInsights/metadata",
    after=frozenset({KindName.DEFINITION}),
    resources=_resources,
    desired=_desired,
    rules=Rules(
        forms={
            "/properties/kind": caseless,
            "/properties/source/kind": caseless,
            "/properties/support/tier": caseless,
            **dict.fromkeys(_criterion_enums("/properties/dependencies", depth=5), caseless),
        },
        fold_keys=frozenset({""}),
        blank_is_absent=frozenset({"/properties"}),  # explicit nulls (FIELD part 1, 4)
    ),
    comparable=_comparable,
    write=_write,
    provides=lambda _derived, _resource, _body: {},
    serial=Serial.WORKSPACE,
)
