"""What is installed is what was locked: each package by hash, and never without asking for it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.generated import ROOT

LOCKS = sorted(ROOT.glob("*.lock"))
INSTALLS = re.compile(r"pip(?: --python \S+)? install [^&;\n]*")
OURS = re.compile(r"--no-deps (?:--no-build-isolation -e \.|wheels/\*\.whl)$")
"""the package itself, from the checkout"""


def entries(lock: Path) -> list[str]:
    """Each locked package with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(), flags=re.MULTILINE)
    return text.replace("\\\n", " ").splitlines()


def installs() -> Iterator[str]:
    for name in ("Makefile", "Dockerfile"):
        text = (ROOT / name).read_text().replace("\\\n", " ")
        yield from (found.strip() for found in INSTALLS.findall(text))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_one_version_and_its_hashes(lock: Path) -> None:
    found = entries(lock)
    assert found
    pinned = re.compile(r"[\w.\[\],-]+==[^ ;]+( ; [^-].*?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert [entry for entry in found if not pinned.fullmatch(entry)] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text()


def test_nothing_is_installed_without_its_hash_but_the_package_itself() -> None:
    found = list(installs())
    assert len(found) >= 5
    others = [each for each in found if "--require-hashes" not in each]
    assert [each for each in others if not OURS.search(each)] == []
