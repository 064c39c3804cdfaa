"""The status as the API server stores it: the schema's side of it, nobody else may write it.

Decides shapes and what they are called; what stands in them is decided in `reconcile`.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from controller.model.part import ATOMIC, MAP_BY_NAME, WHOLE, Count, Part
from controller.model.resource import KindName

Text = Annotated[str, Field(max_length=4096)]
Id = Annotated[str, Field(max_length=1024)]
Hash = Annotated[str, Field(min_length=1, max_length=64)]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Generation = Annotated[Count, Field(ge=0, json_schema_extra={"format": "int64"})]


class Condition(Part):
    """One condition, as metav1.Condition has it."""

    type: Annotated[
        str,
        Field(
            max_length=316,
            pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
            r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$",
        ),
    ] = Field(
        description="Ready, Synced, IsActive, IsConnected; Reconciling or Stalled while True."
    )
    status: Literal["True", "False", "Unknown"] = Field(
        description="Whether the condition holds; Unknown when Azure could not tell."
    )
    observed_generation: Generation | None = Field(
        None, description="metadata.generation that the condition speaks of."
    )
    last_transition_time: Time = Field(description="When the status, not the reason, changed.")
    reason: Annotated[
        str,
        Field(min_length=1, max_length=1024, pattern="^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"),
    ] = Field(description="One word for programs; docs/operations.md says what to do about each.")
    message: Annotated[str, Field(max_length=32768)] = Field(
        description="A sentence for people: what was found and what to do."
    )


class Kept(Part):
    """One value that Azure holds otherwise than declared though it was written twice."""

    path: Id = Field(description="JSON pointer into the resource's body.")
    desired: Hash = Field(description="Hash of what the spec asks for.")
    actual: Hash = Field(description="Hash of what Azure holds.")


class ResourceStatus(Part):
    """One Azure resource of the connector."""

    kind: KindName = Field(description="Which type of Azure resource.")
    name: Annotated[str, Field(max_length=512)] = Field(description="Name of the resource.")
    id: Id | None = Field(None, description="Azure resource id.")
    state: Literal[
        "InSync", "Drifted", "Missing", "Creating", "Waiting", "Failed", "Retained", "Orphaned"
    ] = Field(description="How it stands against the spec; Orphaned: the spec no longer names it.")
    origin: Literal["Created", "Adopted", "Existing"] | None = Field(
        None,
        description="Created by the operator, Adopted (it was there before), or Existing: "
        "somebody else's, never written. Decides what deletion does to it.",
    )
    message: Text | None = Field(
        None, description="What keeps it from being InSync, and what Azure keeps otherwise."
    )
    kept: Annotated[tuple[Kept, ...], Field(max_length=256, json_schema_extra=ATOMIC)] | None = (
        Field(
            None,
            description="What Azure holds otherwise though it was written twice; not written again "
            "until the spec or Azure's value changes.",
        )
    )
    lost: (
        Annotated[
            tuple[Annotated[str, Field(max_length=128)], ...],
            Field(max_length=512, json_schema_extra=ATOMIC),
        ]
        | None
    ) = Field(
        None,
        description="Columns that a write of the operator lost; the table is not written until "
        "they are there again.",
    )


class Ingestion(Part):
    """What a sender needs beside the application's secret."""

    model_config = ConfigDict(json_schema_extra=WHOLE)

    endpoint: Id | None = Field(
        None, description="URL that events are sent to (Logs Ingestion API)."
    )
    rule_immutable_id: Id | None = Field(None, description="Immutable id of the rule (dcr-…).")
    streams: (
        Annotated[
            tuple[Annotated[str, Field(max_length=128)], ...],
            Field(max_length=64, json_schema_extra=ATOMIC),
        ]
        | None
    ) = Field(None, description="Streams that accept events.")
    tenant_id: Id | None = Field(None, description="Entra tenant to get a token from.")
    app_id: Id | None = Field(None, description="Application id to get a token for.")


