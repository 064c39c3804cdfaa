"""Clouds read from a JSON object."""

from pathlib import Path
from typing import Any

import pytest

from controller.azure.clouds import PUBLIC, CloudError, parse

DOCUMENT = {
    "name": "stack",
    "authority": "https://login.stack.example/",
    "arm": "https://management.stack.example",
    "armScope": "https://management.stack.example/.default",
    "logs": "https://logs.stack.example",
    "logsScope": "https://logs.stack.example/.default",
    "ingestScope": "https://ingest.stack.example/.default",
    "caFile": "/etc/ca.pem",
}


def test_a_cloud_has_the_values_of_its_file() -> None:
    cloud = parse(DOCUMENT)

    assert cloud.authority == "https://login.stack.example"
    assert cloud.arm_scope == "https://management.stack.example/.default"
    assert cloud.ca_file == Path("/etc/ca.pem")


def test_a_cloud_needs_no_authority_file() -> None:
    assert parse({k: v for k, v in DOCUMENT.items() if k != "caFile"}).ca_file is None


def test_only_the_public_cloud_is_known_to_discovery() -> None:
    assert parse(DOCUMENT).custom
    assert not PUBLIC.custom


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_plain_http_is_fine_on_loopback(host: str) -> None:
    assert parse({**DOCUMENT, "arm": f"http://{host}:8080"}).arm == f"http://{host}:8080"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arm": None}, "arm: missing"),
        ({"arm": 5}, "arm: 5 is not text"),
        ({"armScope": " "}, "armScope: ' ' is not text"),
        ({"logs": "logs.stack.example"}, "logs: 'logs.stack.example' is not a URL"),
        ({"logs": "ftp://logs.stack.example"}, "is not a URL"),
        ({"arm": "http://arm.example"}, "arm: 'http://arm.example' would send tokens in the clear"),
        ({"arm": "http://10.0.0.1"}, "in the clear"),
        ({"authority": "https://u@login.example"}, "authority: a base URL has no user"),
        ({"arm": "https://arm.example?x=1"}, "arm: a base URL has no user"),
        ({"caFile": 1}, "caFile: 1 is not text"),
        ({"armUrl": "x"}, "armUrl: unknown field; known are name, authority"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(CloudError) as caught:
        parse(DOCUMENT | change)

    assert said in str(caught.value)


@pytest.mark.parametrize("document", [None, [], "public", 3])
def test_a_cloud_is_an_object(document: object) -> None:
    with pytest.raises(CloudError, match="a cloud is a JSON object"):
        parse(document)
