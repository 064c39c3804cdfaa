"""Where the connector goes, who sends, and how far the operator may go.

Decides what is legal in workspace, application and policy.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from controller.model.kind_name import KindName
from controller.model.part import (
    ATOMIC,
    POINTER_PATTERN,
    Count,
    GroupName,
    Guid,
    Law,
    Name,
    Part,
    SecretName,
)


def _never_changes(field: str) -> Law:
    """The field is required, and so is the workspace: it cannot be removed and put in again."""
    return Law(
        f"self.{field} == oldSelf.{field}",
        "cannot be changed: delete this object and create another for the other workspace",
        field=f".{field}",
    )


class Workspace(Part):
    """The Sentinel workspace that the connector belongs to."""

    laws: ClassVar[tuple[Law, ...]] = tuple(
        _never_changes(field) for field in ("subscriptionId", "resourceGroup", "name")
    )
    subscription_id: Guid = Field(
        description="Azure subscription of the workspace (GUID). Cannot be changed."
    )
    resource_group: GroupName = Field(
        description="Resource group of the workspace. Cannot be changed."
    )
    name: Name = Field(description="Name of the Log Analytics workspace. Cannot be changed.")
    location: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        description="Azure region of the workspace, only checked against what Azure says. Left "
        "out: not checked.",
    )


class CredentialsRef(Part):
    """The Secret whose identity acts for the object."""

    name: SecretName = Field(
        description="Secret in the object's namespace with the keys AZURE_TENANT_ID, "
        "AZURE_CLIENT_ID, and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE (PEM or PKCS #12 "
        "with its private key; AZURE_CLIENT_CERTIFICATE_PASSWORD if that is encrypted)."
    )


class ApplicationExisting(Part):
    """An Entra application that is there already, with its secret known to the sender."""

    app_id: Guid = Field(description="Application (client) id, a GUID.")
    service_principal_id: Guid = Field(
        description="Object id of the application's service principal (Enterprise applications in "
        "the portal), a GUID; not the object id of the app registration."
    )


class Application(Part):
    """The Entra application that the source pushes its events with."""

    existing: ApplicationExisting = Field(
        description="An application that is there already; it is never written nor deleted."
    )


class RolePolicy(StrEnum):
    """What to do about the application's right to send events."""

    ENSURE = "Ensure"
    VERIFY = "Verify"
    IGNORE = "Ignore"


class Fate(StrEnum):
    """What deletion of the object does to a resource."""

    DELETE = "Delete"
    RETAIN = "Retain"


class Adoption(StrEnum):
    """What happens to a resource that was there before this object."""

    NEVER = "Never"
    IF_UNOWNED = "IfUnowned"
    ALWAYS = "Always"


class Deletion(Part):
    """What becomes of the Azure resources when this object is deleted."""

    tables: Fate = Field(
        Fate.RETAIN,
        description="Custom tables, with their data. Even with Delete a table that has rows "
        "younger than tableProtectionDays stays, unless confirmed by annotation.",
    )
    created: Fate = Field(
        Fate.DELETE, description="Everything else that the operator created for this object."
    )
    adopted: Fate = Field(
        Fate.RETAIN, description="Everything else that was there before this object."
    )


class Apply(StrEnum):
    """When the operator writes to Azure."""

    ALWAYS = "Always"
    ON_SPEC_CHANGE = "OnSpecChange"
    APPROVED = "Approved"
    NEVER = "Never"


class Ignored(Part):
    """Values that are somebody else's business: neither compared nor overwritten."""

    kind: KindName = Field(description="Which type of Azure resource.")
    name: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        None, description="Name of the resource. Left out: every resource of the kind."
    )
    path: Annotated[str, Field(pattern=POINTER_PATTERN, max_length=1024)] = Field(
        description="JSON pointer into the resource's body, such as /tags/costCenter; all below it "
        "is ignored too. Elements of a list are named by their name; a list without names can only "
        "be ignored as a whole."
    )


class Policy(Part):
    """How far the operator may go."""

    apply: Apply = Field(
        Apply.ALWAYS,
        description="When Azure is written. Always: on every difference. OnSpecChange: until the "
        "spec is carried out; what differs later is only reported. Approved: once the annotation "
        "sentinel.contoso.com/approved-plan holds the hash of status.plan. Never: nothing is "
        "written nor deleted, only observed.",
    )
    adoption: Adoption = Field(
        Adoption.IF_UNOWNED,
        description="Whether a rule, definition, metadata or data connector that exists already is "
        "taken over: Never, IfUnowned (nobody's tag is on the rule) or Always (from another owner "
        "too). Tables and endpoints are shared: they are used as they are, whoever made them.",
    )
    allow_replace: Annotated[
        tuple[Literal["Rule"], ...], Field(max_length=1, json_schema_extra=ATOMIC)
    ] = Field(
        (),
        description="Kinds that may be deleted and created again for a change that Azure does not "
        "allow. A new rule has another immutable id, which every sender must learn.",
    )
    ignore: Annotated[tuple[Ignored, ...], Field(max_length=64, json_schema_extra=ATOMIC)] = Field(
        (),
        description="What is neither compared nor overwritten. A resource that does not exist is "
        "created with it, as declared.",
    )
    deletion: Deletion = Field(
        Deletion(), description="What becomes of the Azure resources when this object is deleted."
    )
    table_protection_days: Annotated[Count, Field(ge=0, le=36500)] = Field(
        30, description="Days without a row after which a table may be deleted at all."
    )
