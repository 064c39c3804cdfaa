"""One version everywhere: package, chart, plain files, image, command, user agent."""

import io
from contextlib import redirect_stdout

import yaml

from controller.azure.session import user_agent
from controller.cli.main import main
from tests.generated import ROOT
from tests.versions import VERSION

CHART = ROOT / "charts/contoso-connector-operator/Chart.yaml"


def test_the_chart_and_what_it_installs_have_the_package_s_version() -> None:
    chart = yaml.safe_load(CHART.read_text(encoding="utf-8"))
    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)


def test_the_plain_files_name_the_image_of_this_version() -> None:
    text = (ROOT / "manifests/install/base/install.yaml").read_text(encoding="utf-8")
    images = {line.split(":", 1)[1].strip() for line in text.splitlines() if " image: " in line}
    assert images
    assert {image.strip('"').rpartition(":")[2] for image in images} == {VERSION}


def test_the_image_is_labelled_with_it() -> None:
    assert f"\nARG VERSION={VERSION}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_contosoctl_says_it() -> None:
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert main(["version"]) == 0
    assert printed.getvalue() == f"contoso-connector-operator {VERSION}\n"


def test_azure_is_told_it() -> None:
    assert user_agent().split()[0].partition("/")[2] == VERSION
