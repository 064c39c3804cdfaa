"""Events about a connector: one object for equal news, never an obstacle in a dying namespace."""

import json
from datetime import UTC, datetime

import pytest
import respx

from controller.kube import events
from controller.kube.api import Api, ApiError
from controller.model.connector import Event, EventType
from tests.kube.samples import connector

PATH = "/api/v1/namespaces/soc/events"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CREATED = Event(EventType.NORMAL, "Created", "Table ContosoSecurityAlerts_CL was created.")


async def test_an_event_names_its_object_and_its_sender(api: Api, server: respx.MockRouter) -> None:
    route = server.post(PATH).respond(201, json={})

    await events.post(api, connector(), CREATED, at=NOON)

    told = json.loads(route.calls.last.request.content)
    assert told["involvedObject"]["uid"] == "u1"
    assert told["source"] == {"component": "contoso-connector-operator"}
    assert (told["type"], told["reason"], told["message"]) == (
        "Normal",
        "Created",
        "Table ContosoSecurityAlerts_CL was created.",
    )
    assert told["firstTimestamp"] == told["lastTimestamp"] == "2026-11-24T12:00:00Z"


async def test_equal_events_have_one_name_and_others_another(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.post(PATH).respond(201, json={})

    await events.post(api, connector(), CREATED, at=NOON)
    await events.post(api, connector(), CREATED, at=NOON)
    await events.post(api, connector(uid="u2"), CREATED, at=NOON)

    names = [json.loads(call.request.content)["metadata"]["name"] for call in route.calls]
    assert names[0] == names[1] != names[2]


async def test_an_event_told_before_is_counted(api: Api, server: respx.MockRouter) -> None:
    server.post(PATH).respond(409)
    server.get(path__regex=f"{PATH}/alerts[.].*").respond(json={"count": 2})
    route = server.patch(path__regex=f"{PATH}/alerts[.].*").respond(json={})

    await events.post(api, connector(), CREATED, at=NOON)

    told = json.loads(route.calls.last.request.content)
    assert told == {"count": 3, "lastTimestamp": "2026-11-24T12:00:00Z"}


async def test_a_namespace_that_is_being_deleted_takes_no_events(
    api: Api, server: respx.MockRouter
) -> None:
    route = server.post(PATH).respond(403)

    await events.post(api, connector(), CREATED, at=NOON)

    assert route.call_count == 1


async def test_other_refusals_are_raised(api: Api, server: respx.MockRouter) -> None:
    server.post(PATH).respond(500)

    with pytest.raises(ApiError):
        await events.post(api, connector(), CREATED, at=NOON)


async def test_a_long_name_and_a_long_message_fit(api: Api, server: respx.MockRouter) -> None:
    route = server.post(PATH).respond(201, json={})
    long = Event(EventType.WARNING, "Refused", "x" * 5000)

    await events.post(api, connector(name="n" * 253), long, at=NOON)

    told = json.loads(route.calls.last.request.content)
    assert len(told["metadata"]["name"]) <= 253
    assert len(told["message"]) == 1024
