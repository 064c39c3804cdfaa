"""Objects at a glance, of states that the real loop has reached."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from controller.cli import glance
from controller.cli.glance import Glance, age
from controller.kube.objects import connector_of
from controller.reconcile.conditions import LASTING
from controller.reconcile.connectivity.judgement import Counts
from tests.argocd import states
from tests.reconcile.fakes import NOW


def held(body: Mapping[str, Any], name: str = "acme") -> Glance:
    return Glance(replace(connector_of(body), namespace="soc", name=name))


async def test_each_object_is_a_row_under_its_headings() -> None:
    connected = replace(held(await states.connected()), counts=Counts(1200, 28800))
    shown = glance.table(
        [connected, held(await states.silent_source(), "quiet")], NOW + timedelta(minutes=20)
    )

    rows = [line.rstrip() for line in shown.plain.splitlines()]
    assert rows[:3] == [
        "NAMESPACE  NAME   READY  SYNCED  ACTIVE  CONNECTED  LAST DATA  LAST HOUR  LAST DAY",
        "soc        acme   True   True    True    True       20m            1,200    28,800",
        "soc        quiet  True   True    True    False      -                  -         -",
    ]


async def test_what_is_not_as_wished_is_said_once_below() -> None:
    denied = held(await states.denied())
    lines = glance.table([held(await states.connected()), denied], NOW).plain.splitlines()

    (said,) = [line for line in lines[3:] if "AccessDenied" in line]
    assert said == (
        "soc/acme Stalled=True AccessDenied: The operator has no right on dataCollectionRules/acme."
    )


async def test_a_spec_that_was_not_looked_at_is_not_ready() -> None:
    changed = held(await states.changed_spec())

    assert not changed.is_ready
    assert "soc/acme: generation 2 was not looked at yet." in glance.table([changed], NOW).plain


async def test_an_object_that_nobody_has_looked_at_is_a_row_too() -> None:
    new = held(await states.new())

    assert not new.is_ready
    assert "Unknown" in glance.table([new], NOW).plain


async def test_machines_get_the_conditions_and_the_counts() -> None:
    connected = replace(held(await states.connected()), counts=Counts(1, 2))
    (told,) = json.loads(json.dumps(glance.document([connected])))["connectors"]

    assert told["events"] == {"lastHour": 1, "lastDay": 2}
    assert {each["type"] for each in told["conditions"]} == set(LASTING)
    assert told["observedGeneration"] == told["generation"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (7199, "1h"), (86400 * 3, "3d")],
)
def test_an_age_is_one_number(seconds: float, said: str) -> None:
    assert age(seconds) == said
