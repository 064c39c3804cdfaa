"""Under which names a connector is there already: definition, data connector, rule, endpoint.

Follows that chain where the spec leaves a name out and nothing of ours is known; decides no
ownership. A LIST is made only for a rule that is not ours, or a data connector that is missing.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from controller.kinds import KINDS
from controller.kinds.data_connector import of_definition
from controller.model import arm_ids, claims
from controller.model.arm_ids import RULES
from controller.model.bodies import at
from controller.model.derived import Derived
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Body, KindName, Resource
from controller.model.spec import EndpointCreate, Rule
from controller.reconcile.observe import Ports, Reading, read
from controller.reconcile.ownership import Standing
from controller.reconcile.plan import Key

_RANK = {name: rank for rank, name in enumerate(KindName)}
"""in which order a plan names what is independent"""


class Found(NamedTuple):
    """A connector under the names that it has in Azure, and what was read of it."""

    derived: Derived
    readings: Mapping[Key, Reading]


def resources(derived: Derived) -> list[Resource]:
    """All that the connector wants."""
    wanted = [resource for kind in KINDS for resource in kind.resources(derived)]
    return sorted(wanted, key=lambda resource: _RANK[resource.kind])


async def found(derived: Derived, ports: Ports, standing: Standing) -> Found:
    """Reads everything once, and what turns out to have another name once more.

    Raises Stalled(OtherName) for a name that the spec gives and Azure has otherwise,
    Stalled(NotAllowed) where the chain leads out of reach, and the fault of a LIST that it needs.
    Faults of single resources are in their readings.
    """
    derived = _remembered(derived, standing)
    readings = await _read(resources(derived), ports, {})
    readings = await _with_data_connectors(derived, readings, ports, standing)
    traced = await _traced(derived, readings, ports, standing)
    if traced is not derived:
        standing.reach.check(traced)
        readings = await _read(resources(traced), ports, readings)
    return Found(traced, readings)


async def _read(
    wanted: Iterable[Resource], ports: Ports, known: Mapping[Key, Reading]
) -> dict[Key, Reading]:
    """The readings of all, in their order; what is known is not read again."""

    async def one(resource: Resource) -> Reading:
        before = known.get(resource.key)
        return (
            before
            if before is not None and _same(before, resource)
            else await read(resource, ports)
        )

    wanted = list(wanted)
    looks = await asyncio.gather(*(one(resource) for resource in wanted))
    return {resource.key: look for resource, look in zip(wanted, looks, strict=True)}


def _same(reading: Reading, resource: Resource) -> bool:
    """What was found in a LIST may have another id than its own; a role's LIST is the rule's."""
    if resource.kind is KindName.DATA_CONNECTOR:
        return True
    return reading.resource.id.casefold() == resource.id.casefold()


def _remembered(derived: Derived, standing: Standing) -> Derived:
    """With the names that were taken over before: the reading of them proves it, without a LIST."""
    rule = _hint(standing, KindName.RULE)
    if rule is not None and _leaves_open(derived, rule):
        derived = _with_rule(derived, rule)
    endpoint = _hint(standing, KindName.ENDPOINT)
    if endpoint is not None and _endpoint_is_open(derived, endpoint):
        derived = _with_endpoint(derived, endpoint)
    return derived


def _hint(standing: Standing, kind: KindName) -> str | None:
    """What the status says was taken over, unless it cannot be so: a status can be forged."""
    resource_id = standing.adopted.get(kind, "")
    usable = arm_ids.is_of(kind, resource_id) and standing.reach.allows(resource_id)
    return resource_id if usable else None


def _leaves_open(derived: Derived, rule_id: str) -> bool:
    """Whether the spec gives the rule no other name and group than these."""
    given = derived.spec.rule or Rule()
    return _fits(given.name, arm_ids.name_of(rule_id)) and _fits(
        given.resource_group, arm_ids.group_of(rule_id)
    )


def _endpoint_is_open(derived: Derived, endpoint_id: str) -> bool:
    endpoint = derived.spec.endpoint
    if endpoint is not None and endpoint.existing is not None:
        return _fits(endpoint.existing.resource_id, endpoint_id)
    create = (endpoint and endpoint.create) or EndpointCreate()
    return _fits(create.name, arm_ids.name_of(endpoint_id)) and _fits(
        create.resource_group, arm_ids.group_of(endpoint_id)
    )


def _fits(given: str | None, there: str) -> bool:
    return given is None or given.casefold() == there.casefold()


def _with_rule(derived: Derived, rule_id: str) -> Derived:
    return replace(derived, rule_id=rule_id, rule_name=arm_ids.name_of(rule_id))


def _with_endpoint(derived: Derived, endpoint_id: str) -> Derived:
    name = arm_ids.name_of(endpoint_id)
    return replace(derived, endpoint_id=endpoint_id, endpoint_name=name)


async def _with_data_connectors(
    derived: Derived, readings: dict[Key, Reading], ports: Ports, standing: Standing
) -> dict[Key, Reading]:
    """A missing data connector of a definition that is there is looked for in every version."""
    (definition,) = _of(KindName.DEFINITION, readings)
    missing = [look for look in _of(KindName.DATA_CONNECTOR, readings) if look.found is False]
    if definition.body is None or not missing:
        return readings
    find = of_definition(derived)
    listed = await ports.arm.list(find.collection, every_version=True)
    there = {body["name"].casefold(): body for body in listed if find.matches(body)}
    names = {push.name.casefold() for push in derived.pushes}
    strange = [
        body for name, body in there.items() if name not in names and not standing.knows(body["id"])
    ]
    for look in missing:
        body = there.get(look.resource.name.casefold())
        if body is None and strange and derived.pushes[0].named:
            raise _other_name("data connector", strange, look.resource.name, "spec.dataConnectors")
        if body is None and len(strange) == 1:
            body = strange[0]
        if body is not None:
            resource = replace(look.resource, id=body["id"], name=body["name"])
            readings = {**readings, look.resource.key: replace(look, resource=resource, body=body)}
    return readings


async def _traced(
    derived: Derived, readings: Mapping[Key, Reading], ports: Ports, standing: Standing
) -> Derived:
    (look,) = _of(KindName.RULE, readings)
    if look.fault is not None:
        return derived
    rule, ours = look.body, claims.claimed_by(look.body) == derived.owner
    if not ours and not (rule is not None and derived.rule_id.casefold() in standing.created):
        other = await _named_by_data_connectors(derived, readings, rule, ports)
        if other is not None and not standing.knows(other["id"]):
            if not _leaves_open(derived, other["id"]):
                raise _other_name("rule", [other], derived.rule_name, "spec.rule")
            derived, rule = _with_rule(derived, other["id"]), other
            ours = claims.claimed_by(rule) == derived.owner
    if rule is None or KindName.ENDPOINT in standing.kinds:
        return derived
    return _by_its_endpoint(derived, rule, ours=ours)


async def _named_by_data_connectors(
    derived: Derived, readings: Mapping[Key, Reading], rule: Body | None, ports: Ports
) -> Body | None:
    """The rule that the data connectors send by, if it is another than the one at hand."""
    path = ("properties", "dcrConfig", "dataCollectionRuleImmutableId")
    named = [at(look.body, *path) for look in _of(KindName.DATA_CONNECTOR, readings)]
    wanted = {str(name).casefold() for name in named if name}
    if not wanted or str(at(rule, "properties", "immutableId")).casefold() in wanted:
        return None
    subscription = f"/subscriptions/{derived.spec.workspace.subscription_id}"
    for body in await ports.arm.list(f"{subscription}/providers/{RULES}"):
        if str(at(body, "properties", "immutableId")).casefold() in wanted:
            return body
    return None


def _by_its_endpoint(derived: Derived, rule: Body, *, ours: bool) -> Derived:
    endpoint = at(rule, "properties", "dataCollectionEndpointId")
    if not arm_ids.is_of(KindName.ENDPOINT, str(endpoint)):
        return derived  # none is named, or what somebody wrote there is none
    if endpoint.casefold() == str(derived.endpoint_id).casefold():
        return derived
    if _endpoint_is_open(derived, endpoint):
        return _with_endpoint(derived, endpoint)
    if ours:
        return derived  # the spec has changed since it was taken over
    named = {"id": endpoint, "name": arm_ids.name_of(endpoint)}
    raise _other_name("endpoint", [named], str(derived.endpoint_name), "spec.endpoint")


def _of(kind: KindName, readings: Mapping[Key, Reading]) -> list[Reading]:
    return [look for key, look in readings.items() if key[0] is kind]


def _other_name(what: str, there: list[Body], given: str, field: str) -> Stalled:
    names = ", ".join(f"{body['name']} ({body['id']})" for body in there)
    return Stalled(
        Reason.OTHER_NAME,
        f"{field} names the {what} {given}, but this connector's definition is served by {names} "
        "already, and a second one beside it would store events twice or nowhere. Leave the name "
        "out, or give that one.",
    )
