"""Whose turn it is to write."""

import gc

from controller.model.resource import Serial
from controller.reconcile.gate import Gate
from tests.reconcile.samples import DATA_CONNECTOR, METADATA, RULE, TABLE


def test_one_resource_has_one_lock_whatever_the_case_of_its_id() -> None:
    gate = Gate()
    lock = gate.turn(RULE, Serial.ID)
    assert gate.turn(RULE.upper(), Serial.ID) is lock
    assert gate.turn(TABLE, Serial.ID) is not lock


def test_all_of_sentinel_in_one_workspace_has_one_lock() -> None:
    gate = Gate()
    lock = gate.turn(METADATA, Serial.WORKSPACE)
    assert gate.turn(DATA_CONNECTOR, Serial.WORKSPACE) is lock
    other = DATA_CONNECTOR.replace("/workspaces/ws/", "/workspaces/other/")
    assert gate.turn(other, Serial.WORKSPACE) is not lock


def test_a_lock_that_nobody_holds_is_forgotten() -> None:
    gate = Gate()
    gate.turn(RULE, Serial.ID)
    gc.collect()
    assert len(gate._locks) == 0


def test_writes_are_counted_whatever_the_case_of_the_id() -> None:
    gate = Gate()
    gate.wrote(RULE)
    gate.wrote(RULE.upper())
    assert (gate.version(RULE.lower()), gate.version(TABLE)) == (2, 0)
