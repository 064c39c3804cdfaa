"""Why a step is there, in words; what it shows holds no secret."""

from typing import Any

from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import KindName
from controller.reconcile.telling import Account, tell
from controller.reconcile.walk import walk
from tests.reconcile.fakes import Azure
from tests.reconcile.samples import RULE, TABLE, derived
from tests.reconcile.test_digest import WIDER, made


async def told(azure: Azure, **replaced: Any) -> Account:
    wanted = derived(**replaced)
    return tell(wanted, await walk(wanted, azure.ports))


def reasons(account: Account) -> dict[KindName, str]:
    return {step.step.resource.kind: step.reason for step in account.steps}


async def test_what_is_missing_does_not_exist() -> None:
    account = await told(Azure())

    assert reasons(account)[KindName.TABLE] == "does not exist"
    assert account.summary == "7 to create, 1 as declared"
    assert account.hash


async def test_what_is_in_sync_is_as_declared_and_there_is_no_hash_to_approve() -> None:
    account = await told(await made(Azure(), derived()))

    assert set(reasons(account).values()) == {"as declared"}
    assert account.summary == "8 as declared"
    assert account.hash == ""


async def test_paths_that_differ_are_counted() -> None:
    account = await told(await made(Azure(), derived()), **WIDER)
    assert reasons(account)[KindName.TABLE] == "1 path differs"

    azure = await made(Azure(), derived())
    azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    azure.arm.bodies[RULE.casefold()]["properties"]["streamDeclarations"] = {}
    assert reasons(await told(azure))[KindName.RULE] == "2 paths differ"


async def test_a_rule_without_our_claim_was_made_by_somebody_else() -> None:
    azure = await made(Azure(), derived())
    azure.arm.bodies[RULE.casefold()]["tags"] = {}
    assert reasons(await told(azure))[KindName.RULE] == "made by somebody else, 1 path differs"

    azure.arm.bodies[RULE.casefold()]["tags"] = {"contoso-connector-owner": "far/soc/acme"}
    account = await told(azure, policy={"adoption": "Always"})
    assert reasons(account)[KindName.RULE] == "claimed by far/soc/acme, 1 path differs"


async def test_what_is_under_way_says_azures_own_word() -> None:
    azure = await made(Azure(), derived())
    azure.arm.bodies[TABLE.casefold()]["properties"]["provisioningState"] = "Updating"

    assert reasons(await told(azure))[KindName.TABLE] == "provisioningState is Updating"


async def test_what_is_held_up_names_what_it_waits_for() -> None:
    azure = Azure()
    azure.arm.fail("GET", TABLE, Stalled(Reason.ACCESS_DENIED, "No right to read."))
    account = await told(azure)

    assert reasons(account)[KindName.TABLE] == "AccessDenied"
    assert reasons(account)[KindName.RULE] == "waits for Table Logins_CL"
    (table,) = [step for step in account.steps if step.step.resource.kind is KindName.TABLE]
    assert table.message == "No right to read."


async def test_what_was_done_is_told_as_done() -> None:
    azure = Azure()

    async def begin(_: object) -> None:
        """No object to tell."""

    account = tell(derived(), await walk(derived(), azure.ports, begin=begin))

    words = {(step.word, step.reason) for step in account.steps}
    assert words == {("created", "did not exist"), ("none", "as declared")}
    assert account.summary == "7 created, 1 as declared"
    assert account.hash == ""


async def test_a_secret_is_shown_on_neither_side_and_in_no_body() -> None:
    rule = {"tags": {"apiKey": "s3cret-new", "team": "soc"}}
    new = await told(Azure(), rule=rule)
    azure = await made(Azure(), derived())
    azure.arm.bodies[RULE.casefold()]["tags"]["apiKey"] = "s3cret-old"
    changed = await told(azure, rule=rule)

    assert "soc" in str([step.body for step in new.steps])
    assert "s3cret" not in str([step.body for step in new.steps])
    shown = [change for step in changed.steps for change in step.changes]
    assert any(change.path == "/tags/apiKey" for change in shown)
    assert "s3cret" not in str(shown)
