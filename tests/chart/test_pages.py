"""What the pages tell whoever installs the operator to type, typed."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.chart.helm import CHART, helm
from tests.chart.install import INSTALL, OVERLAYS, by_kustomize, objects
from tests.generated import ROOT

PAGE = (ROOT / "docs" / "install.md").read_text()
PAGES = ("README.md", "docs/install.md", "charts/contoso-connector-operator/README.md")
INSTALLING = re.compile(r"^helm install (.*?[^\\])$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_the_command_that_installs_the_chart_does(page: str) -> None:
    (command,) = INSTALLING.findall((ROOT / page).read_text())
    words = shlex.split(command.replace("\\\n", " "))
    assert words[1] == CHART.relative_to(ROOT).as_posix()
    done = helm("template", words[0], str(CHART), *words[2:])
    assert done.returncode == 0, done.stderr


def test_the_values_of_the_page_are_taken(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    values = tmp_path / "values.yaml"
    values.write_text(block)
    done = helm("lint", "--strict", str(CHART), "--values", str(values))
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_has_every_overlay() -> None:
    section = PAGE.partition("\n## Kustomize\n")[2].partition("\n## ")[0]
    named = re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)
    assert sorted(named) == [folder.name for folder in OVERLAYS]


def test_the_plain_file_is_made_one_s_own_as_the_page_says() -> None:
    (command,) = re.findall(r"^(sed .*?) \| kubectl apply", PAGE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(  # noqa: S603 - a command of our own page
        ["bash", "-c", command],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert objects(done.stdout) == objects(by_kustomize(INSTALL / "overlays" / "workload-identity"))
