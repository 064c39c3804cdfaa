"""Where the API server is and who we are there: the pod's ServiceAccount, or a kubeconfig.

Decides nothing about TLS or tokens: kopf's ConnectionInfo carries them to kopf and to our client.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kopf
import yaml

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

Login = Callable[[], kopf.ConnectionInfo]
"""Reads the credentials anew at each call; raises NoAccess."""


class NoAccess(Exception):
    """There is no usable way to the API server, in one sentence for a person."""


class NeedsPlugin(NoAccess):
    """The kubeconfig's user logs in by a program that kubectl runs and we do not."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to find the API server. Call it for the credentials of this moment.

    `kubeconfig` and `context` win over the pod's ServiceAccount, that over KUBECONFIG and
    ~/.kube/config.
    """

    environ: Mapping[str, str]
    kubeconfig: str | None = None
    context: str | None = None
    service_account: Path = SERVICE_ACCOUNT

    def __call__(self) -> kopf.ConnectionInfo:
        if self.kubeconfig is None and self.context is None:
            token = self.service_account / "token"
            if token.exists():
                return _in_pod(self.service_account, self.environ)
        return _from_kubeconfig(self._files(), self.context)

    def _files(self) -> list[Path]:
        home = self.environ.get("HOME", "")
        named = self.kubeconfig or self.environ.get("KUBECONFIG") or f"{home}/.kube/config"
        # several files joined by a colon are merged, as kubectl does
        return [Path(re.sub("^~", home, part)) for part in named.split(":") if part]


def _in_pod(folder: Path, environ: Mapping[str, str]) -> kopf.ConnectionInfo:
    host = environ.get("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
    port = environ.get("KUBERNETES_SERVICE_PORT", "443")
    authority = folder / "ca.crt"
    return kopf.ConnectionInfo(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        ca_path=authority if authority.exists() else None,
        token=(folder / "token").read_text().strip(),
    )


def _from_kubeconfig(files: Sequence[Path], context: str | None) -> kopf.ConnectionInfo:
    configs = [(path.parent, _read(path)) for path in files if path.exists()]
    if not configs:
        looked = ", ".join(str(path) for path in files)
        raise NoAccess(f"No kubeconfig: {looked} does not exist. Name one with --kubeconfig.")
    chosen = context or _first(config.get("current-context") for _, config in configs)
    if not chosen:
        raise NoAccess("The kubeconfig has no current-context. Choose one with --context.")
    entry = _named(configs, "context", chosen)
    cluster = _named(configs, "cluster", entry.get("cluster", ""))
    user = _named(configs, "user", entry.get("user", ""))
    return _connection(cluster, user, str(entry.get("user", "")))


def _connection(
    cluster: Mapping[str, Any], user: Mapping[str, Any], name: str
) -> kopf.ConnectionInfo:
    for plugin in ("exec", "auth-provider"):
        if plugin in user:
            raise NeedsPlugin(
                f"User {name} of the kubeconfig logs in by an {plugin} plugin, which only kubectl "
                "runs: use a user with a token or a client certificate "
                "(kubectl create token makes one)."
            )
    token_file = user.get("tokenFile")
    return kopf.ConnectionInfo(
        server=cluster.get("server", ""),
        ca_path=cluster.get("certificate-authority"),
        ca_data=cluster.get("certificate-authority-data"),
        insecure=cluster.get("insecure-skip-tls-verify"),
        proxy_url=cluster.get("proxy-url"),
        token=Path(token_file).read_text().strip() if token_file else user.get("token"),
        username=user.get("username"),
        password=user.get("password"),
        certificate_path=user.get("client-certificate"),
        certificate_data=user.get("client-certificate-data"),
        private_key_path=user.get("client-key"),
        private_key_data=user.get("client-key-data"),
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError):
        # from None: the parser's excerpt would show a token in the traceback
        raise NoAccess(f"The kubeconfig {path} cannot be read as YAML.") from None
    if not isinstance(config, Mapping):
        raise NoAccess(f"The kubeconfig {path} is not a YAML mapping.")
    return config


def _named(
    configs: Sequence[tuple[Path, Mapping[str, Any]]], what: str, name: str
) -> Mapping[str, Any]:
    """The first entry of that name, with its file paths made absolute."""
    for folder, config in configs:
        for item in config.get(f"{what}s") or ():
            if item.get("name") == name:
                return _absolute(item.get(what) or {}, folder)
    raise NoAccess(f"The kubeconfig has no {what} named {name!r}.")


def _absolute(entry: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    paths = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
    return {
        key: str(folder / value) if key in paths and value else value
        for key, value in entry.items()
    }


def _first(values: Any) -> str | None:
    return next((value for value in values if value), None)
