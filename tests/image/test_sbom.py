"""The bill of materials names all that the image holds, each with a licence that we may ship."""

import re

import pytest

from tests.generated import ROOT
from tests.image import sbom

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("image"), pytest.mark.timeout(600)]
NOT_SHIPPED = re.compile(r"\b(A?GPL|unknown)", re.IGNORECASE)


@pytest.fixture(scope="module")
def bom(tmp_path_factory: pytest.TempPathFactory) -> sbom.Json:
    return sbom.complete(sbom.read(sbom.installed(tmp_path_factory.mktemp("sbom"))))


def test_every_locked_package_is_listed_with_its_version(bom: sbom.Json) -> None:
    """But those for other systems."""
    line = re.compile(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==([^ ;]+)( ;)?", re.MULTILINE)
    locked = {
        (name.lower().replace("_", "-"), version)
        for name, version, marker in line.findall(sbom.LOCK.read_text())
        if not marker
    }
    listed = {
        (found["name"].lower().replace("_", "-"), found["version"]) for found in bom["components"]
    }
    assert locked
    assert locked <= listed


def test_the_language_service_is_listed_as_the_makefile_brings_it(bom: sbom.Json) -> None:
    (service,) = [found for found in bom["components"] if found.get("group") == "@kusto"]
    assert f"@kusto/language-service-next@{service['version']}" in (ROOT / "Makefile").read_text()
    assert service["version"] in (ROOT / "controller/kql/NOTICE").read_text()


def test_each_has_a_licence_that_an_image_of_ours_may_hold(bom: sbom.Json) -> None:
    lines = list(sbom.licences(bom))
    assert len(lines) == len(bom["components"])
    assert [line for line in lines if NOT_SHIPPED.search(line)] == []


def test_each_dependency_is_a_component(bom: sbom.Json) -> None:
    known = {found["bom-ref"] for found in bom["components"]} | {"root-component"}
    named = {entry["ref"] for entry in bom["dependencies"]}
    assert named | {ref for e in bom["dependencies"] for ref in e.get("dependsOn", ())} <= known
