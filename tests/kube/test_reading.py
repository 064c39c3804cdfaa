"""How a command reads the objects of a cluster when the login needs a plugin: by kubectl."""

import json
import stat
from pathlib import Path

import pytest

from controller.kube.login import Access, NoAccess
from controller.kube.reading import read
from tests.kube.samples import body
from tests.kube.test_login import kubeconfig


def by_plugin(folder: Path) -> Access:
    """A kubeconfig whose user logs in by a plugin; kubectl is looked for in the folder only."""
    path = kubeconfig(folder / "config", exec={"command": "cloud-login"})
    return Access({"PATH": str(folder)}, str(path), "other", service_account=folder / "none")


def kubectl(folder: Path, script: str) -> None:
    """A kubectl that notes its arguments."""
    program = folder / "kubectl"
    program.write_text(f'#!/bin/sh\necho "$@" > {folder}/arguments\n{script}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


async def test_kubectl_is_asked_with_the_same_kubeconfig_and_context(tmp_path: Path) -> None:
    access = by_plugin(tmp_path)
    kubectl(tmp_path, f"echo '{json.dumps({'items': [body(name='a'), body(name='b')]})}'")

    assert [found.name for found in await read(access, "soc")] == ["a", "b"]
    assert (tmp_path / "arguments").read_text().split() == [
        *("get", "contosoconnectors.sentinel.contoso.com", "-o", "json"),
        *(f"--kubeconfig={tmp_path}/config", "--context=other", "--namespace", "soc"),
    ]


async def test_every_namespace_is_read_when_none_is_named(tmp_path: Path) -> None:
    access = by_plugin(tmp_path)
    kubectl(tmp_path, "echo '{\"items\": []}'")

    assert await read(access, None) == []
    assert (tmp_path / "arguments").read_text().split()[-1] == "--all-namespaces"


async def test_what_kubectl_cannot_do_is_told_in_its_own_words(tmp_path: Path) -> None:
    access = by_plugin(tmp_path)
    kubectl(tmp_path, "echo 'You must be logged in.' >&2; exit 1")

    with pytest.raises(NoAccess, match="kubectl cannot list contosoconnectors: You must be logged"):
        await read(access, None)


async def test_without_kubectl_both_ways_out_are_named(tmp_path: Path) -> None:
    with pytest.raises(NoAccess, match=r"kubectl create token .* put kubectl on the PATH"):
        await read(by_plugin(tmp_path), None)
