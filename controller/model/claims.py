"""How a resource in Azure says whose it is (DESIGN 4, Ownership). Decides no policy."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from controller.model import bodies
from controller.model.bodies import at

OWNER_TAG = "contoso-connector-owner"
"""on a rule: `<installation>/<namespace>/<name>` of the object that owns the connector"""

CREATED_BY_TAG = "contoso-connector-created-by"
"""on an endpoint that we made, which connectors share: the installation"""

OWN_TAGS = frozenset({OWNER_TAG, CREATED_BY_TAG})
"""what no spec may set"""

TAG_LENGTH = 256
"""characters that ARM takes for a tag's value"""


def owner_claim(installation: str, namespace: str, name: str) -> str:
    return f"{installation}/{namespace}/{name}"


class Owner(NamedTuple):
    """A claim in its parts."""

    installation: str
    namespace: str
    name: str


def owner_of(claim: str) -> Owner | None:
    """The object that a claim names, None if no operator of ours can have written it."""
    parts = claim.split("/")
    return Owner(*parts) if len(parts) == len(Owner._fields) and all(parts) else None


def claimed_by(rule: Mapping[str, Any] | None) -> str | None:
    """The claim on a rule's readback, None: nobody's, or text that no operator of ours wrote."""
    found = str(bodies.folded(at(rule, "tags")).get(OWNER_TAG))
    return found if owner_of(found) else None


def is_described(description: object) -> bool:
    return str(description).startswith(f"{OWNER_TAG}=")


def described(owner: str) -> str:
    """The claim as a role assignment carries it: it has no tags, but a description."""
    return f"{OWNER_TAG}={owner}"
