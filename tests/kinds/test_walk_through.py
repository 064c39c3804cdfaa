"""The golden files of the Contoso connector are the walk-through's, but for the listed reasons."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.kinds.samples import VALUES

TEXT = Path(__file__).parents[3] / "shared/walk-through.txt"
GOLDEN = Path(__file__).parent / "golden" / "contoso"
QUOTES: dict[str, str | int | None] = {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"}
LABELS = {
    "<DCE_INGESTION_ENDPOINT>": VALUES["endpoint.logsIngestion"],
    "<DCR_IMMUTABLE_ID>": VALUES["rule.immutableId"],
}

pytestmark = pytest.mark.skipif(not TEXT.exists(), reason="the walk-through is not here")


def published(beginning: str) -> dict[str, Any]:
    """The JSON object of the walk-through that begins so; its quotes are typographic."""
    text = TEXT.read_text().translate(str.maketrans(QUOTES))
    found, _ = json.JSONDecoder().raw_decode(text[text.index(beginning) :])
    assert isinstance(found, dict)
    return found


def golden(name: str) -> dict[str, Any]:
    body = json.loads((GOLDEN / f"{name}.json").read_text())
    assert isinstance(body, dict)
    return body


def resource(kind: str) -> dict[str, Any]:
    """One resource of the template that makes the definition."""
    template = published(
        '{\n"$schema": "https://schema.management.azure.com/schemas/2019-04-01/dep'
    )
    (found,) = [item for item in template["resources"] if item["type"].endswith(kind)]
    assert isinstance(found, dict)
    return found


def test_the_definition_is_the_published_one() -> None:
    ours = golden("definition")
    theirs = resource("/dataConnectorDefinitions")
    card = json.dumps(theirs["properties"]["connectorUiConfig"])
    for label, value in LABELS.items():
        card = card.replace(label, value)
    expected = json.loads(card)
    expected["connectivityCriteria"] = expected.pop("connectivityCriterias")
    derived = {"graphQueries", "sampleQueries", "permissions", "availability"}
    shown = ours["properties"]["connectorUiConfig"]

    assert {key: value for key, value in shown.items() if key not in derived} == expected
    assert derived == shown.keys() - expected.keys()
    assert ours["kind"] == theirs["kind"]
    assert set(ours) == {"kind", "properties"}


def test_the_metadata_is_the_published_one() -> None:
    expected = resource("/metadata")["properties"]
    definition = "ContosoSecurityAlertsPush"
    parent = f"{VALUES['workspace.id']}/providers/Microsoft.SecurityInsights"
    expected["contentId"] = definition
    expected["parentId"] = f"{parent}/dataConnectorDefinitions/{definition}"
    expected["source"]["sourceId"] = "contoso.contoso-security-alerts"

    assert golden("metadata") == {"properties": expected}


def test_the_data_connector_is_the_published_one() -> None:
    assert golden("data_connector") == published('{\n"kind": "Push"')
