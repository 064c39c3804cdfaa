"""A change by a person is repaired, and then laid to that person by the emulated Activity Log."""

from __future__ import annotations

from controller.azure.clouds import PUBLIC
from controller.emulator.azure.answers import Call
from controller.emulator.azure.entra import Application
from controller.model.resource import KindName, Resource
from controller.reconcile.conditions import stamp
from controller.reconcile.observe import KIND
from tests.emulated import everything
from tests.emulated.stage import Json, Stage, staged
from tests.emulated.test_every_path import derived

ANN = Application("tenant", "portal", "anns-object-id", display_name="ann@contoso.com")


def the_only(kind: KindName) -> Resource:
    (found,) = KIND[kind].resources(derived("endpoint"))
    return found


RULE, METADATA = the_only(KindName.RULE), the_only(KindName.METADATA)
TAGGED: Json = {"tags": {"team": "anns"}}


async def by_ann(stage: Stage, method: str, resource: Resource, body: Json | None = None) -> str:
    """A call of hers; the time at which it was made."""
    entra = stage.cloud.store.entra
    entra.ensure(ANN)
    version = "2024-03-11" if resource is RULE else "2025-09-01"
    call = Call(
        method=method,
        path=resource.id,
        query={"api-version": version},
        body=body,
        authorization=f"Bearer {entra.token(ANN.client_id, PUBLIC.arm)}",
        correlation="hers",
    )
    answer = await stage.cloud.act(call)
    assert answer.status < 300, answer
    return stamp(stage.clock())


async def passes(stage: Stage) -> list[str]:
    """A walk that repairs, and the pass after it: what both tell of who it was."""
    await stage.run()
    assert stage.says("Ready") == "True/Provisioned"
    assert stage.cloud.writes
    told = list(stage.told)
    await stage.run(minutes=0)
    assert stage.cloud.writes == []
    return [event.message for event in (*told, *stage.told) if event.reason == "ChangedBy"]


async def test_a_change_is_laid_to_its_caller_with_time_and_operation() -> None:
    async with staged(everything.NAME, everything.SPEC) as stage:
        await stage.run()
        time = await by_ann(stage, "PATCH", RULE, TAGGED)

        assert await passes(stage) == [
            f"Rule everything-dcr was written by ann@contoso.com at {time} "
            "(Microsoft.Insights/dataCollectionRules/write)."
        ]


async def test_a_deletion_is_told_as_one() -> None:
    async with staged(everything.NAME, everything.SPEC) as stage:
        await stage.run()
        time = await by_ann(stage, "DELETE", METADATA)

        assert await passes(stage) == [
            f"Metadata {METADATA.name} was deleted by ann@contoso.com at {time} "
            "(Microsoft.SecurityInsights/metadata/delete)."
        ]


async def test_an_entry_that_comes_late_is_told_when_it_is_there() -> None:
    async with staged(everything.NAME, everything.SPEC, activity_delay=900) as stage:
        await stage.run()
        await by_ann(stage, "PATCH", RULE, TAGGED)
        assert await passes(stage) == []

        await stage.run(minutes=15)
        await stage.run(minutes=0)
        assert [event.reason for event in stage.told] == ["ChangedBy"]


async def test_our_own_writes_are_laid_to_nobody() -> None:
    """What changed leaves no entry here, the repairs before and after it do."""
    async with staged(everything.NAME, everything.SPEC) as stage:
        await stage.run()
        stage.cloud.body(RULE.id)["tags"]["team"] = "nobodys"

        assert await passes(stage) == []
        assert any(entry["resourceId"] == RULE.id for entry in stage.cloud.store.activity)


async def test_a_log_that_may_not_be_read_holds_nothing_up() -> None:
    async with staged(everything.NAME, everything.SPEC) as stage:
        await stage.run()
        stage.cloud.store.deny(stage.cloud.seed.operator.client_id, "eventtypes")
        await by_ann(stage, "PATCH", RULE, TAGGED)

        assert await passes(stage) == []
