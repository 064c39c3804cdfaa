"""What an ARM id says by itself: its resource type, and how a sentence names it. No versions."""

_ROOTS = {
    "subscriptions": "microsoft.resources/subscriptions",
    "resourcegroups": "microsoft.resources/resourcegroups",
}


def resource_type(path: str) -> str:
    """The ARM type in lower case of a resource or a collection, with or without a query.

    An extension resource (`…/providers/A/b/c/providers/X/y/z`) is of its last provider's type.
    """
    provider, parts = _split(path)
    if not provider:
        return _ROOTS.get(parts[-2].lower() if len(parts) % 2 == 0 else parts[-1].lower(), "")
    return "/".join((provider, *parts[::2])).lower()


def title(path: str) -> str:
    """How messages name it: `tables/Contoso_CL`, `roleAssignments/… on dataCollectionRules/…`."""
    provider, parts = _split(path)
    own = "/".join(parts[-2:] if len(parts) % 2 == 0 else parts[-1:])
    if not parts:
        return f"providers/{provider}"
    if provider.lower() != "microsoft.authorization":
        return own
    return f"{own} on {title(_scope(path))}"


def workspace_name(path: str) -> str:
    """The workspace that the resource belongs to, "" if to none."""
    parts = _plain(path).split("/")
    lowered = [part.lower() for part in parts]
    if "workspaces" not in lowered[:-1]:
        return ""
    return parts[lowered.index("workspaces") + 1]


def _split(path: str) -> tuple[str, list[str]]:
    """The last provider ("" if none) and the alternating types and names after it."""
    parts = [part for part in _plain(path).split("/") if part]
    lowered = [part.lower() for part in parts]
    if "providers" not in lowered:
        return "", parts
    last = len(lowered) - 1 - lowered[::-1].index("providers")
    return parts[last + 1], parts[last + 2 :]


def _scope(path: str) -> str:
    plain = _plain(path)
    return plain[: plain.lower().rindex("/providers/")]


def _plain(path: str) -> str:
    return path.partition("?")[0]
