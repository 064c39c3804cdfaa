"""No secret and no token is in any log, event, status, traceback or page, as loud as the log is."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass, field

import aiohttp
import pytest

from controller import config
from controller.emulator.azure import Fault, Request
from controller.emulator.azure.entra import Entra
from controller.model.connector import RECONCILE_REQUESTED
from tests.e2e.harness import CONTOSO, SECONDS, Json, Stage, is_ready, manifest
from tests.kube.test_lifecycle import free_port

SHORTEST = 12
"""characters of a part of a token that nobody may see"""
HEADER = base64.urlsafe_b64encode(b'{"typ": "JWT", "alg": "none"}').decode().rstrip("=")
"""the first part of every token: no secret"""
ARM = "/subscriptions/"
WORKSPACE = "/workspaces/LogAnalytics1"


@dataclass
class Issued:
    """Every token that the emulated Entra ID ever gave."""

    tokens: list[str] = field(default_factory=list)

    def note(self, entra: Entra) -> None:
        give = entra.token

        def noted(client_id: str, audience: str) -> str:
            token = give(client_id, audience)
            self.tokens.append(token)
            return token

        setattr(entra, "token", noted)  # noqa: B010 - a method is no plain attribute to mypy


def spellings(secret: str) -> Iterable[str]:
    """A secret as it is, in a URL, in base64, and the parts of a token."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield base64.b64encode(secret.encode()).decode().rstrip("=")
    yield from (part for part in secret.split(".") if len(part) >= SHORTEST)


def leaks(texts: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """Where a spelling of a secret stands, with some of the text around it."""
    words = {word for secret in secrets for word in spellings(secret) if word != HEADER}
    return [
        text[max(0, text.index(word) - 80) : text.index(word) + 20]
        for text in texts
        for word in words
        if word in text
    ]


@dataclass
class Pages:
    """What the metrics port has said to whoever asked."""

    port: int = field(default_factory=free_port)
    texts: list[str] = field(default_factory=list)

    async def read(self) -> None:
        for path in ("/metrics", "/readyz"):
            async with aiohttp.request("GET", f"http://127.0.0.1:{self.port}{path}") as answer:
                self.texts.append(await answer.text())


def told(stage: Stage, events: list[Json]) -> list[str]:
    """All that a person can read: the operator's output, each version of each object, events."""
    logs = [path.read_text(encoding="utf-8") for path in stage.folder.glob("operator-*")]
    return [*logs, json.dumps(stage.seen.versions), json.dumps(events)]


def echoes(token: str, secret: str) -> list[tuple[str, list[Fault]]]:
    """Answers that give away what the request held, and lost ones."""
    header = {"error": {"code": "Odd", "message": f"Bearer {token} may not do this."}}
    entra = {
        "error": "invalid_client",
        "error_description": f"AADSTS7000215: Invalid client secret {secret} provided.",
    }
    return [
        ("refused", [Fault(ARM, status=401, times=1)]),
        ("echoed", [Fault(ARM, status=403, body=header)]),
        ("echoed as text", [Fault(ARM, status=500, body=f"Authorization: Bearer {token}")]),
        ("cut", [Fault(ARM, drop=True)]),
        ("no new token", [Fault(ARM, status=401), Fault("/token", status=401, body=entra)]),
    ]


async def everything_happens(stage: Stage, issued: Issued, pages: Pages) -> None:
    """From creation to deletion, with every failure in between that could show what it holds."""
    await stage.create(manifest(CONTOSO))
    await stage.seen.until(CONTOSO, is_ready)
    for word, faults in echoes(issued.tokens[-1], stage.seed.operator.secret):
        for fault in faults:
            stage.azure.faults.add(fault)
        await stage.resync(CONTOSO, word)
        await pages.read()
        stage.azure.faults.clear()
    await the_unexpected_happens(stage)
    await stage.resync(CONTOSO, "all is well again")
    assert is_ready(stage.seen.newest(CONTOSO) or {})
    await stage.delete(CONTOSO)
    await stage.seen.gone(CONTOSO)


async def the_unexpected_happens(stage: Stage) -> None:
    """Azure answers what nobody has thought of: a traceback, and no word in the status."""
    struck = asyncio.Event()

    async def strike(request: Request) -> None:
        if request.path.endswith(WORKSPACE):
            struck.set()

    stage.azure.faults.before = strike
    stage.azure.faults.add(Fault(f"{WORKSPACE}[?]", status=200, body={}))
    await stage.change(CONTOSO, {"metadata": {"annotations": {RECONCILE_REQUESTED: "odd"}}})
    async with asyncio.timeout(SECONDS):
        await struck.wait()
    stage.azure.faults.clear()


@pytest.mark.parametrize("form", ["json", "plain"])
async def test_nothing_secret_is_told(embedded: Stage, form: str) -> None:
    issued, pages = Issued(), Pages()
    stage = embedded.with_settings({config.LOG_FORMAT: form, config.METRICS_PORT: str(pages.port)})
    issued.note(stage.azure.azure.entra)
    async with stage.operating("--verbose"):
        await everything_happens(stage, issued, pages)

    assert any("AADSTS7000215" in text for text in pages.texts)
    texts = [*told(stage, await stage.events()), *pages.texts]
    for sign in ("debug", "traceback", "keyerror", "odd: ", "aadsts7000215", "***"):
        assert any(sign in text.casefold() for text in texts), sign
    kubernetes = stage.cluster.credentials["users"][0]["user"]["token"]
    secrets = [stage.seed.operator.secret, stage.seed.push.secret, kubernetes, *issued.tokens]
    assert len(set(issued.tokens)) > 1
    assert leaks([f"Bearer {token}" for token in secrets], secrets)
    assert leaks(texts, secrets) == []
