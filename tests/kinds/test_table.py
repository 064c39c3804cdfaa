"""A table is only ever added to; what Azure answers otherwise is no difference."""

from typing import Any

import pytest

from controller.kinds.table import KIND
from controller.model.errors import Stalled
from controller.model.reasons import Reason
from controller.model.resource import Body, Verb, Write
from controller.reconcile.diff import changes
from tests.kinds.samples import REFS, minimal


def desired(**more: Any) -> Body:
    columns = [{"name": "User", "type": "string"}, {"name": "Tries", "type": "bool"}]
    table = {"name": "Acme_CL", "columns": columns, **more}
    derived = minimal(tables=[table])
    return KIND.desired(derived, KIND.resources(derived)[0], REFS)


def readback(*columns: tuple[str, str], **more: Any) -> dict[str, Any]:
    """As Azure answers: flags on columns, TimeGenerated among the standard ones, another case."""
    flags = {"isHidden": False, "isDefaultDisplay": False, "description": None}
    named = columns or (("User", "string"), ("Tries", "Boolean"))
    return {
        "name": "Acme_CL",
        "properties": {
            "provisioningState": "Succeeded",
            "plan": "Analytics",
            "retentionInDays": 30,
            "retentionInDaysAsDefault": True,
            **more,
            "schema": {
                "name": "Acme_CL",
                "tableSubType": "DataCollectionRuleBased",
                "columns": [{"name": name, "type": kind, **flags} for name, kind in named],
                "standardColumns": [
                    {"name": "TenantId", "type": "guid", **flags},
                    {"name": "TimeGenerated", "type": "dateTime", **flags},
                ],
            },
        },
    }


def update(want: Body, have: Body) -> Write:
    return KIND.write(want, have, changes(KIND, want, have))


def test_what_azure_adds_and_recases_is_no_change() -> None:
    assert changes(KIND, desired(), readback()) == ()


def test_columns_of_others_are_no_change() -> None:
    have = readback(("User", "string"), ("Tries", "bool"), ("Theirs", "int"))

    assert changes(KIND, desired(), have) == ()


def test_a_missing_column_is_added_beside_all_that_are_there() -> None:
    write = update(desired(), readback(("User", "string"), ("Theirs", "int")))

    assert write.verb is Verb.PATCH
    assert write.body == {
        "properties": {
            "schema": {
                "name": "Acme_CL",
                "columns": [
                    {"name": "User", "type": "string"},
                    {"name": "Theirs", "type": "int"},
                    {"name": "Tries", "type": "boolean"},
                ],
            }
        }
    }


def test_a_change_of_one_field_sends_only_that_field() -> None:
    write = update(desired(retentionInDays=90), readback())

    assert write == Write(Verb.PATCH, {"properties": {"retentionInDays": 90}})


def test_a_column_of_another_type_stops_and_names_it() -> None:
    have = readback(("User", "int"), ("Tries", "boolean"))

    with pytest.raises(Stalled, match="column User is int in Azure and string") as caught:
        update(desired(), have)
    assert caught.value.reason is Reason.IMMUTABLE


def test_a_classic_table_stops_even_when_its_columns_are_right() -> None:
    have = readback()
    have["properties"]["schema"]["tableSubType"] = "Classic"

    with pytest.raises(Stalled, match="Classic table"):
        update(desired(), have)


def test_the_workspaces_retention_asked_for_equals_the_number_it_reads_back_as() -> None:
    assert changes(KIND, desired(retentionInDays=-1), readback()) == ()


def test_the_workspaces_retention_is_asked_for_when_another_is_set() -> None:
    want = desired(retentionInDays=-1)
    write = update(want, readback(retentionInDays=90, retentionInDaysAsDefault=False))

    assert write.body == {"properties": {"retentionInDays": -1}}


def test_retention_equal_to_the_default_is_no_change() -> None:
    assert changes(KIND, desired(retentionInDays=30), readback()) == ()


def test_a_description_is_sent_for_columns_but_not_for_time_generated() -> None:
    columns = [
        {"name": "TimeGenerated", "type": "datetime", "description": "when"},
        {"name": "User", "type": "string", "description": "who"},
    ]

    assert desired(columns=columns)["properties"]["schema"]["columns"] == [
        {"name": "TimeGenerated", "type": "datetime"},
        {"name": "User", "type": "string", "description": "who"},
    ]


@pytest.mark.parametrize("state", ["Updating", "InProgress", "Deleting"])
def test_a_table_in_work_is_not_settled(state: str) -> None:
    assert KIND.settled(readback(provisioningState=state)) == f"provisioningState is {state}"


def test_a_table_at_rest_is_settled() -> None:
    assert KIND.settled(readback()) is None


def test_the_columns_of_a_table_are_those_of_others_too() -> None:
    found = KIND.columns(readback(("User", "string"), ("TimeGenerated", "datetime")))

    assert {"User", "TimeGenerated"} <= found
    assert found == KIND.columns(readback(("User", "string")))  # there it is a standard one


def test_all_changes_of_a_table_lie_under_its_properties() -> None:
    have = readback(("User", "string"), plan="Basic")
    found = changes(KIND, desired(plan="Analytics"), have)

    assert [change.path for change in found] == [
        "/properties/plan",
        "/properties/schema/columns/Tries",
    ]
