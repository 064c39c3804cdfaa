"""The Dockerfile's install steps, run in an empty place: the operator is there, and no more."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.generated import ROOT
from tests.image.build import BASES, Failed, Stage, steps
from tests.kusto import needs_service
from tests.versions import VERSION

# installed once, by whoever comes first
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("image"), pytest.mark.timeout(600)]


def other_python() -> str:
    """A Python of this minor version, if there can be the system's: the last stage has its own."""
    for found in ("/usr/bin/python3", sys.executable):
        said = subprocess.run([found, "-V"], text=True, capture_output=True, check=False)  # noqa: S603
        if said.stdout.split()[-1].rpartition(".")[0] == f"3.{sys.version_info.minor}":
            return str(Path(found).resolve())
    raise AssertionError(sys.executable)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    needs_service(os.environ)
    folder = tmp_path_factory.mktemp("image")
    stage = Stage(folder, {**BASES, "PYTHON": other_python()})
    stage.carry_out(1)
    shutil.rmtree(folder / "src")  # the last stage gets the environment alone
    stage.work = folder / "app"
    yield stage
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def packages(built: Stage) -> set[str]:
    said = built.run(built.folder / "python/bin/pip", "--python", "bin/python", "freeze")
    return {line.partition("==")[0].partition(" ")[0].lower() for line in said.splitlines()}


def test_contosoctl_runs_on_the_python_of_the_last_stage(built: Stage) -> None:
    script = built.folder / "app/bin/contosoctl"
    assert built.run(script, "version") == f"contoso-connector-operator {VERSION}\n"
    assert script.read_text().startswith(f"#!{built.folder}/app/bin/python")


def test_the_operator_gets_as_far_as_its_settings(built: Stage) -> None:
    said = built.run("bin/python", "-m", "controller", "run", check=False)
    assert said == "CONTOSO_NAMESPACE is not set: give it (see the chart's values).\n"


def test_the_language_service_checks_a_query(built: Stage) -> None:
    manifest = built.folder / "manifest.yaml"
    text = (ROOT / "manifests/contoso-security-alerts.yaml").read_text()
    manifest.write_text(text.replace("source | extend", "source | extend X = NoSuch, "))
    said = built.run("bin/contosoctl", "lint", "-f", manifest, check=False)
    assert "NoSuch is no column here" in said


def test_what_only_the_emulator_or_the_build_needs_is_not_there(packages: set[str]) -> None:
    assert {"kopf", "contoso-connector-operator"} <= packages
    absent = {"duckdb", "duckdb-kql", "common-expression-language", "trustme", "pip", "setuptools"}
    assert not packages & absent


def test_the_licences_are_in_the_image(built: Stage) -> None:
    package = built.folder / f"app/lib/python3.{sys.version_info.minor}/site-packages"
    assert "Copyright (c) Microsoft Corporation" in (package / "controller/kql/NOTICE").read_text()
    (ours,) = package.glob("contoso_connector_operator-*.dist-info/licenses/LICENSE")
    assert "Apache License" in ours.read_text()


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("base", ["", "python:3.11", "python@sha256:123", f"x@sha256:{'g' * 64}"])
def test_a_base_without_a_digest_is_refused(name: str, base: str, tmp_path: Path) -> None:
    given = {**BASES, name: base}
    (check,) = [step.value for step in steps(1) if step.name == "RUN"][:1]
    shell = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", check],
        env=given,
        text=True,
        capture_output=True,
        check=False,
    )
    assert (shell.returncode, shell.stderr) == (
        1,
        f"A base is given by digest, as NAME@sha256:…, not as '{base}'.\n",
    )


def test_a_changed_language_service_is_refused(tmp_path: Path) -> None:
    """And a missing one: an image without it would check no KQL."""
    (check,) = [step.value for step in steps(1) if "sha256sum" in step.value]
    shutil.copytree(ROOT / "controller/kql", tmp_path / "kql")
    stage = Stage(tmp_path, {})
    stage.work = tmp_path / "kql/kusto"
    stage.run("/bin/sh", "-c", check)
    service = stage.work / "bridge.min.js"

    service.write_text(service.read_text() + ";")
    with pytest.raises(Failed, match="FAILED"):
        stage.run("/bin/sh", "-c", check)
    service.unlink()
    with pytest.raises(Failed, match="No such file"):
        stage.run("/bin/sh", "-c", check)


def test_what_is_copied_is_not_ignored() -> None:
    """Docker and podman send only what .dockerignore names; the tests copy from the checkout."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = {word for step in steps(1) if step.name == "COPY" for word in step.value.split()[:-1]}
    assert "*" in lines
    assert copied == sent


def test_hadolint_has_nothing_to_say() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    said = subprocess.run(  # noqa: S603
        [linter, ROOT / "Dockerfile"], text=True, capture_output=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, "")


def test_the_last_stage_runs_as_nobody_without_a_shell() -> None:
    names = [step.name for step in steps(2)]
    (user,) = [step.value for step in steps(2) if step.name == "USER"]
    assert user == "65532:65532"
    assert all(step.value.startswith("[") for step in steps(2) if step.name == "RUN")
    assert names[-2:] == ["ENTRYPOINT", "CMD"]


def test_make_image_gives_the_bases_and_the_one_version() -> None:
    said = subprocess.run(  # noqa: S603
        ["make", "--dry-run", "image", *(f"{name}={base}" for name, base in BASES.items())],  # noqa: S607
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    )
    assert "docker build" in said.stdout
    for name, base in BASES.items():
        assert f"--build-arg {name}={base}" in said.stdout
