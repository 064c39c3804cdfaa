"""An HTTP answer as a JSON object, or as the fault that it tells of."""

from typing import Any

import httpx

from controller.azure import faults
from controller.model.errors import Answer, Fault, Transient
from controller.model.reasons import Reason
from controller.model.resource import Body


def checked(response: httpx.Response, resource: str) -> httpx.Response:
    """The same answer if it is a success; raises its fault if not."""
    if response.is_success:
        return response
    raise failure(response, resource, parsed(response))


def failure(response: httpx.Response, resource: str, body: object) -> Fault:
    """The fault that the answer tells of; `resource` is how its message names what was asked."""
    return faults.fault(response.status_code, response.headers, body, resource=resource)


def parsed(response: httpx.Response) -> Any:
    """Its JSON, or its text when it has none."""
    try:
        return response.json()
    except ValueError:
        return response.text


def body_of(response: httpx.Response, resource: str) -> Body:
    """The JSON object of a success; raises its fault if it is none.

    A success without an object is Transient: a proxy's page, half an answer.
    """
    body = parsed(checked(response, resource))
    if isinstance(body, dict):
        return body
    raise Transient(
        Reason.AZURE_UNAVAILABLE,
        f"{resource}: Azure's answer is not a JSON object; it is tried again.",
        answer=Answer(response.status_code),
    )
