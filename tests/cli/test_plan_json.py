"""`-o json` is what its schema says, and holds both sides of each change."""

import json
from typing import Any

import jsonschema
import pytest

from controller.cli.plans.document import document
from controller.model.resource import KindName
from controller.reconcile.plan import Action
from tests.cli import scenes
from tests.cli.scenes import Scene
from tests.generated import ROOT

SCHEMA = json.loads((ROOT / "docs/plan.schema.json").read_text())


async def shown(scene: Scene) -> dict[str, Any]:
    """The only connector of the document, as a reader of the JSON has it."""
    told = json.loads(json.dumps(document([await scene()])))
    jsonschema.validate(told, SCHEMA)
    (connector,) = told["connectors"]
    return dict(connector)


def step(connector: dict[str, Any], kind: KindName) -> dict[str, Any]:
    (found,) = [each for each in connector["steps"] if each["kind"] == kind]
    return dict(found)


@pytest.mark.parametrize("scene", scenes.ALL, ids=lambda scene: scene.__name__)
async def test_each_scene_is_as_the_schema_says(scene: Scene) -> None:
    assert (await shown(scene))["name"] in ("acme", "fabrikam-edge")


def test_the_schema_knows_every_kind_and_action() -> None:
    properties = SCHEMA["$defs"]["step"]["properties"]
    assert set(properties["kind"]["enum"]) == set(KindName)
    assert set(properties["action"]["enum"]) >= set(Action)


async def test_what_azure_keeps_is_no_change_and_has_both_sides() -> None:
    connector = await shown(scenes.kept)
    definition = step(connector, KindName.DEFINITION)
    kept = {each["path"].rpartition("/")[2]: each["actual"] for each in definition["kept"]}

    assert kept == {"descriptionMarkdown": scenes.SHORTENED, "publisher": None}
    assert (definition["action"], definition["reason"]) == ("none", "Azure keeps 2 paths")
    assert "changes" not in definition
    assert connector["hash"] is None


async def test_a_change_has_both_sides_and_null_where_one_is_absent() -> None:
    changes = {
        each["path"]: each for each in step(await shown(scenes.changed), KindName.RULE)["changes"]
    }
    assert changes["/tags/note"] == {"path": "/tags/note", "desired": "```", "actual": "a|b"}
    assert changes["/properties/dataFlows/1"]["desired"] is None


async def test_what_is_to_be_written_has_hashes_and_what_is_done_has_none_to_approve() -> None:
    new, done = await shown(scenes.new), await shown(scenes.done)
    assert new["hash"]
    assert "hash" in step(new, KindName.RULE)
    assert done["hash"] is None
    assert step(done, KindName.RULE)["written"] is True


async def test_a_body_says_what_is_known_after_apply() -> None:
    connector = step(await shown(scenes.new), KindName.DATA_CONNECTOR)
    given = connector["body"]["properties"]["dcrConfig"]["dataCollectionRuleImmutableId"]
    assert given == "(known after apply)"


async def test_no_secret_is_shown() -> None:
    assert "s3cret" not in str(await shown(scenes.changed))


async def test_why_there_is_no_plan_is_said_with_its_reason() -> None:
    assert (await shown(scenes.unreachable))["refusal"] == {
        "reason": "WorkspaceNotFound",
        "message": "Workspace ws does not exist in soc.",
    }
