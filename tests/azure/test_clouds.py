"""Clouds read from a JSON object."""

from pathlib import Path
from typing import Any

import pytest
from azure.core import AzureClouds
from azure.identity import AzureAuthorityHosts
from azure.mgmt.core.tools import get_arm_endpoints

from controller.azure.clouds import CHINA, CLOUDS, PUBLIC, US_GOVERNMENT, Cloud, CloudError, parse

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


@pytest.mark.parametrize(
    ("cloud", "authority", "of_azure"),
    [
        (PUBLIC, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD, AzureClouds.AZURE_PUBLIC_CLOUD),
        (
            US_GOVERNMENT,
            AzureAuthorityHosts.AZURE_GOVERNMENT,
            AzureClouds.AZURE_US_GOVERNMENT,
        ),
        (CHINA, AzureAuthorityHosts.AZURE_CHINA, AzureClouds.AZURE_CHINA_CLOUD),
    ],
    ids=list(CLOUDS),
)
def test_a_cloud_is_where_azures_own_libraries_look_for_it(
    cloud: Cloud, authority: str, of_azure: AzureClouds
) -> None:
    endpoints = get_arm_endpoints(of_azure)

    assert cloud.authority == f"https://{authority}"
    assert f"{cloud.arm}/" == endpoints["resource_manager"]
    assert [cloud.arm_scope] == endpoints["credential_scopes"]


def test_no_two_clouds_share_a_host_or_an_audience() -> None:
    places = [
        place
        for cloud in CLOUDS.values()
        for place in {
            cloud.authority,
            cloud.arm,
            cloud.arm_scope,
            cloud.logs,
            cloud.logs_scope,
            cloud.ingest_scope,
        }
    ]

    assert len(places) == len(set(places)) == 3 * 6


def test_only_the_public_cloud_is_known_to_discovery() -> None:
    assert parse(DOCUMENT).custom
    assert CHINA.custom
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
