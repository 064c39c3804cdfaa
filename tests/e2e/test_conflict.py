"""Two objects that name the same rule: what kubectl shows, and what happens when the elder goes."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.harness import MINIMAL, Stage, condition, is_ready, manifest

TAKE_OVER = "sentinel.contoso.com/take-over"


def named(name: str, rule: str) -> dict[str, Any]:
    body = manifest(MINIMAL)
    spec = {**body["spec"], "rule": {**body["spec"].get("rule", {}), "name": rule}}
    return {**body, "metadata": {"name": name}, "spec": spec}


def seniority(body: dict[str, Any]) -> tuple[str, str]:
    return body["metadata"]["creationTimestamp"], body["metadata"]["uid"]


def is_stalled(body: dict[str, Any]) -> bool:
    return condition(body, "Stalled").get("reason") == "Conflict"


async def test_the_younger_of_two_waits_and_goes_on_when_the_elder_is_deleted(
    embedded: Stage,
) -> None:
    stage, cluster = embedded, embedded.cluster
    both = [await stage.create(named(name, "shared")) for name in ("one", "other")]
    elder, younger = (body["metadata"]["name"] for body in sorted(both, key=seniority))
    async with stage.operating():
        await stage.seen.until(elder, is_ready)
        await stage.seen.until(younger, is_stalled)
        shown = await cluster.kubectl("get", "ccon", younger, "-o", "json")
        message = condition(json.loads(shown.stdout), "Ready")["message"]
        assert f"belongs to the older object {cluster.namespace}/{elder}" in message
        assert {_owner(call.body) for call in stage.writes() if _is_rule(call.path)} == {elder}

        await cluster.kubectl("delete", "ccon", elder, "--wait=false")
        await stage.seen.gone(elder)
        await stage.resync(younger, "the elder is gone")
        await stage.seen.until(younger, is_ready)
    rules = [call for call in stage.writes() if _is_rule(call.path) and call.method == "PUT"]
    assert _owner(rules[-1].body) == younger


async def test_a_rule_of_another_cluster_is_taken_over_by_an_annotation(embedded: Stage) -> None:
    stage = embedded
    await stage.create(named("mine", "shared"))
    async with stage.operating():
        mine = await stage.seen.until("mine", is_ready)
    (rule,) = [record["id"] for record in mine["status"]["resources"] if record["kind"] == "Rule"]
    held = stage.azure.azure.get(rule)
    assert held is not None
    held.body["tags"]["contoso-connector-owner"] = "far/soc/theirs"

    async with stage.operating():
        await stage.resync("mine", "now")
        told = await stage.seen.until("mine", is_stalled)
        assert f"{TAKE_OVER}={rule}" in condition(told, "Stalled")["message"]
        done = await stage.cluster.kubectl("annotate", "ccon", "mine", f"{TAKE_OVER}={rule}")
        assert done.returncode == 0, done.stderr
        await stage.seen.until("mine", lambda body: not is_stalled(body) and is_ready(body))


def _is_rule(path: str) -> bool:
    return path.casefold().endswith("/datacollectionrules/shared")


def _owner(body: Any) -> str | None:
    """The name of the object that claims the rule, None for a DELETE."""
    return body["tags"]["contoso-connector-owner"].rpartition("/")[2] if body else None