class ChangedBy(Part):
    """Who made a change, as Azure's Activity Log tells."""

    caller: Id | None = Field(
        None, description="Mail address or object id, as Azure gives it; it does not always."
    )
    time: Time = Field(description="When it was written.")
    operation: Id = Field(description="The ARM action, such as …/dataCollectionRules/write.")


class Drift(Part):
    """One path that differs between spec and Azure though the spec did not change."""

    kind: KindName = Field(description="Which type of Azure resource.")
    name: Annotated[str, Field(max_length=512)] = Field(description="Name of the resource.")
    path: Id = Field(description="JSON pointer into the resource's body.")
    desired: Text | None = Field(None, description="Value that the spec asks for.")
    actual: Text | None = Field(None, description="Value that Azure holds.")
    changed_by: ChangedBy | None = Field(
        None, description="Who wrote the resource last, if the Activity Log knows; minutes late."
    )


class PlannedStep(Part):
    """One write that waits."""

    kind: KindName = Field(description="Which type of Azure resource.")
    name: Annotated[str, Field(max_length=512)] = Field(description="Name of the resource.")
    action: Literal["adopt", "create", "update", "replace"] = Field(
        description="What would be done."
    )
    hash: Hash = Field(description="Stands for this step in an approval.")
    paths: Annotated[tuple[Id, ...], Field(max_length=50, json_schema_extra=ATOMIC)] | None = Field(
        None, description="JSON pointers of what would change, at most 50."
    )


class Plan(Part):
    """What would be written, if the policy let it."""

    model_config = ConfigDict(json_schema_extra=WHOLE)

    hash: Hash = Field(
        description="Value of the annotation sentinel.contoso.com/approved-plan that approves it."
    )
    summary: Text = Field(description="How many resources would be created and updated.")
    steps: Annotated[tuple[PlannedStep, ...], Field(max_length=100, json_schema_extra=ATOMIC)] = (
        Field(description="The writes in their order, at most 100.")
    )


MAP_BY_TYPE = MAP_BY_NAME | {"x-kubernetes-list-map-keys": ["type"]}
MAP_BY_KIND_AND_NAME = MAP_BY_NAME | {"x-kubernetes-list-map-keys": ["kind", "name"]}


class Status(Part):
    """What the operator saw last. Written only by the operator, and only when it changes."""

    observed_generation: Generation | None = Field(
        None, description="metadata.generation that this status speaks of."
    )
    applied_generation: Generation | None = Field(
        None, description="metadata.generation whose resources were last all written."
    )
    last_handled_reconcile_at: Id | None = Field(
        None,
        description="Value of the annotation sentinel.contoso.com/reconcile-requested-at that was "
        "last followed.",
    )
    conditions: (
        Annotated[tuple[Condition, ...], Field(max_length=16, json_schema_extra=MAP_BY_TYPE)] | None
    ) = Field(None, description="How the connector is, one entry a question.")
    resources: (
        Annotated[
            tuple[ResourceStatus, ...],
            Field(max_length=512, json_schema_extra=MAP_BY_KIND_AND_NAME),
        ]
        | None
    ) = Field(None, description="The Azure resources of the connector.")
    ingestion: Ingestion | None = Field(
        None, description="What a sender needs beside the application's secret."
    )
    last_log_received: Time | None = Field(
        None, description="Time of the newest event; moves in steps of 15 minutes."
    )
    drift: Annotated[tuple[Drift, ...], Field(max_length=50, json_schema_extra=ATOMIC)] | None = (
        Field(None, description="What somebody else changed in Azure, at most 50 paths.")
    )
    plan: Plan | None = Field(
        None,
        description="What waits to be written while spec.policy.apply holds it back; absent when "
        "nothing does.",
    )
    drift_count: Count | None = Field(None, description="How many paths drifted in all.")
