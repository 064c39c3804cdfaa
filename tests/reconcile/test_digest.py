"""What an approval names: the same for the same plan, another for anything else to be written."""

import asyncio
import os
import sys
from dataclasses import replace
from typing import Any

import pytest

from controller.model.derived import Derived
from controller.model.resource import KindName
from controller.reconcile.digest import covered, plan_hash, step_hashes
from controller.reconcile.plan import Plan
from controller.reconcile.walk import walk
from tests.generated import ROOT
from tests.reconcile.fakes import Azure
from tests.reconcile.samples import (
    APP,
    DATA_CONNECTOR,
    DEFINITION,
    ENDPOINT,
    METADATA,
    RULE,
    TABLE,
    derived,
)

TABLE_KEY, RULE_KEY = (KindName.TABLE, "Logins_CL"), (KindName.RULE, "acme")
WIDER: dict[str, Any] = {
    "tables": [
        {
            "name": "Logins_CL",
            "columns": [{"name": "User", "type": "string"}, {"name": "Ip", "type": "string"}],
        }
    ]
}


async def made(azure: Azure, wanted: Derived) -> Azure:
    """Azure with everything as that connector declares it."""

    async def begin(_: Plan) -> None:
        """No object to tell."""

    assert (await walk(wanted, azure.ports, begin=begin)).done
    return azure


async def planned(wanted: Derived, azure: Azure | None = None) -> Plan:
    return await walk(wanted, (azure or Azure()).ports)


PRINTED = """
import asyncio
from controller.reconcile.digest import plan_hash
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure
from tests.reconcile.samples import derived

print(plan_hash(derived(), asyncio.run(walk(derived(), Azure().ports))))
"""


@pytest.mark.parametrize("seed", ["1", "2"])
async def test_the_hash_of_a_plan_is_the_same_in_every_process(seed: str) -> None:
    """Approvals outlive the process, in which Python hashes text by chance."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PRINTED),
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()

    assert out.decode().strip() == plan_hash(derived(), await planned(derived()))


async def test_the_order_of_independent_steps_is_not_in_it() -> None:
    plan = await planned(derived())
    backwards = replace(plan, steps=plan.steps[::-1])

    assert plan_hash(derived(), backwards) == plan_hash(derived(), plan)


async def test_what_azure_adds_and_recases_is_not_in_it() -> None:
    azure = await made(Azure(), derived())
    before = await planned(derived(**WIDER), azure)
    table = azure.arm.bodies[TABLE.casefold()]
    table["systemData"] = {"lastModifiedAt": "2026-11-24T12:00:00Z"}
    table["properties"]["plan"] = "Analytics"
    table["id"] = table["id"].upper()

    assert plan_hash(derived(**WIDER), await planned(derived(**WIDER), azure)) == plan_hash(
        derived(**WIDER), before
    )


async def test_what_stands_there_now_is_not_in_it() -> None:
    """Whatever is overwritten, what was approved is the value that takes its place."""
    azure = await made(Azure(), derived())
    flow = azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"][0]
    flow["transformKql"] = "source | take 1"
    first = await planned(derived(), azure)
    flow["transformKql"] = "source | take 2"

    assert step_hashes(derived(), await planned(derived(), azure)) == step_hashes(derived(), first)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(WIDER, id="a column more"),
        pytest.param({"rule": {"description": "mine"}}, id="another description"),
        pytest.param({"definition": {"ui": {"title": "Acme"}}}, id="another title"),
        pytest.param(
            {"application": {"existing": {"appId": APP, "servicePrincipalId": APP}}},
            id="another service principal",
        ),
    ],
)
async def test_another_wish_is_another_hash(changed: dict[str, Any]) -> None:
    other = derived(**changed)

    assert plan_hash(other, await planned(other)) != plan_hash(derived(), await planned(derived()))


async def test_words_around_a_value_that_azure_gives_out_are_in_it() -> None:
    """The value is known only after the rule is made, the words around it are approved before."""

    def saying(words: str) -> Derived:
        return derived(definition={"ui": {"descriptionMarkdown": f"{words} $(rule.immutableId)"}})

    one, other = saying("Send to"), saying("Never send to")

    assert plan_hash(one, await planned(one)) != plan_hash(other, await planned(other))


async def test_what_is_taken_away_is_in_it_and_its_place_is_not() -> None:
    """Who approved that one flow is removed has not approved the removal of another."""
    azure = await made(Azure(), derived())
    flows = azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"]
    extra = {**flows[0], "transformKql": "source | take 1"}
    hashes = []
    for more in ([*flows, extra], [extra, *flows], [*flows, {**extra, "transformKql": "source"}]):
        azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = more
        hashes.append(step_hashes(derived(), await planned(derived(), azure))[RULE_KEY])

    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


async def test_only_steps_that_write_have_a_hash() -> None:
    azure = await made(Azure(), derived())

    assert set(step_hashes(derived(**WIDER), await planned(derived(**WIDER), azure))) >= {TABLE_KEY}
    assert step_hashes(derived(), await planned(derived(), azure)) == {}


async def test_a_step_keeps_its_hash_when_what_it_waited_for_is_there() -> None:
    """After a walk that ended half-way the approval still holds for the rest."""
    whole = await planned(derived())
    approved = step_hashes(derived(), whole).values()
    azure = await made(Azure(), derived())
    for left in (DEFINITION, METADATA, DATA_CONNECTOR):
        del azure.arm.bodies[left.casefold()]
    rest = await planned(derived(), azure)

    assert [step.resource.kind for step in rest.steps if step.writes] == [
        KindName.DEFINITION,
        KindName.METADATA,
        KindName.DATA_CONNECTOR,
    ]
    assert plan_hash(derived(), rest) != plan_hash(derived(), whole)
    assert covered(derived(), rest, approved)


async def test_a_step_that_nobody_approved_is_not_covered() -> None:
    approved = step_hashes(derived(), await planned(derived())).values()
    azure = await made(Azure(), derived())
    azure.arm.bodies[ENDPOINT.casefold()]["tags"] = {}
    azure.arm.bodies[RULE.casefold()]["tags"] = {}

    assert not covered(derived(), await planned(derived(), azure), approved)
