"""The audit trail: a line for every write to Azure, also for one that fails; no body in it."""

import logging
from typing import Any

import httpx
import pytest
import respx

from controller.azure.arm import ArmClient
from controller.azure.audit import Audit, digest
from controller.azure.called import CORRELATION_ID
from controller.azure.session import Session
from controller.model.errors import Fault
from tests.azure.conftest import RULE, TABLE, Sleeps

BODY = {"properties": {"description": "a word that stays inside"}}


@pytest.fixture
def arm(session: Session, sleeps: Sleeps) -> ArmClient:
    return ArmClient(session, sleep=sleeps, audit=Audit("demo/pod-1", now=lambda: 0.0))


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(record) for record in caplog.records if record.name == "controller.audit"]


@pytest.fixture(autouse=True)
def _told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="controller.audit")


async def test_a_write_is_on_record_with_what_it_found_and_what_it_left(
    arm: ArmClient, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    after = {**BODY, "kind": "Direct"}
    azure.put(RULE).respond(200, json=after, headers={CORRELATION_ID: "c-1"})

    await arm.put(RULE, BODY, before=BODY)

    (line,) = lines(caplog)
    said = {
        "operator": "demo/pod-1",
        "verb": "PUT",
        "resource": RULE,
        "api_version": "2024-03-11",
        "status": 200,
        "correlation_id": "c-1",
        "before": digest(BODY),
        "after": digest(after),
        "started": "1970-01-01T00:00:00+00:00",
    }
    assert {name: line[name] for name in said} == said


async def test_a_creation_found_nothing_and_a_deletion_leaves_nothing(
    arm: ArmClient, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.put(RULE).respond(200, json=BODY)
    azure.delete(RULE).respond(200)

    await arm.put(RULE, BODY)
    await arm.delete(RULE, before=BODY)

    first, last = lines(caplog)
    assert (first["before"], first["after"]) == ("none", digest(BODY))
    assert (last["before"], last["after"]) == (digest(BODY), "none")


async def test_a_write_that_is_refused_is_on_record_too(
    arm: ArmClient, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.put(RULE).respond(403, json={"error": {"code": "AuthorizationFailed", "message": "No."}})

    with pytest.raises(Fault):
        await arm.put(RULE, BODY, before=BODY)

    (line,) = lines(caplog)
    assert (line["status"], line["after"]) == (403, "unknown")


async def test_a_write_whose_answer_is_lost_is_on_record_too(
    arm: ArmClient, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.put(RULE).mock(side_effect=httpx.ReadTimeout("?"))

    with pytest.raises(Fault):
        await arm.put(RULE, BODY, before=BODY)

    (line,) = lines(caplog)
    assert (line["status"], line["after"], line["correlation_id"]) == (0, "unknown", "")


async def test_reads_leave_no_trace(
    arm: ArmClient, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.get(TABLE).respond(200, json=BODY)
    await arm.get(TABLE)
    assert lines(caplog) == []


async def test_no_body_is_in_the_trail(
    arm: ArmClient, azure: respx.MockRouter, caplog: pytest.LogCaptureFixture
) -> None:
    azure.put(RULE).respond(200, json=BODY)
    await arm.put(RULE, BODY, before=BODY)
    assert "a word that stays inside" not in repr(lines(caplog))


def test_a_digest_does_not_see_what_every_write_changes() -> None:
    assert digest({**BODY, "etag": "1"}) == digest({**BODY, "etag": "2", "systemData": {"a": 1}})
    assert digest(BODY) != digest({**BODY, "kind": "Direct"})
