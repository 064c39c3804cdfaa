"""azure-mgmt's calls over our own session, so that there is one pool, token, limiter and log.

Errors never reach azure-core: they are raised as our faults here.
"""

from collections.abc import Mapping
from typing import Any

import httpx
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest

from controller.azure.answers import body_of
from controller.azure.ids import title
from controller.azure.session import Session
from controller.model.resource import Body


class SessionAnswer:
    """As much of an azure-core response as a read by azure-mgmt looks at."""

    status_code = 200

    def __init__(self, body: Body, headers: Mapping[str, str]) -> None:
        self._body = body
        self.headers = headers

    def json(self) -> Body:
        return self._body


class OverSession(AsyncHttpTransport[HttpRequest, SessionAnswer]):
    """Sends what azure-mgmt has put together; raises a Fault for anything but a JSON object."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def send(self, request: HttpRequest, **_: Any) -> SessionAnswer:
        response = await self._session.request(request.method, request.url)
        return SessionAnswer(
            body_of(response, title(httpx.URL(request.url).path)), response.headers
        )

    async def open(self) -> None:
        """Nothing to do: the session is open."""

    async def close(self) -> None:
        """Nothing to do: the session is its owner's."""

    async def __aexit__(self, *_: object) -> None:
        await self.close()
