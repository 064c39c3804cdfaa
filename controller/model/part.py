"""What the pieces of the object share: frozen, camelCase in YAML, with laws between their fields.

Decides how a law is written down, not which laws there are.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from controller.model.claims import OWN_TAGS

Breach = tuple[str, str]
"""Where below the part a law is broken (".flows[0].table", "" is the part), and a sentence."""


def _cannot_tell(_: Any) -> Iterator[Breach]:
    yield from ()


@dataclass(frozen=True, slots=True)
class Law:
    """One rule between fields, said twice.

    In CEL for the API server, in Python (`breaches`) for what is stored all the same: a server
    before 1.25 drops CEL. A law about a change has no Python side, only the API server holds both
    objects. `field` is where the API server reports it; `sentence` is CEL that makes the message,
    used instead of `message` when it can name the culprit.
    """

    cel: str
    message: str
    breaches: Callable[[Any], Iterator[Breach]] = _cannot_tell
    field: str = ""
    sentence: str = ""

    def as_schema(self) -> dict[str, str]:
        """An entry of x-kubernetes-validations."""
        entry = {"rule": self.cel, "message": self.message}
        if self.sentence:
            entry["messageExpression"] = self.sentence
        if self.field:
            entry["fieldPath"] = self.field
        return entry


class Part(BaseModel):
    """A piece of the object: frozen, camelCase in YAML, unknown keys named as an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )
    laws: ClassVar[tuple[Law, ...]] = ()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        if cls.laws:
            rules = [law.as_schema() for law in cls.laws]
            handler.resolve_ref_schema(schema)["x-kubernetes-validations"] = rules
        return schema


MAP_BY_NAME = {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}
"""A list whose items are told apart by name, so that two appliers can each own some of them."""
ATOMIC = {"x-kubernetes-list-type": "atomic"}
"""A list that has one owner: no key of it is unique, or nothing is won by sharing it."""
WHOLE: JsonDict = {"x-kubernetes-map-type": "atomic"}
"""An object that has one owner, who takes it away as a whole. Kubernetes before 1.21 makes null of
one whose fields go one by one, and refuses that (structured-merge-diff 184)."""

FREE_LEVELS = 64
"""how deep free JSON may nest; the samples have 6"""
FREE_LENGTH = 512 * 1024
"""characters that its JSON may have"""

# none of ASCII but what ARM takes in a group's name: no slash, host, escape or control character
_IN_GROUP = r"\x00-\x20!-'*-,/:-@\[-^`{-\x7f"
_GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_GROUP = f"[^{_IN_GROUP}]*[^{_IN_GROUP}.]"
_NAME = "[A-Za-z0-9][A-Za-z0-9_.-]*"
GUID_PATTERN = f"^{_GUID}$"
GROUP_PATTERN = f"^{_GROUP}$"
NAME_PATTERN = f"^{_NAME}$"
DCE_PATTERN = (
    f"^/[sS]ubscriptions/{_GUID}/[rR]esource[gG]roups/{_GROUP}/[pP]roviders"
    f"/[mM]icrosoft[.][iI]nsights/[dD]ata[cC]ollection[eE]ndpoints/{_NAME}$"
)
TABLE_PATTERN = "^[A-Za-z0-9_]+_CL$"
DECLARED_PATTERN = r"^Custom-[^/\s]+$"
STREAM_PATTERN = r"^(Custom|Microsoft)-[^/\s]+$"
SECRET_PATTERN = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"  # noqa: S105 - of a name
POINTER_PATTERN = "^(/([^/~]|~[01])+)+$"
PATTERNS = {
    GUID_PATTERN: "a GUID such as 00000000-0000-0000-0000-000000000000",
    GROUP_PATTERN: "the name of a resource group (letters, digits, '-', '_', '.', '(' and ')', no"
    " dot at the end)",
    NAME_PATTERN: "letters, digits, '-', '_' and '.', beginning with a letter or digit",
    DCE_PATTERN: (
        "the resource id of a data collection endpoint: /subscriptions/…/resourceGroups/…"
        "/providers/Microsoft.Insights/dataCollectionEndpoints/…"
    ),
    TABLE_PATTERN: "letters, digits and '_', ending with _CL",
    DECLARED_PATTERN: "'Custom-' and a name without blank or slash",
    STREAM_PATTERN: "'Custom-' or 'Microsoft-' and a name without blank or slash",
    SECRET_PATTERN: "the name of a Secret: lower-case letters, digits, '-' and '.'",
    POINTER_PATTERN: "a JSON pointer such as /tags/costCenter (~1 stands for /, ~0 for ~)",
}
"""What a pattern asks for, in words: a refusal never shows a regular expression."""

# lengths are what CEL's cost estimate needs; Azure's own limits move and belong to the preflight
Guid = Annotated[str, Field(pattern=GUID_PATTERN, max_length=36)]
GroupName = Annotated[str, Field(pattern=GROUP_PATTERN, max_length=90)]
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=128)]
TableName = Annotated[str, Field(pattern=TABLE_PATTERN, max_length=63)]
DeclaredStream = Annotated[str, Field(pattern=DECLARED_PATTERN, max_length=128)]
StreamName = Annotated[str, Field(pattern=STREAM_PATTERN, max_length=128)]
SecretName = Annotated[str, Field(pattern=SECRET_PATTERN, max_length=253)]
Label = Annotated[str, Field(min_length=1, max_length=256)]
Prose = Annotated[str, Field(max_length=4096)]
Link = Annotated[str, Field(max_length=2048)]
Flag = StrictBool
Count = StrictInt


def _not_ours(tags: dict[str, str]) -> dict[str, str]:
    """Names of tags have no case: beside ours one in other letters would be another's claim."""
    for name in tags:
        if name.casefold() in OWN_TAGS:
            raise PydanticCustomError("own_tag", "", {"tag": name})
    return tags


Tags = Annotated[
    dict[str, Annotated[str, Field(max_length=256)]],
    Field(max_length=64),
    AfterValidator(_not_ours),
]


def _bounded(value: dict[str, Any]) -> dict[str, Any]:
    """Deeper or larger than any card is only what means harm: a walk over it is recursive, and the
    status has to fit beside it into what etcd takes (1.5 MiB)."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > FREE_LEVELS:
            raise PydanticCustomError("too_deep", "", {"levels": FREE_LEVELS})
        level = [item for outer in level for item in _below(outer)]
    if len(json.dumps(value)) > FREE_LENGTH:
        raise PydanticCustomError("too_large", "", {"kibibytes": FREE_LENGTH // 1024})
    return value


def _below(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


Free = Annotated[
    dict[str, Any],
    AfterValidator(_bounded),
    Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True}),
]
"""JSON of another party's schema."""
