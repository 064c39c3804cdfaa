"""The one version, as pyproject.toml has it."""

import tomllib

from tests.generated import ROOT

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
