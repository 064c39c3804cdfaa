"""Which URLs a token may go to: those of the chosen cloud that mean what they say. No I/O."""

import re
from urllib.parse import unquote

import httpx

from controller.model.errors import Stalled
from controller.model.reasons import Reason

_UNSAFE = re.compile(r"[\\%?#\x00-\x1f\x7f]|(^|/)\.{1,2}(/|$)")
"""in a decoded path: what a client or a server on the way may take for another path"""


def check_origin(url: str, base: str, named: str = "") -> None:
    """Raises Stalled for a URL of another origin than the base, or with a path that hides another.

    `named` is the field of Azure's answer that gave the URL, "" for one of ours.
    """
    wanted = httpx.URL(base)
    try:
        given = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _refusal(f"is no URL ({error})", url, named) from None
    if (given.scheme, given.host, given.port) != (wanted.scheme, wanted.host, wanted.port):
        where = f"{given.scheme}://{given.host}" if given.host else "no host"
        raise _refusal(f"is at {where}, which is not {base}", url, named)
    if given.userinfo:
        raise _refusal("holds a user's name", url, named)
    path = _raw_path(url)
    decoded = unquote(path)
    if _UNSAFE.search(decoded) or decoded.count("/") != path.count("/"):
        raise _refusal("may mean another path than it says", url, named)


def check_path(path: str) -> None:
    """Raises Stalled for a path of ours with an empty name in it."""
    if "//" in path.partition("?")[0]:
        raise _refusal("holds an empty name", path, "")


def _raw_path(url: str) -> str:
    """As it is written: httpx resolves dots and escapes what it does not like."""
    rest = url.partition("://")[2].partition("?")[0].partition("#")[0]
    return rest.partition("/")[2]


def _refusal(said: str, url: str, named: str) -> Stalled:
    shown = repr(url.partition("?")[0])[:200]
    whose = f"{named} in Azure's answer" if named else "The address of a request"
    return Stalled(
        Reason.REFUSED,
        f"{whose} ({shown}) {said}: no token is sent there. Check the cloud that the operator is"
        " set to, and the names in the object.",
    )
