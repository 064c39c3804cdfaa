"""Long-running operations: the 202 that starts one, and the two URLs that tell how it goes.

A failure arrives as 200 with "status": "Failed" (hashicorp/terraform-provider-azurerm#21897).
"""

from datetime import datetime, timedelta

from controller.emulator.azure.answers import Answer, Call, Json, Refused
from controller.emulator.azure.arm.common import Routes
from controller.emulator.azure.store import Azure, timestamp
from controller.emulator.azure.targets import Target


def accepted(
    azure: Azure, call: Call, target: Target, *, due: datetime, failure: Json | None
) -> Answer:
    """202 with an empty body. The URLs hold a signature, so they only work verbatim."""
    number, signature = str(azure.new_id()), azure.new_id().hex
    azure.operations[number] = {
        "id": target.path,
        "started": timestamp(due - timedelta(seconds=azure.options.table_seconds)),
        "due": due.isoformat(),
        "error": failure,
        "signature": signature,
    }
    workspace = azure.workspace(target.path)
    location = workspace.body["location"] if workspace else "global"
    tail = f"{number}?api-version={call.api_version}&c={signature}"
    status = (
        f"{call.base_url}/subscriptions/{target.subscription}/providers"
        f"/Microsoft.OperationalInsights/locations/{location}/operationstatuses/{tail}"
    )
    result = f"{call.base_url}{target.path}/operationresults/{tail}"
    headers = {"azure-asyncoperation": status, "location": result}
    return Answer(202, None, headers | _wait(azure))


def _status(azure: Azure, call: Call, target: Target) -> Answer:
    operation = _operation(azure, call, target)
    body: Json = {
        "id": f"{target.path}",
        "name": target.name,
        "status": "InProgress",
        "startTime": operation["started"],
    }
    due = datetime.fromisoformat(operation["due"])
    if azure.clock() < due:
        return Answer(200, body, _wait(azure))
    body |= {"status": "Succeeded", "endTime": timestamp(due)}
    if operation["error"]:
        body |= {"status": "Failed", "error": operation["error"]}
    return Answer(200, body)


def _result(azure: Azure, call: Call, target: Target) -> Answer:
    operation = _operation(azure, call, target)
    if azure.clock() < datetime.fromisoformat(operation["due"]):
        here = "&".join(f"{key}={value}" for key, value in call.query.items())
        where = {"location": f"{call.base_url}{call.path}?{here}"}
        return Answer(202, None, where | _wait(azure))
    if operation["error"]:
        return Answer(400, {"error": operation["error"]})
    table = azure.get(operation["id"])
    if table is None:
        return Answer(204)
    done = table.body["properties"] | {"provisioningState": "Succeeded"}
    return Answer(200, table.body | {"properties": done})


def _operation(azure: Azure, call: Call, target: Target) -> Json:
    operation = azure.operations.get(target.name.lower())
    if operation is None or call.query.get("c") != operation["signature"]:
        raise Refused(
            404, "NotFound", f"The operation '{target.name}' was not found: follow the header."
        )
    return operation


def _wait(azure: Azure) -> dict[str, str]:
    return {"Retry-After": str(azure.options.retry_after)}


ROUTES: Routes = {
    ("microsoft.operationalinsights/locations/operationstatuses", "item"): {"GET": _status},
    ("microsoft.operationalinsights/workspaces/tables/operationresults", "item"): {"GET": _result},
}
