"""The preflight of a walk, just before its first write: with the schemas that Azure has answered.

Decides which schemas are asked for beside those that the walk has read.
"""

import asyncio
from collections.abc import Mapping

from controller.model.bodies import at
from controller.model.derived import Derived
from controller.model.errors import Fault, SpecError
from controller.model.kql import Columns, kql_type
from controller.model.resource import Body, KindName
from controller.reconcile.observe import Ports
from controller.reconcile.plan import Plan
from controller.reconcile.preflight.check import Schemas, outputs, preflight
from controller.reconcile.preflight.findings import Verdict, sentences


def schemas_of(plan: Plan) -> Schemas:
    """The columns of the tables that the walk has found."""
    found = plan.of(KindName.TABLE)
    return {step.resource.name: _columns(step.readback) for step in found if step.readback}


async def ahead(derived: Derived, plan: Plan, ports: Ports) -> Verdict:
    """Everything that can be said before the first write."""
    foreign = await asyncio.gather(*(_asked(derived, name, ports) for name in outputs(derived)))
    known = {name: columns for each in foreign for name, columns in each.items()}
    return await preflight(derived, {**known, **schemas_of(plan)}, ports.kql)


def refuse(verdict: Verdict) -> None:
    """Raises SpecError with the first error, and how many more there are."""
    if verdict.errors:
        raise SpecError(verdict.errors[0].field, sentences(verdict.errors))


async def _asked(derived: Derived, table: str, ports: Ports) -> Schemas:
    """Nothing when Azure does not answer: the rule's own PUT will tell then."""
    try:
        body = await ports.arm.get(f"{derived.workspace_id}/tables/{table}")
    except Fault:
        return {}
    return {table: None if body is None else _columns(body)}


def _columns(body: Body) -> Columns:
    schema: Mapping[str, object] = at(body, "properties", "schema") or {}
    listed = [*(at(schema, "standardColumns") or ()), *(at(schema, "columns") or ())]
    return {column["name"]: kql_type(str(column.get("type"))) for column in listed}
