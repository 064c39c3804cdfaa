"""What whoever is on call types of kubectl, by docs/runbook.md, is legal on a real API server."""

from __future__ import annotations

from tests.e2e.harness import MINIMAL, ON_A_REAL_API_SERVER, Stage, manifest
from tests.e2e.typed import lines, run

NOT_THERE = ("sentinel-operator",)
"""no operator is installed by the chart here"""


@ON_A_REAL_API_SERVER
async def test_every_command_about_an_object_can_be_typed(stage: Stage) -> None:
    await stage.create(manifest(MINIMAL))
    (stage.folder / "secret.txt").write_text("not one", encoding="utf-8")
    await run(stage, "kubectl create secret generic secret --from-literal=AZURE_TENANT_ID=tenant")
    typed = [
        line
        for line in lines("runbook.md", NAME=MINIMAL, SECRET="secret")
        if line.startswith("kubectl ") and not any(word in line for word in NOT_THERE)
    ]

    await run(stage, "\n".join(dict.fromkeys(typed)))

    spec = (await stage.send("GET", f"/{MINIMAL}"))["spec"]
    assert len(typed) > 20
    assert (spec["suspend"], spec["policy"]["apply"]) == (False, "Always")
