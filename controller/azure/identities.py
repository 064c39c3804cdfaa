"""Who speaks to Entra ID. The way in is chosen by name; asks nobody.

Nothing is guessed: no chain of credentials is tried, so an error names the one that was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from controller.model.errors import Stalled, Waiting
from controller.model.reasons import Reason

CERTIFICATE = "AZURE_CLIENT_CERTIFICATE"
"""the key of a Secret that holds what a certificate's file would"""


class Method(StrEnum):
    """The ways in; `cli` is for development."""

    WORKLOAD_IDENTITY = "workload-identity"
    CLIENT_SECRET = "client-secret"  # noqa: S105 - the name of the way, not a secret
    CLIENT_CERTIFICATE = "client-certificate"
    MANAGED_IDENTITY = "managed-identity"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Identity:
    """One way in with its values.

    `certificate_file` holds the private key too, `certificate` is what such a file holds;
    `token_file` holds the Kubernetes service account token. `secret` is the Kubernetes Secret that
    all of it comes from, namespace/name, "" for the operator's own.
    """

    method: Method
    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate_file: str = ""
    certificate_password: str = field(default="", repr=False)
    token_file: str = ""
    certificate: bytes = field(default=b"", repr=False)
    secret: str = ""

    def __str__(self) -> str:
        """As a message names it."""
        return f"{self.method} of Secret {self.secret}" if self.secret else str(self.method)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may read, longest first."""
        words = (self.client_secret, self.certificate_password)
        return tuple(sorted(filter(None, words), key=len, reverse=True))


_VARIABLES = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "client_secret": "AZURE_CLIENT_SECRET",
    "certificate_file": "AZURE_CLIENT_CERTIFICATE_PATH",
    "certificate_password": "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "token_file": "AZURE_FEDERATED_TOKEN_FILE",
}
_NEEDED: Mapping[Method, tuple[str, ...]] = {
    Method.WORKLOAD_IDENTITY: ("tenant_id", "client_id", "token_file"),
    Method.CLIENT_SECRET: ("tenant_id", "client_id", "client_secret"),
    Method.CLIENT_CERTIFICATE: ("tenant_id", "client_id", "certificate_file"),
    Method.MANAGED_IDENTITY: (),
    Method.CLI: (),
}
_OPTIONAL: Mapping[Method, tuple[str, ...]] = {
    Method.CLIENT_CERTIFICATE: ("certificate_password",),
    # a client id chooses a user-assigned identity, a tenant id one of the accounts signed in
    Method.MANAGED_IDENTITY: ("client_id",),
    Method.CLI: ("tenant_id",),
}


def identity(method: str, environ: Mapping[str, str]) -> Identity:
    """The identity that the settings describe; raises Stalled that names what is missing."""
    try:
        chosen = Method(method)
    except ValueError:
        names = ", ".join(Method)
        raise invalid(f"Credential {method!r} is not known; choose one of {names}.") from None
    missing = [_VARIABLES[name] for name in _NEEDED[chosen] if not environ.get(_VARIABLES[name])]
    if missing:
        raise invalid(f"Credential {chosen} needs {' and '.join(missing)}; set them.")
    return _of(chosen, environ)


def _of(method: Method, environ: Mapping[str, str]) -> Identity:
    used = (*_NEEDED[method], *_OPTIONAL.get(method, ()))
    values: dict[str, Any] = {name: environ.get(_VARIABLES[name], "") for name in used}
    return Identity(method, **values)


def held(data: Mapping[str, bytes], secret: str) -> Identity:
    """The identity that the data of a Secret describe; `secret` is its namespace/name.

    Raises Waiting for a key that is not there, Stalled for keys that say too much or no text.
    Whoever could name an application without a proof would borrow what the operator's own token is
    trusted with: so workload identity is no way in here.
    """
    proofs = [key for key in (_VARIABLES["client_secret"], CERTIFICATE) if data.get(key)]
    missing = [
        _VARIABLES[name] for name in ("tenant_id", "client_id") if not data.get(_VARIABLES[name])
    ]
    if not proofs:
        missing.append(f"{_VARIABLES['client_secret']} or {CERTIFICATE}")
    if missing:
        raise Waiting(
            Reason.WAITING_FOR_SECRET,
            f"Secret {secret} lacks {' and '.join(missing)}: add what is missing.",
        )
    if len(proofs) > 1:
        raise invalid(f"Secret {secret} holds {' and '.join(proofs)}: leave one of them.")
    try:
        # a line break at the end comes from a file or an editor, and belongs to no id or secret
        text = {key: value.decode().strip() for key, value in data.items() if key != CERTIFICATE}
    except UnicodeDecodeError:
        raise invalid(
            f"Secret {secret} holds what is no text in a key other than {CERTIFICATE}."
        ) from None
    method = Method.CLIENT_CERTIFICATE if proofs == [CERTIFICATE] else Method.CLIENT_SECRET
    names = ("tenant_id", "client_id", "client_secret", "certificate_password")
    values: dict[str, Any] = {name: text.get(_VARIABLES[name], "") for name in names}
    return Identity(method, **values, certificate=data.get(CERTIFICATE, b""), secret=secret)


def variable(name: str) -> str:
    """Of the environment, for a field of `Identity`; azure-identity's own names."""
    return _VARIABLES[name]


def invalid(message: str) -> Stalled:
    """The fault of credentials that cannot be used."""
    return Stalled(Reason.CREDENTIALS_INVALID, message)
