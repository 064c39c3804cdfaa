"""Takes ARM paths apart: which type, name, scope a URL names. Case never counts.

Knows nothing of what exists.
"""

from dataclasses import dataclass
from functools import lru_cache

WORKSPACE = "microsoft.operationalinsights/workspaces"


@dataclass(frozen=True)
class Target:
    """What a URL names. `type` is lower-case ("microsoft.insights/datacollectionrules"), `name` is
    as the caller wrote it and empty for a collection; `scope` is the path before the last
    "/providers/", `key` the whole path in lower case: the resource's identity."""

    path: str
    type: str
    name: str
    scope: str
    namespace: str
    subscription: str
    group: str

    @property
    def key(self) -> str:
        return self.path.lower()

    @property
    def shape(self) -> str:
        return "item" if self.name else "collection"

    @property
    def workspace_path(self) -> str:
        """The path of the workspace above this resource, empty when there is none."""
        start = self.key.find(f"/providers/{WORKSPACE}/")
        if start < 0:
            return ""
        end = self.path.find("/", start + len(f"/providers/{WORKSPACE}/"))
        return self.path if end < 0 else self.path[:end]

    @property
    def label(self) -> str:
        """`Microsoft.Insights/dataCollectionRules/X`, as ARM's sentences name a resource."""
        return self.path[len(self.scope) + len("/providers/") :]


@lru_cache(maxsize=8192)
def target(path: str) -> Target:
    """Read an ARM path. A path that names nothing of ARM gets the type ''."""
    clean = "/" + path.strip("/")
    parts = clean[1:].split("/")
    low = [part.lower() for part in parts]
    subscription = parts[1] if low[0] == "subscriptions" and len(parts) > 1 else ""
    group = parts[3] if low[2:3] == ["resourcegroups"] and len(parts) > 3 else ""
    if "providers" not in low:
        kind, name = _plain(parts, low)
        return Target(clean, kind, name, "/".join(["", *parts[:2]]), "", subscription, group)
    at = len(low) - 1 - low[::-1].index("providers")
    scope = "/" + "/".join(parts[:at]) if at else ""
    namespace, rest = "".join(parts[at + 1 : at + 2]), parts[at + 2 :]
    kind, name = _provided(namespace, rest)
    return Target(clean, kind, name, scope, namespace, subscription, group)


def _plain(parts: list[str], low: list[str]) -> tuple[str, str]:
    if low == ["subscriptions"]:
        return "subscriptions", ""
    if low[0] != "subscriptions":
        return "", ""
    if len(parts) == 2:
        return "subscriptions", parts[1]
    if low[2] != "resourcegroups" or len(parts) > 4:
        return "", ""
    return "resourcegroups", "".join(parts[3:4])


def _provided(namespace: str, rest: list[str]) -> tuple[str, str]:
    if not rest:
        return "providers", namespace
    if [part.lower() for part in rest] == ["register"]:
        return "providers/register", namespace
    kind = "/".join([namespace, *rest[0::2]]).lower()
    return kind, rest[-1] if len(rest) % 2 == 0 else ""


def under(scope: str, key: str) -> bool:
    """True when the lower-case id `key` is `scope` or lies below it."""
    low = scope.lower().rstrip("/")
    return key == low or key.startswith(low + "/")
