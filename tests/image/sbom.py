"""What the image holds, as CycloneDX and as a list of licences: `python -m tests.image.sbom DIR`.

The packages are installed from the image's lock into a folder of their own and read there.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.generated import ROOT
from tests.versions import VERSION

Json = dict[str, Any]

NAME = "contoso-connector-operator"
LOCK = ROOT / "requirements-image.lock"
UNSAID = {"protobuf": "BSD-3-Clause", "quickjs": "MIT"}
"""licences that only a file in the package says, not its metadata"""
KUSTO = "12.4.1"
SERVICE: tuple[Json, ...] = (
    {
        "type": "library",
        "bom-ref": f"npm:language-service-next@{KUSTO}",
        "group": "@kusto",
        "name": "language-service-next",
        "version": KUSTO,
        "purl": f"pkg:npm/%40kusto/language-service-next@{KUSTO}",
        "licenses": [{"license": {"id": "MIT"}}],
    },
    {
        "type": "library",
        "bom-ref": "bridge.net@17.10.1",
        "name": "Bridge.NET",
        "version": "17.10.1",
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    },
)
"""the optional language service, as controller/kql/NOTICE tells"""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        bom = complete(read(installed(Path(work))))
    written = folder / f"{NAME}-{VERSION}"
    written.with_name(f"{written.name}.cdx.json").write_text(json.dumps(bom, indent=1) + "\n")
    written.with_name(f"{written.name}.licences.txt").write_text("\n".join(licences(bom)) + "\n")
    sys.stdout.write(f"{len(bom['components'])} components in {folder}\n")


def installed(folder: Path) -> Path:
    """An interpreter that sees the image's packages and no others."""
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin/python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", "--quiet", "--require-hashes", "--requirement", LOCK)
    return python


def read(python: Path) -> Json:
    """The CycloneDX document of that interpreter's packages, the same for the same lock."""
    tool = Path(sys.executable).parent / "cyclonedx-py"
    options = ("--output-reproducible", "--pyproject", ROOT / "pyproject.toml")
    bom: Json = json.loads(run(tool, "environment", *options, python))
    return bom


def complete(bom: Json) -> Json:
    """With the language service, and with the licences that metadata leaves out."""
    components = [*bom["components"], *SERVICE]
    for component in components:
        if not component.get("licenses") and component["name"] in UNSAID:
            component["licenses"] = [{"license": {"id": UNSAID[component["name"]]}}]
    root = bom["metadata"]["component"]["bom-ref"]
    needs = [
        {**entry, "dependsOn": [*entry.get("dependsOn", ()), SERVICE[0]["bom-ref"]]}
        if entry["ref"] == root
        else entry
        for entry in bom["dependencies"]
    ]
    service = {"ref": SERVICE[0]["bom-ref"], "dependsOn": [SERVICE[1]["bom-ref"]]}
    bridge = {"ref": SERVICE[1]["bom-ref"]}
    return {**bom, "components": components, "dependencies": [*needs, service, bridge]}


def licences(bom: Json) -> Iterator[str]:
    """A line for each component: name, version, licences."""
    for component in sorted(bom["components"], key=lambda found: found["name"].casefold()):
        said = " / ".join(dict.fromkeys(_licence(each) for each in component.get("licenses", ())))
        yield f"{component['name']} {component['version']}: {said or 'unknown'}"


def _licence(entry: Json) -> str:
    found = entry.get("license", {})
    said: str = entry.get("expression") or found.get("id") or found.get("name")
    return said.rpartition(" :: ")[2]


def run(*command: str | Path) -> str:
    return subprocess.run(  # noqa: S603
        [str(word) for word in command], check=True, text=True, stdout=subprocess.PIPE
    ).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]))
