"""What nobody may read in a text of ours: tokens, secrets, private keys. Decides nothing else."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
_SECRETS = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|(?<=Bearer )\S+"
    r"|(?<=client_secret=)[^&\s'\"]+"
    r"|(?<=client_assertion=)[^&\s'\"]+",
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SECRET_WORDS = {"apikey", "credential", "key", "passphrase", "password", "pwd", "secret", "token"}


def mask(text: str) -> str:
    """The text with tokens, client secrets and private keys made unreadable."""
    return _SECRETS.sub(HIDDEN, text)


def masked_at(path: str, value: Any) -> Any:
    """The JSON value at a path without secrets.

    A value is one if the last word of its own name says so (`clientSecret`, `api_key`; not
    `tokenEndpoint`); truth values tell nothing and stay.
    """
    return _masked(path.rpartition("/")[2], value)


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(name, item) for item in value]
    if isinstance(value, str | int | float) and not isinstance(value, bool) and _is_secret(name):
        return HIDDEN
    return mask(value) if isinstance(value, str) else value


def _is_secret(name: str) -> bool:
    words = _WORD.findall(name)
    return bool(words) and words[-1].lower().removesuffix("s") in _SECRET_WORDS
