"""Each request to Azure as a fact: in few words, with the budget that the answer tells."""

import httpx
import pytest
import respx

from controller.azure.called import OPERATION, OTHER, QUERY, kind_of
from controller.azure.clouds import PUBLIC
from controller.azure.credentials import Tokens
from controller.azure.session import Service, Session, Sources
from controller.azure.versions import VERSIONS
from controller.model.errors import Transient
from controller.model.facts import Called, Fact
from tests.azure.conftest import CONNECTORS, ENDPOINT, ROLES, RULE, TABLE, WORKSPACE

CLOCK = Sources(now=lambda: 5.0, elapsed=iter(range(100)).__next__)


async def asked(tokens: Tokens, url: str, service: Service = Service.ARM) -> list[Fact]:
    facts: list[Fact] = []
    async with Session(PUBLIC, tokens, sources=CLOCK, tell=facts.append) as session:
        await session.request("POST" if service is Service.LOGS else "GET", url, service=service)
    return facts


async def test_a_request_is_told_with_its_answer(tokens: Tokens, azure: respx.MockRouter) -> None:
    azure.get(TABLE).respond(
        404,
        headers={
            "x-ms-correlation-request-id": "c-1",
            "x-ms-ratelimit-remaining-subscription-reads": "249",
            "x-ms-ratelimit-remaining-made-up": "1",
        },
    )
    (fact,) = await asked(tokens, f"{TABLE}?api-version=1")
    assert fact == Called(
        service="arm",
        verb="GET",
        type="microsoft.operationalinsights/workspaces/tables",
        path=TABLE,
        status=404,
        began=5.0,
        seconds=1.0,
        subscription="s",
        correlation_id="c-1",
        budget={"subscription-reads": 249},
    )


async def test_a_request_without_an_answer_is_told_too(
    tokens: Tokens, azure: respx.MockRouter
) -> None:
    azure.get(TABLE).mock(side_effect=httpx.ConnectError("?"))
    facts: list[Fact] = []
    async with Session(PUBLIC, tokens, tell=facts.append) as session:
        with pytest.raises(Transient):
            await session.request("GET", TABLE)
    (fact,) = facts
    assert isinstance(fact, Called)
    assert (fact.status, fact.correlation_id) == (None, "")


async def test_a_query_is_told_as_one(tokens: Tokens) -> None:
    with respx.mock:
        respx.post(f"{PUBLIC.logs}/v1/workspaces/w/query").respond(200, json={})
        (fact,) = await asked(tokens, "/v1/workspaces/w/query", Service.LOGS)
    assert isinstance(fact, Called)
    assert (fact.type, fact.subscription) == (QUERY, "")


@pytest.mark.parametrize(
    "path", [WORKSPACE, TABLE, RULE, ENDPOINT, CONNECTORS, ROLES, "/subscriptions/s"]
)
def test_what_we_ask_for_is_told_by_its_type(path: str) -> None:
    assert kind_of(path) in VERSIONS


@pytest.mark.parametrize(
    ("path", "word"),
    [
        (
            "/subscriptions/s/providers/Microsoft.OperationalInsights/locations/west/operationStatuses/1",
            OPERATION,
        ),
        ("/subscriptions/s/operationresults/1", OPERATION),
        ("/subscriptions/s/providers/Microsoft.Insights", OTHER),
        ("/anything", OTHER),
    ],
)
def test_where_azure_leads_us_is_told_by_one_word(path: str, word: str) -> None:
    assert kind_of(path) == word
