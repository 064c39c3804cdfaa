"""Where the credentials come from, and the sentence when there are none."""

import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.kube.login import Access, NoAccess


def kubeconfig(path: Path, **user: Any) -> Path:
    config = {
        "current-context": "dev",
        "contexts": [
            {"name": "dev", "context": {"cluster": "local", "user": "me"}},
            {"name": "other", "context": {"cluster": "far", "user": "me"}},
        ],
        "clusters": [
            {"name": "local", "cluster": {"server": "https://local", "certificate-authority": "c"}},
            {"name": "far", "cluster": {"server": "https://far"}},
        ],
        "users": [{"name": "me", "user": user}],
    }
    path.write_text(yaml.safe_dump(config))
    return path


@pytest.fixture
def pod(tmp_path: Path) -> Path:
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").write_text("pod-token\n")
    (folder / "ca.crt").write_text("ca")
    return folder


def test_in_a_pod_the_service_account_is_used(pod: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}

    info = Access(environ, service_account=pod)()

    assert (info.server, info.token, info.ca_path) == (
        "https://10.0.0.1:443",
        "pod-token",
        pod / "ca.crt",
    )


def test_an_ipv6_service_address_is_bracketed(pod: Path) -> None:
    info = Access({"KUBERNETES_SERVICE_HOST": "fd00::1"}, service_account=pod)()

    assert info.server == "https://[fd00::1]:443"


def test_a_renewed_token_file_is_seen_by_the_next_call(pod: Path) -> None:
    access = Access({}, service_account=pod)
    access()

    (pod / "token").write_text("renewed")

    assert access().token == "renewed"


def test_a_named_kubeconfig_wins_over_the_pod(pod: Path, tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", token="t")

    info = Access({}, kubeconfig=str(path), service_account=pod)()

    assert (info.server, info.token) == ("https://local", "t")
    assert info.ca_path == str(tmp_path / "c")


def test_a_context_may_be_chosen(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", token="t")

    assert Access({}, kubeconfig=str(path), context="other")().server == "https://far"


def test_outside_a_pod_the_environment_names_the_files(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path / "config", token="t")
    environ = {"KUBECONFIG": f"{tmp_path}/absent:~/config", "HOME": str(path.parent)}

    assert Access(environ, service_account=tmp_path / "none")().token == "t"


def test_a_token_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    path = kubeconfig(tmp_path / "config", tokenFile="token")

    assert Access({}, kubeconfig=str(path))().token == "from-file"


@pytest.mark.parametrize("plugin", ["exec", "auth-provider"])
def test_a_login_plugin_is_refused_with_the_way_out(tmp_path: Path, plugin: str) -> None:
    path = kubeconfig(tmp_path / "config", **{plugin: {"command": "kubelogin"}})

    with pytest.raises(NoAccess, match=rf"User me .* {plugin} plugin.*kubectl create token"):
        Access({}, kubeconfig=str(path))()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("token: {secret", "cannot be read as YAML"),
        ("- 1", "is not a YAML mapping"),
        ("{}", "has no current-context"),
        ("current-context: gone", "no context named 'gone'"),
    ],
)
def test_a_broken_kubeconfig_is_told_without_its_content(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "config"
    path.write_text(text)

    with pytest.raises(NoAccess, match=sentence) as caught:
        Access({}, kubeconfig=str(path))()

    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_no_kubeconfig_at_all_names_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(NoAccess, match=r"\.kube/config does not exist"):
        Access({"HOME": str(tmp_path)}, service_account=tmp_path / "none")()
