"""An object that somebody applies from Git again and again: nothing of ours is a difference."""

from __future__ import annotations

import json
from itertools import groupby

from controller import config
from controller.model.connector import FIELD_MANAGER, FINALIZER, RECONCILE_REQUESTED
from tests.argocd.customization import health
from tests.e2e.harness import CONTOSO, Json, Stage, condition, is_ready, manifest
from tests.e2e.test_operator import change_the_rule
from tests.e2e.test_story import push
from tests.reconcile import kstatus

ARGO_CD = "argocd-controller"
OURS = {("status",), ("metadata", "finalizers")}
STORY = [("InProgress", "Progressing"), ("Current", "Healthy")]
EVENT = {"EventSeverity": "High", "EventType": "Login", "UserName": "kim"}


def in_git() -> Json:
    """The sample, with the labels and annotations that people have."""
    body = manifest(CONTOSO)
    body["metadata"] |= {"labels": {"team": "soc"}, "annotations": {"example.com/page": "42"}}
    return body


async def apply(stage: Stage, *, dry_run: bool = False) -> Json:
    """Server-side apply as Argo CD does it; dry, it is how Argo CD finds differences."""
    params = {"fieldManager": ARGO_CD, "force": "true"} | ({"dryRun": "All"} if dry_run else {})
    async with stage.api.patch(
        f"{stage.collection}/{CONTOSO}",
        params=params,
        data=json.dumps(in_git()),
        headers={"Content-Type": "application/apply-patch+yaml"},
    ) as answer:
        told: Json = await answer.json()
        assert answer.ok, told
        return told


async def is_in_sync(stage: Stage) -> bool:
    """Whether applying what is in Git would change nothing."""
    live = await stage.send("GET", f"/{CONTOSO}")
    return declared(await apply(stage, dry_run=True)) == declared(live)


def declared(body: Json) -> Json:
    """What Git may hold of an object, and its generation."""
    names = ("labels", "annotations", "generation")
    return {"spec": body["spec"], **{name: body["metadata"][name] for name in names}}


def owned(body: Json, manager: str) -> set[tuple[str, ...]]:
    """The fields of a manager, as deep as metadata's."""
    found: set[tuple[str, ...]] = set()
    for entry in body["metadata"]["managedFields"]:
        if entry["manager"] == manager:
            for field, below in entry["fieldsV1"].items():
                name = field.removeprefix("f:")
                names = [(name, key.removeprefix("f:")) for key in below]
                found |= set(names) if name == "metadata" else {(name,)}
    return found


async def test_nothing_of_ours_is_a_difference_to_git(embedded: Stage) -> None:
    """Not converging, a resync, a repaired drift, nor data that arrives."""
    stage = embedded.with_settings({config.CONNECTIVITY_SECONDS: "1"})
    async with stage.operating():
        await apply(stage)
        ready = await stage.seen.until(CONTOSO, is_ready)
        assert await is_in_sync(stage)

        await stage.resync(CONTOSO, "calm")
        assert await is_in_sync(stage)

        change_the_rule(stage)
        await stage.resync(CONTOSO, "drifted")
        assert await is_in_sync(stage)

        assert await push(stage, ready["status"]["ingestion"], EVENT) == 204
        await stage.seen.until(CONTOSO, lambda b: condition(b, "IsConnected")["status"] == "True")
        assert await is_in_sync(stage)

    for body in stage.seen.of(CONTOSO):
        metadata = body["metadata"]
        metadata["annotations"].pop(RECONCILE_REQUESTED, None)  # the test's own
        assert body["spec"] == in_git()["spec"]
        assert metadata["labels"] == in_git()["metadata"]["labels"]
        assert metadata["annotations"] == in_git()["metadata"]["annotations"]
        assert set(metadata.get("finalizers", ())) <= {FINALIZER}
        assert owned(body, FIELD_MANAGER) <= OURS


async def test_what_argo_cd_and_flux_see_on_the_way_is_one_story(embedded: Stage) -> None:
    """Every version of the object that the API server told, from its creation on."""
    stage = embedded
    async with stage.operating():
        await apply(stage)
        await stage.seen.until(CONTOSO, is_ready)

    seen = [
        (
            kstatus.reading(body["status"], generation=body["metadata"]["generation"]),
            health(body)["status"],
        )
        for body in stage.seen.of(CONTOSO)
    ]
    assert [pair for pair, _ in groupby(seen)] == STORY


async def test_what_the_actions_write_is_no_difference_to_git(embedded: Stage) -> None:
    """As long as Git does not declare it: spec.suspend and the request's annotation."""
    await apply(embedded)
    await embedded.change(CONTOSO, {"spec": {"suspend": True}})
    await embedded.change(CONTOSO, {"metadata": {"annotations": {RECONCILE_REQUESTED: "now"}}})
    assert await is_in_sync(embedded)
