"""Tables: the asynchronous PUT, what comes back, what is refused."""

from controller.emulator.azure import Options
from tests.emulator.azure.scene import TABLE, Scene, columns, error_of, opened, table_body

FULL = {"TimeGenerated": "datetime", "EventSeverity": "string", "Count": "int"}


async def test_put_answers_202_and_the_operation_succeeds_at_the_first_poll(scene: Scene) -> None:
    accepted = await scene.arm("PUT", scene.table(), table_body())
    assert (accepted.status_code, accepted.content) == (202, b"")
    assert accepted.headers["retry-after"] == "1"
    assert (await scene.poll(accepted)).json()["status"] == "Succeeded"


async def test_a_table_is_readable_while_its_operation_runs() -> None:
    async with opened(Options(table_seconds=2, retry_after=7)) as scene:
        accepted = await scene.arm("PUT", scene.table(), table_body())
        assert (await scene.poll(accepted)).json()["status"] == "InProgress"
        busy = (await scene.arm("GET", scene.table())).json()["properties"]["provisioningState"]
        scene.clock.forward(2)
        assert (await scene.poll(accepted)).json()["status"] == "Succeeded"
        done = (await scene.arm("GET", scene.table())).json()["properties"]["provisioningState"]
    assert (busy, done) == ("InProgress", "Succeeded")


async def test_writes_are_refused_while_an_operation_runs() -> None:
    async with opened(Options(table_seconds=2)) as scene:
        await scene.arm("PUT", scene.table(), table_body())
        refused = await scene.arm("PATCH", scene.table(), table_body(**FULL))
    assert refused.status_code == 409


async def test_operation_urls_work_only_verbatim(scene: Scene) -> None:
    accepted = await scene.arm("PUT", scene.table(), table_body())
    built = accepted.headers["azure-asyncoperation"].partition("?")[0]
    path = built.removeprefix(scene.emulator.http_url)
    assert (await scene.arm("GET", path, version="2025-07-01")).status_code == 404


async def test_location_polling_ends_with_the_table() -> None:
    async with opened(Options(table_seconds=2)) as scene:
        accepted = await scene.arm("PUT", scene.table(), table_body())
        accepted.headers["azure-asyncoperation"] = accepted.headers["location"]
        assert (await scene.poll(accepted)).status_code == 202
        scene.clock.forward(2)
        assert (await scene.poll(accepted)).json()["name"] == TABLE


