"""The preflight in the loop: before the first write, once a generation and schema, never else."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from controller.model.errors import Transient
from controller.model.kql import Mistake, Node, Question, Reply
from controller.model.reasons import Reason
from tests.reconcile.fakes import Azure, call
from tests.reconcile.samples import RULE, TABLE, WORKSPACE, connector
from tests.reconcile.scene import Scene

FOREIGN = f"{WORKSPACE}/tables/Others_CL"
BUTTON = {
    "instructions": [{"type": "DeployPushConnectorButton", "parameters": {"label": "Deploy"}}]
}
WARNED: dict[str, Any] = {"definition": {"ui": {"instructionSteps": [BUTTON]}}}
BROKEN: dict[str, Any] = {
    "tables": [
        {
            "name": "Logins_CL",
            "columns": [{"name": "id", "type": "string"}, {"name": "Type", "type": "string"}],
        }
    ]
}


class Kusto:
    """`Kql` that takes every text for good, or finds the same mistake in each."""

    def __init__(self, *mistakes: Mistake) -> None:
        self.asked: list[Question] = []
        self._mistakes = mistakes

    async def check(self, questions: Sequence[Question]) -> Sequence[Reply]:
        self.asked += questions
        return [self._reply(question) for question in questions]

    def _reply(self, question: Question) -> Reply:
        whole = Node("ExpressionStatement", 0, len(question.text), "source")
        columns = {**question.tables.get("source", {}), "TimeGenerated": "datetime"}
        return Reply(self._mistakes, tuple(columns.items()), (whole,))


def scene_with(kusto: Kusto, **spec: Any) -> Scene:
    scene = Scene(connector(**spec))
    scene.azure.ports = replace(scene.azure.ports, kql=kusto)
    scene.restart()
    return scene


def to_foreign() -> dict[str, Any]:
    """A flow that ends in a table of somebody else."""
    flow = {
        "stream": "Custom-Logins",
        "outputStream": "Custom-Others_CL",
        "transformKql": "source | extend TimeGenerated = now()",
    }
    return {"rule": {"flows": [flow]}}


def store_foreign(azure: Azure, *columns: str) -> None:
    listed = [{"name": name, "type": "string"} for name in columns]
    azure.arm.store(FOREIGN, {"properties": {"schema": {"columns": listed}}})


async def test_what_azure_would_refuse_stops_every_write_and_says_how_much_it_is() -> None:
    scene = Scene(connector(**BROKEN))
    await scene.run()
    assert scene.says("Stalled") == "True/InvalidSpec"
    assert scene.message("Stalled") == (
        "spec.tables[0].columns[0].name: id is a column of Azure's own: choose another name "
        "(and 1 more)"
    )
    assert (scene.azure.arm.writes(), scene.reports) == ([], [])


async def test_a_mistake_in_a_transform_has_its_place_in_the_condition() -> None:
    wrong = Mistake("KS142", "Error", 9, "The name 'Usr' does not refer to any known column.")
    scene = scene_with(Kusto(wrong), **to_foreign())
    store_foreign(scene.azure, "User")
    await scene.run()
    assert scene.says("Stalled") == "True/InvalidSpec"
    assert scene.message("Stalled") == (
        "spec.rule.flows[0].transformKql: line 1, column 10: Usr is no column here: write User, "
        "which the stream declares"
    )
    assert scene.azure.arm.writes() == []


async def test_a_corrected_spec_goes_on() -> None:
    scene = Scene(connector(**BROKEN))
    await scene.run()
    scene.held = replace(scene.held, generation=2, spec=connector().spec)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"


async def test_a_warning_is_one_event_a_generation() -> None:
    scene = Scene(connector(**WARNED))
    await scene.run()
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    await scene.walk()
    warnings = [event for event in scene.told if event.reason == "SpecWarning"]
    assert len(warnings) == 1
    assert "would make a second application" in warnings[0].message
    assert scene.says("Ready") == "True/Provisioned"

    scene.change(resyncIntervalSeconds=700, tables=[*scene.held.spec["tables"], TABLE_MORE])
    await scene.walk()
    assert sum(event.reason == "SpecWarning" for event in scene.told) == 2


TABLE_MORE = {"name": "More_CL", "columns": [{"name": "User", "type": "string"}]}


async def test_nothing_is_checked_where_nothing_is_to_be_written() -> None:
    kusto = Kusto()
    scene = scene_with(kusto)
    await scene.run()
    asked = len(kusto.asked)
    for _ in range(3):
        await scene.walk()
    scene.restart()
    await scene.walk()
    assert asked > 0
    assert len(kusto.asked) == asked


async def test_the_texts_of_a_new_spec_are_checked_while_azure_is_read() -> None:
    """The checker's start, a second or two, costs the first connector nothing."""
    kusto = Kusto()
    scene = scene_with(kusto)
    held = scene.azure.arm.hold("GET", TABLE)
    running = asyncio.create_task(scene.run())
    await scene.azure.arm.until_in_flight(call("GET", TABLE))
    asked = len(kusto.asked)
    held.set()
    await running
    assert asked > 0


async def test_drift_is_repaired_without_asking_again() -> None:
    kusto = Kusto()
    scene = scene_with(kusto)
    await scene.run()
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    await scene.walk()  # the first write since Azure has told the table's columns
    asked = len(kusto.asked)
    scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] = []
    await scene.walk()
    assert len(kusto.asked) == asked
    assert scene.azure.arm.bodies[RULE.casefold()]["properties"]["dataFlows"] != []


async def test_an_output_without_a_table_waits_for_somebody_to_make_it() -> None:
    scene = Scene(connector(**to_foreign()))
    await scene.run()
    assert scene.says("Stalled") == "True/InvalidSpec"
    assert "spec.rule.flows[0].outputStream: Custom-Others_CL" in scene.message("Stalled")
    store_foreign(scene.azure, "User")
    await scene.walk()
    assert scene.says("Ready") == "True/Provisioned"


async def test_a_table_that_azure_does_not_tell_about_holds_nothing_up() -> None:
    scene = Scene(connector(**to_foreign()))
    silence = Transient(Reason.AZURE_UNAVAILABLE, "No answer.")
    scene.azure.arm.fail("GET", FOREIGN, silence)
    await scene.run()
    assert scene.says("Ready") == "True/Provisioned"


@pytest.mark.parametrize(("columns", "events"), [(("User",), 0), (("Other",), 1)])
async def test_a_foreign_tables_columns_come_from_its_readback(
    columns: tuple[str, ...], events: int
) -> None:
    scene = scene_with(Kusto(), **to_foreign())
    store_foreign(scene.azure, *columns)
    await scene.run()
    lost = [event for event in scene.told if "which the table Others_CL lacks" in event.message]
    assert len(lost) == events


async def test_a_tables_own_columns_join_those_of_its_readback() -> None:
    """Another connector may have added to the table what this one's transform gives."""
    scene = scene_with(
        Kusto(),
        rule={
            "streams": [
                {
                    "name": "Custom-Logins",
                    "columns": [
                        {"name": "User", "type": "string"},
                        {"name": "Added", "type": "string"},
                    ],
                }
            ]
        },
    )
    columns = [{"name": name, "type": "string"} for name in ("User", "Added")]
    scene.azure.arm.store(TABLE, {"properties": {"schema": {"columns": columns}}})
    await scene.run()
    assert [event for event in scene.told if event.reason == "SpecWarning"] == []
