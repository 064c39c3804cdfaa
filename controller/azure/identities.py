"""Who speaks to Entra ID. The way in is chosen by name; asks nobody.

Nothing is guessed: no chain of credentials is tried, so an error names the one that was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from controller.model.errors import Stalled
from controller.model.reasons import Reason


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

    `certificate_file` holds the private key too; `token_file` holds the Kubernetes service account
    token.
    """

    method: Method
    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    certificate_file: str = ""
    certificate_password: str = field(default="", repr=False)
    token_file: str = ""

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
    return Identity(method, **{name: environ.get(_VARIABLES[name], "") for name in used})


def variable(name: str) -> str:
    """Of the environment, for a field of `Identity`; azure-identity's own names."""
    return _VARIABLES[name]


def invalid(message: str) -> Stalled:
    """The fault of credentials that cannot be used."""
    return Stalled(Reason.CREDENTIALS_INVALID, message)
