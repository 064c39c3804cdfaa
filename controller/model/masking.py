"""What nobody may read in a text of ours: tokens and client secrets. Decides nothing else."""

import re

_SECRETS = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*"  # a JSON web token
    r"|(?<=Bearer )\S+"
    r"|(?<=client_secret=)[^&\s'\"]+"
    r"|(?<=client_assertion=)[^&\s'\"]+",
)


def mask(text: str) -> str:
    """The text with tokens and client secrets made unreadable."""
    return _SECRETS.sub("***", text)