async def test_the_readback_carries_what_azure_adds(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    body = (await scene.arm("GET", scene.table())).json()
    assert "/resourcegroups/" in body["id"]
    assert "type" not in body
    assert body["properties"] | {"schema": None, "lastPlanModifiedDate": None} == {
        "totalRetentionInDays": 30,
        "archiveRetentionInDays": 0,
        "plan": "Analytics",
        "retentionInDaysAsDefault": True,
        "totalRetentionInDaysAsDefault": True,
        "retentionInDays": 30,
        "provisioningState": "Succeeded",
        "schema": None,
        "lastPlanModifiedDate": None,
    }
    schema = body["properties"]["schema"]
    assert schema["columns"][0] == {
        "name": "TimeGenerated",
        "type": "datetime",
        "isDefaultDisplay": False,
        "isHidden": False,
    }
    assert [column["name"] for column in schema["standardColumns"]] == ["TenantId"]
    assert schema["tableSubType"] == "DataCollectionRuleBased"


async def test_minus_one_comes_back_as_the_default_in_days(scene: Scene) -> None:
    body = table_body()
    body["properties"] |= {"retentionInDays": -1, "totalRetentionInDays": 90}
    await scene.arm("PUT", scene.table(), body)
    properties = (await scene.arm("GET", scene.table())).json()["properties"]
    assert (properties["retentionInDays"], properties["retentionInDaysAsDefault"]) == (30, True)
    assert properties["archiveRetentionInDays"] == 60


async def test_put_replaces_the_columns(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body(**FULL))
    await scene.arm("PUT", scene.table(), table_body())
    assert await _names(scene) == ["TimeGenerated", "EventSeverity"]


async def test_patch_puts_new_columns_in_front_and_removes_none(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    patched = await scene.arm("PATCH", scene.table(), table_body(Count="int"))
    assert patched.status_code == 202
    assert await _names(scene) == ["Count", "TimeGenerated", "EventSeverity"]


async def test_a_patch_of_retention_alone_answers_200_with_the_table(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    patched = await scene.arm("PATCH", scene.table(), {"properties": {"retentionInDays": 60}})
    assert patched.status_code == 200
    assert patched.json()["properties"]["retentionInDays"] == 60


async def test_a_table_without_time_generated_fails_in_a_200(scene: Scene) -> None:
    accepted = await scene.arm("PUT", scene.table(), table_body(EventSeverity="string"))
    polled = await scene.poll(accepted)
    assert (polled.status_code, polled.json()["status"]) == (200, "Failed")
    assert error_of(polled)["code"] == "SchemaUpdateFatalError"
    assert (await scene.arm("GET", scene.table())).status_code == 404


async def test_a_changed_column_type_fails_and_changes_nothing(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body(**FULL))
    accepted = await scene.arm("PATCH", scene.table(), table_body(Count="string"))
    assert "'Count'" in error_of(await scene.poll(accepted))["message"]
    body = (await scene.arm("GET", scene.table())).json()
    assert body["properties"]["schema"]["columns"][2]["type"] == "int"


async def test_reserved_and_misshapen_column_names_are_refused(scene: Scene) -> None:
    for name in ("Type", "_raw", "1st", "with-hyphen", "x" * 46):
        body = table_body(TimeGenerated="datetime")
        body["properties"]["schema"]["columns"] += columns(**{name: "string"})
        refused = await scene.arm("PUT", scene.table(), body)
        assert (refused.status_code, error_of(refused)["code"]) == (400, "InvalidParameter"), name


async def test_a_classic_table_is_refused_until_it_is_migrated(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    table = scene.emulator.azure.get(scene.table())
    assert table is not None
    table.body["properties"]["schema"]["tableSubType"] = "Classic"
    refused = await scene.arm("PATCH", scene.table(), table_body(**FULL))
    assert (refused.status_code, error_of(refused)["code"]) == (400, "InvalidParameter")
    await scene.arm("POST", f"{scene.table()}/migrate")
    assert (await scene.arm("PATCH", scene.table(), table_body(**FULL))).status_code == 202


async def test_column_types_come_back_in_the_case_they_were_sent(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body(TimeGenerated="DateTime", Flag="bool"))
    body = (await scene.arm("GET", scene.table())).json()
    types = [column["type"] for column in body["properties"]["schema"]["columns"]]
    assert types == ["DateTime", "bool"]


async def test_an_unknown_table_is_not_found_in_its_own_words(scene: Scene) -> None:
    missing = await scene.arm("GET", scene.table("X_CL"))
    assert missing.status_code == 404
    assert error_of(missing) == {
        "code": "NotFound",
        "message": "The specified table: 'X_CL' does not exist.",
    }


async def test_a_deleted_table_is_gone_and_a_second_delete_answers_204(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    assert (await scene.arm("DELETE", scene.table())).status_code == 202
    assert (await scene.arm("GET", scene.table())).status_code == 404
    assert (await scene.arm("DELETE", scene.table())).status_code == 204


async def test_lists_of_tables_are_one_page_whatever_the_page_size() -> None:
    async with opened(Options(page_size=1)) as scene:
        for name in ("A1_CL", "B2_CL"):
            body = table_body()
            body["properties"]["schema"]["name"] = name
            await scene.arm("PUT", scene.table(name), body)
        listed = (await scene.arm("GET", f"{scene.walk.workspace_id}/tables")).json()
    assert [table["name"] for table in listed["value"]] == ["A1_CL", "B2_CL"]
    assert "nextLink" not in listed


async def _names(scene: Scene) -> list[str]:
    body = (await scene.arm("GET", scene.table())).json()
    return [column["name"] for column in body["properties"]["schema"]["columns"]]
