"""The state file: what the store holds as JSON, for an emulator that is started again.

Rows of the logs engine are not in it. Secrets of applications are, so the file is private.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path

from controller.emulator.azure.answers import Json
from controller.emulator.azure.arm import tables
from controller.emulator.azure.entra import Application
from controller.emulator.azure.store import Azure, Resource


def save(azure: Azure, path: Path) -> None:
    """Write the whole store, readable by its owner only, in one step."""
    document: Json = {
        "base": azure.ingestion_base,
        "resources": [asdict(resource) for resource in azure.all()],
        "applications": [asdict(application) for application in azure.entra.applications.values()],
        "principals": sorted(azure.entra.principals),
        "registered": {key: sorted(names) for key, names in azure.registered.items()},
        "operations": azure.operations,
    }
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(document, file)
    draft.replace(path)


def load(azure: Azure, path: Path) -> None:
    """Fill an empty store. Ingestion addresses follow the emulator to its new port."""
    text = path.read_text()
    base = json.loads(text)["base"]
    document = json.loads(text.replace(base, azure.ingestion_base))
    for entry in document["resources"]:
        azure.put(Resource(**entry))
    for entry in document["applications"]:
        several = {key: tuple(entry.get(key, ())) for key in ("subjects", "certificates")}
        azure.entra.add(Application(**{**entry, **several}))
    azure.entra.principals.update(document["principals"])
    azure.registered.update({key: set(names) for key, names in document["registered"].items()})
    azure.operations.update(document["operations"])
    for table in azure.of_type(tables.TYPE.lower()):
        tables.restore_rows(azure, table)
