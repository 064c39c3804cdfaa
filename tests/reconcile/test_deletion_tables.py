"""A table with young rows stays until somebody confirms."""

from typing import Any

import pytest

from controller.model.connector import CONFIRM_TABLE_DELETION, Connector
from controller.model.errors import Throttled
from controller.model.reasons import Reason
from controller.model.resource import QueryError, Rows
from tests.reconcile.deleting import (
    DENIED,
    EMPTY,
    GONE,
    filled,
    left,
    object_with,
    record,
    run,
    stopped,
)
from tests.reconcile.fakes import rows


def table(**changed: Any) -> Connector:
    return object_with(record("Table"), tables="Delete", **changed)


async def test_a_table_without_young_rows_goes() -> None:
    azure = filled()
    azure.logs.replies["Logins_CL"] = EMPTY
    assert (await run(azure, table())).fault is None
    assert "Table" not in left(azure)
    assert azure.logs.asked == [
        "Logins_CL | where TimeGenerated > ago(30d) | summarize Events = count()"
    ]


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (rows("Events", 7), "holds 7 rows of the last 30 days"),
        (QueryError("Failed to resolve."), "could not be counted (Failed to resolve.)"),
        (Rows((), ()), "could not be counted (Log Analytics answered no number)"),
        (DENIED, "could not be counted (No right to delete.)"),
    ],
)
async def test_a_table_with_young_rows_stays_until_somebody_confirms(
    reply: Any, found: str
) -> None:
    """Rows that nobody could count are rows."""
    azure = filled()
    azure.logs.replies["Logins_CL"] = reply
    fault = stopped(await run(azure, table()))
    assert "Table" in left(azure)
    assert fault.reason is Reason.DELETION_BLOCKED
    assert "Table Logins_CL " in fault.message
    assert found in fault.message


async def test_the_message_of_a_protected_table_has_both_ways_out() -> None:
    azure = filled()
    azure.logs.replies["Logins_CL"] = rows("Events", 7)
    message = stopped(await run(azure, table())).message
    assert f"{CONFIRM_TABLE_DELETION}=Logins_CL" in message
    assert "spec.policy.deletion.tables to Retain" in message


async def test_nobody_is_asked_to_confirm_since_azure_is_busy() -> None:
    azure = filled()
    busy = Throttled(Reason.THROTTLED, "Later.")
    azure.logs.replies["Logins_CL"] = busy
    assert stopped(await run(azure, table())) is busy


@pytest.mark.parametrize("named", ["Logins_CL", "Other_CL, Logins_CL"])
async def test_a_confirmed_table_goes_without_a_question(named: str) -> None:
    azure = filled()
    azure.logs.replies["Logins_CL"] = rows("Events", 7)
    await run(azure, table(annotations={CONFIRM_TABLE_DELETION: named}))
    assert "Table" not in left(azure)
    assert azure.logs.asked == []


async def test_confirming_one_table_confirms_no_other() -> None:
    azure = filled()
    azure.logs.replies["Logins_CL"] = rows("Events", 7)
    progress = await run(azure, table(annotations={CONFIRM_TABLE_DELETION: "Other_CL"}))
    assert stopped(progress).reason is Reason.DELETION_BLOCKED


async def test_a_workspace_that_goes_while_rows_are_counted_took_its_tables_along() -> None:
    azure = filled()
    azure.inventory.fault = GONE
    progress = await run(azure, object_with(record("Table"), tables="Delete"))
    assert [gone["kind"] for gone in progress.gone] == ["Table"]
