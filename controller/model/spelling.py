"""When two texts say the same: each function gives the one form in which such texts compare.

Knows no body; which text is of which sort is said by the kinds.
"""

import re
from collections.abc import Callable, Iterator

Form = Callable[[str], str]

_ID = ("/subscriptions/", "/providers/")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ROLE = re.compile(
    rf"(/subscriptions/{_GUID.pattern})?/providers/Microsoft\.Authorization/roleDefinitions/"
    r"(?P<id>[^/]+)",
    re.IGNORECASE,
)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?(?:Z|\+00:00)?)?", re.ASCII
)
_KQL = re.compile(
    r"""
    (?P<text> ```.*?``` | ~~~.*?~~~ | @"(?:[^"]|"")*" | @'(?:[^']|'')*'
            | "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' )
    | (?P<comment> //[^\n]* )
    | (?P<gap> \s+ )
    | (?P<word> \w+ )
    | (?P<sign> . )
    """,
    re.VERBOSE | re.DOTALL,
)


def caseless(text: str) -> str:
    return text.casefold()


def compact(text: str) -> str:
    """Without case and blanks: `West US` and `westus`, `SystemAssigned, UserAssigned`."""
    return "".join(text.split()).casefold()


def role(definition_id: str) -> str:
    """A role is one in every subscription that its definition is named in, and above them."""
    found = _ROLE.fullmatch(definition_id)
    return found["id"].casefold() if found else definition_id.casefold()


def anywhere(text: str) -> str:
    """What is the same in every body.

    Ids keep the case of whoever wrote them (FIELD 37), GUIDs have none, times come back with
    fewer zeros (`30.000Z` as `30Z`, FIELD part 1, 4).
    """
    if text.startswith("/"):
        return text.casefold() if text.casefold().startswith(_ID) else text
    if _GUID.fullmatch(text):
        return text.casefold()
    time = _INSTANT.fullmatch(text)
    return f"{time[1]}T{time[2] or '00:00:00'}.{time[3] or ''}" if time else text


def kql(text: str) -> str:
    """KQL without the white space that means nothing: what is in literals and comments stays.

    The recording `dcr_custom_logs_readback` has two flows of one hand that end differently.
    """
    return "".join(_lexemes(text)).strip()


def _lexemes(text: str) -> Iterator[str]:
    """A blank stands only where two words would run into one, a line end after a comment."""
    last, parted = "", False
    for found in _KQL.finditer(text):
        sort, lexeme = str(found.lastgroup), found[0]
        if sort == "gap":
            parted = True
            continue
        if parted and sort == last == "word":
            yield " "
        yield lexeme.rstrip() + "\n" if sort == "comment" else lexeme
        last, parted = sort, False
