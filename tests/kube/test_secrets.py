"""One Secret by its name: what it holds, or why nobody can tell, and nothing of it in a message."""

import base64

import httpx
import pytest
import respx

from controller.kube import secrets
from controller.kube.api import Api
from controller.model.errors import Fault, Transient, Waiting
from controller.model.reasons import Reason

PATH = "/api/v1/namespaces/soc/secrets/azure"


def refused(status: int, reason: str) -> httpx.Response:
    return httpx.Response(status, json={"kind": "Status", "reason": reason, "message": "no"})


async def test_a_secret_is_read_by_its_name_alone(api: Api, server: respx.MockRouter) -> None:
    encoded = base64.b64encode(b"\xff hush").decode()
    server.get(PATH).mock(return_value=httpx.Response(200, json={"data": {"key": encoded}}))

    assert await secrets.read(api, "soc", "azure") == {"key": b"\xff hush"}


async def test_an_empty_secret_holds_nothing(api: Api, server: respx.MockRouter) -> None:
    server.get(PATH).mock(return_value=httpx.Response(200, json={"kind": "Secret"}))

    assert await secrets.read(api, "soc", "azure") == {}


@pytest.mark.parametrize(
    ("answer", "fault", "said"),
    [
        (refused(404, "NotFound"), Waiting, "is not there: create it"),
        (refused(403, "Forbidden"), Waiting, "may not be read by the operator: give it the right"),
        (refused(500, "InternalError"), Transient, "Kubernetes API server did not give"),
        (httpx.ConnectError("no route"), Transient, "Kubernetes API server did not give"),
        (httpx.Response(200, json={"data": {"key": "hush!"}}), Waiting, "holds what is no base64"),
    ],
    ids=["absent", "forbidden", "broken", "silent", "garbled"],
)
async def test_what_cannot_be_read_is_one_sentence(
    api: Api,
    server: respx.MockRouter,
    answer: httpx.Response | httpx.ConnectError,
    *,
    fault: type[Fault],
    said: str,
) -> None:
    server.get(PATH).mock(side_effect=[answer])

    with pytest.raises(fault, match=said) as caught:
        await secrets.read(api, "soc", "azure")

    assert "Secret soc/azure" in caught.value.message
    assert "hush" not in caught.value.message
    assert caught.value.reason is Reason.WAITING_FOR_SECRET
