"""What Sentinel shows, as the user writes it: definition, metadata, data connectors.

Decides what is legal in them, not what is derived for the gallery.
"""

from typing import Annotated, Literal

from pydantic import Field

from controller.model.part import Flag, Free, Label, Link, Name, Part, StreamName


class Source(Part):
    """Where the content comes from."""

    kind: Literal["LocalWorkspace", "Community", "Solution", "SourceRepository"] = Field(
        description="Kind of source."
    )
    name: Label | None = Field(None, description="Name of the solution or repository.")
    source_id: Label | None = Field(
        None, description="Id of the source, for a solution <publisher>.<offer>."
    )


class Author(Part):
    """Who wrote the connector."""

    name: Label | None = Field(
        None, description="Name of the author; also the publisher shown if ui.publisher is absent."
    )
    email: Label | None = Field(None, description="Mail address of the author.")
    link: Link | None = Field(None, description="Web page of the author.")


class Support(Part):
    """Who helps with the connector."""

    tier: Literal["Microsoft", "Partner", "Community"] = Field(description="Who gives support.")
    name: Label | None = Field(None, description="Name of who gives support.")
    email: Label | None = Field(None, description="Mail address of the support.")
    link: Link | None = Field(None, description="Web page of the support.")


class Metadata(Part):
    """The content metadata written beside the definition, named DataConnector-<definition>."""

    version: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        "1.0.0", description="Version of the content."
    )
    source: Source | None = Field(
        None, description="Where the content comes from. Left out: not sent."
    )
    author: Author | None = Field(None, description="Who wrote it. Left out: not sent.")
    support: Support | None = Field(None, description="Who helps. Left out: not sent.")
    dependencies: Free | None = Field(
        None, description="Other content that this needs, as Sentinel takes it. Left out: not sent."
    )


class Definition(Part):
    """The card in Sentinel's gallery of data connectors."""

    name: Name | None = Field(
        None,
        description="Name of the definition, also its id. Left out: the object's name, '.' "
        "written as '-'.",
    )
    ui: Free | None = Field(
        None,
        description="connectorUiConfig as Microsoft documents it; unknown keys are kept. Each "
        "top-level key left out is derived, one given replaces the derived one whole. Strings may "
        "hold $(endpoint.logsIngestion), $(rule.immutableId), $(application.appId), "
        "$(workspace.name), $(tenantId) and their like; $$(…) is a literal.",
    )
    connections_config: Free | None = Field(
        None,
        description="templateSpecName and templateSpecVersion for the portal's Deploy button. "
        "Left out: not sent. Placeholders as in ui.",
    )
    metadata: Metadata | None = Field(
        None, description="Source, author and support of the content. Left out: version 1.0.0 only."
    )


class DataConnector(Part):
    """One data connector of kind Push: binds rule, stream and application to the definition."""

    name: Name = Field(
        description="Name of the data connector. To take the derived name leave the list out."
    )
    stream: StreamName | None = Field(
        None, description="Stream that it stands for. Left out: the first flow's."
    )
    is_active: Flag = Field(True, description="Whether the connector is to be active.")
    properties: Free | None = Field(
        None,
        description="Further properties as Sentinel takes them (request, response, dataType), "
        "laid under those that the operator writes.",
    )
