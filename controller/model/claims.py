"""How a resource in Azure says whose it is (DESIGN 4, Ownership). Decides no policy."""

OWNER_TAG = "contoso-connector-owner"
"""on a rule: `<installation>/<namespace>/<name>` of the object that owns the connector"""

CREATED_BY_TAG = "contoso-connector-created-by"
"""on an endpoint that we made, which connectors share: the installation"""

TAG_LENGTH = 256
"""characters that ARM takes for a tag's value"""


def owner_claim(installation: str, namespace: str, name: str) -> str:
    return f"{installation}/{namespace}/{name}"


def is_described(description: object) -> bool:
    return str(description).startswith(f"{OWNER_TAG}=")


def described(owner: str) -> str:
    """The claim as a role assignment carries it: it has no tags, but a description."""
    return f"{OWNER_TAG}={owner}"
