"""What ARM itself answers: tokens, rights, versions, missing parents; inventory and roles."""

import base64
import json

from azure.identity.aio import ClientSecretCredential
from azure.mgmt.resource.resources.aio import ResourceManagementClient

from tests.emulator.azure.scene import (
    ARM,
    QUERY,
    Scene,
    assignment_body,
    error_of,
    table_body,
)


async def test_a_call_without_a_token_is_refused(scene: Scene) -> None:
    answer = await scene.http.get(scene.walk.workspace_id, params={"api-version": "2023-09-01"})
    assert (answer.status_code, error_of(answer)["code"]) == (401, "AuthenticationFailed")


async def test_tokens_for_others_expired_or_made_up_are_refused(scene: Scene) -> None:
    entra, operator = scene.emulator.azure.entra, scene.walk.operator.client_id
    expired = entra.token(operator, ARM)
    scene.clock.forward(3600)
    tokens = {
        "InvalidAuthenticationTokenAudience": entra.token(operator, QUERY),
        "ExpiredAuthenticationToken": expired,
        "InvalidAuthenticationToken": "made.up.token",
    }
    for code, token in tokens.items():
        answer = await scene.http.get(
            scene.walk.workspace_id,
            params={"api-version": "2023-09-01"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert (answer.status_code, error_of(answer)["code"]) == (401, code)


async def test_a_wrong_secret_is_answered_as_entra_does(scene: Scene) -> None:
    answer = await _token(scene, client_secret="wrong")
    assert answer["error"] == "invalid_client"
    assert str(answer["error_description"]).startswith("AADSTS7000215:")


async def test_a_federated_token_of_the_known_subject_is_accepted(scene: Scene) -> None:
    azure = scene.emulator.azure
    subject = scene.walk.operator.subjects[0]
    token = azure.entra.token(scene.walk.operator.client_id, ARM)
    assertion = _with_subject(token, subject)
    other = _with_subject(token, "system:serviceaccount:other:other")
    assert "access_token" in await _token(scene, client_assertion=assertion)
    refused = await _token(scene, client_assertion=other)
    assert str(refused["error_description"]).startswith("AADSTS700213:")


async def test_an_unknown_application_and_an_unknown_resource_are_refused(scene: Scene) -> None:
    secret = scene.walk.operator.secret
    nobody = await _token(scene, client_id="nobody", client_secret=secret)
    assert str(nobody["error_description"]).startswith("AADSTS700016:")
    nothing = await _token(scene, client_secret=secret, scope="https://nothing/.default")
    assert str(nothing["error_description"]).startswith("AADSTS500011:")


async def test_a_denied_action_names_client_action_and_scope(scene: Scene) -> None:
    operator = scene.walk.operator
    scene.emulator.azure.deny(operator.client_id, "workspaces/tables/write")
    refused = await scene.arm("PUT", scene.table(), table_body())
    assert refused.status_code == 403
    assert error_of(refused) == {
        "code": "AuthorizationFailed",
        "message": f"The client '{operator.client_id}' with object id "
        f"'{operator.service_principal_id}' does not have authorization to perform action "
        f"'Microsoft.OperationalInsights/workspaces/tables/write' over scope '{scene.table()}' or "
        "the scope is invalid. If access was recently granted, please refresh your credentials.",
    }
    assert (await scene.arm("GET", scene.walk.workspace_id)).status_code == 200
    scene.emulator.azure.allow(operator.client_id)
    assert (await scene.arm("PUT", scene.table(), table_body())).status_code == 202


async def test_a_push_application_has_no_rights_on_arm(scene: Scene) -> None:
    token = scene.emulator.azure.entra.token(scene.walk.push.client_id, ARM)
    refused = await scene.http.get(
        scene.walk.workspace_id,
        params={"api-version": "2023-09-01"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert error_of(refused)["code"] == "AuthorizationFailed"


async def test_missing_parents_are_named_one_by_one(scene: Scene) -> None:
    workspace = scene.walk.workspace_id
    elsewhere = workspace.replace(scene.walk.subscription, "0" * 8)
    paths = {
        "SubscriptionNotFound": elsewhere,
        "ResourceGroupNotFound": workspace.replace("sentinel-rg", "nowhere-rg"),
        "ResourceNotFound": workspace + "2",
        "ParentResourceNotFound": f"{workspace}2/tables/X_CL",
        "InvalidResourceType": f"{workspace}/things/x",
    }
    for code, path in paths.items():
        answer = await scene.arm("GET", path)
        assert (answer.status_code, error_of(answer)["code"]) == (404, code)


async def test_sentinel_resources_of_a_missing_workspace_are_not_found(scene: Scene) -> None:
    path = scene.sentinel("dataConnectors", "x").replace("LogAnalytics1", "Other")
    answer = await scene.arm("GET", path)
    assert "Microsoft.OperationalInsights/workspaces/Other'" in error_of(answer)["message"]


async def test_unknown_api_versions_are_refused(scene: Scene) -> None:
    cases = {
        scene.walk.workspace_id: "NoRegisteredProviderFound",
        f"/subscriptions/{scene.walk.subscription}": "InvalidApiVersionParameter",
    }
    for path, code in cases.items():
        answer = await scene.arm("GET", path, version="1999-01-01")
        assert (answer.status_code, error_of(answer)["code"]) == (400, code)


async def test_an_unregistered_provider_is_refused_until_it_is_registered(scene: Scene) -> None:
    subscription = f"/subscriptions/{scene.walk.subscription}"
    scene.emulator.azure.unregister(scene.walk.subscription, "Microsoft.Insights")
    refused = await scene.arm("GET", scene.rule())
    provider = f"{subscription}/providers/Microsoft.Insights"
    state = (await scene.arm("GET", provider, version="2021-04-01")).json()["registrationState"]
    await scene.arm("POST", f"{provider}/register", version="2021-04-01")
    after = await scene.arm("GET", scene.rule())
    assert (refused.status_code, error_of(refused)["code"]) == (
        409,
        "MissingSubscriptionRegistration",
    )
    assert state == "NotRegistered"
    assert error_of(after)["code"] == "ResourceNotFound"


async def test_inventory_is_read_by_azures_own_client(scene: Scene) -> None:
    walk, emulator = scene.walk, scene.emulator
    certificate = str(emulator.ca_file)
    async with (
        ClientSecretCredential(
            walk.tenant,
            walk.operator.client_id,
            walk.operator.secret,
            authority=emulator.https_url,
            disable_instance_discovery=True,
            connection_verify=certificate,
        ) as credential,
        ResourceManagementClient(
            credential,
            walk.subscription,
            base_url=emulator.https_url,
            credential_scopes=[f"{ARM}/.default"],
            connection_verify=certificate,
        ) as client,
    ):
        provider = await client.providers.get("Microsoft.SecurityInsights")
        groups = [group.name async for group in client.resource_groups.list()]
        workspace = await client.resources.get_by_id(walk.workspace_id, api_version="2023-09-01")
    assert provider.registration_state == "Registered"
    assert groups == ["sentinel-rg"]
    assert workspace.location == "francecentral"


async def test_the_subscription_names_its_tenant(scene: Scene) -> None:
    found = (await scene.arm("GET", f"/subscriptions/{scene.walk.subscription}")).json()
    listed = (await scene.arm("GET", "/subscriptions")).json()
    assert found["tenantId"] == scene.walk.tenant
    assert listed["value"] == [found]


async def test_what_lies_below_a_deleted_workspace_is_gone(scene: Scene) -> None:
    await scene.arm("PUT", scene.table(), table_body())
    scene.emulator.azure.delete(scene.walk.workspace_id)
    scene.emulator.azure.add_workspace(
        scene.walk.subscription, scene.walk.group, name="LogAnalytics1", location="francecentral"
    )
    assert (await scene.arm("GET", scene.table())).status_code == 404


async def test_a_role_assignment_comes_back_with_scope_and_nulls(scene: Scene) -> None:
    await scene.converged()
    made = await scene.grant(scene.rule())
    properties = made.json()["properties"]
    assert made.status_code == 201
    assert properties["scope"] == scene.rule()
    assert properties["condition"] is None
    assert properties["principalType"] == "ServicePrincipal"


async def test_an_equal_assignment_under_another_name_exists_already(scene: Scene) -> None:
    await scene.converged()
    await scene.grant(scene.rule())
    body = assignment_body(scene, scene.walk.push.service_principal_id)
    again = await scene.arm("PUT", scene.assignment(scene.rule()), body)
    other = await scene.arm("PUT", scene.assignment(scene.rule(), 2), body)
    assert again.status_code == 201
    assert (other.status_code, error_of(other)["code"]) == (409, "RoleAssignmentExists")


async def test_an_assignment_cannot_change_its_principal(scene: Scene) -> None:
    await scene.converged()
    await scene.grant(scene.rule())
    refused = await scene.grant(scene.rule(), scene.walk.operator.service_principal_id)
    assert error_of(refused)["code"] == "RoleAssignmentUpdateNotPermitted"


async def test_a_principal_that_nobody_knows_is_not_found(scene: Scene) -> None:
    """The application's own object id is the usual mistake."""
    await scene.converged()
    refused = await scene.grant(scene.rule(), scene.walk.push.client_id)
    assert (refused.status_code, error_of(refused)["code"]) == (400, "PrincipalNotFound")


async def test_lists_filter_by_principal_and_at_scope_shows_inherited(scene: Scene) -> None:
    await scene.converged()
    push, operator = scene.walk.push, scene.walk.operator
    for number, (scope, who) in enumerate(
        (
            (scene.group, push.service_principal_id),
            (scene.rule(), operator.service_principal_id),
            (f"/subscriptions/{scene.walk.subscription}", push.service_principal_id),
        )
    ):
        path = scene.assignment(scope, number)
        assert (await scene.arm("PUT", path, assignment_body(scene, who))).status_code == 201

    async def listed(scope: str, **query: str) -> list[int]:
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
        found = (await scene.arm("GET", path, **query)).json()["value"]
        return sorted(int(entry["name"][-1]) for entry in found)

    mine = f"principalId eq '{push.service_principal_id}'"
    assert await listed(scene.rule(), **{"$filter": mine}) == [0, 2]
    assert await listed(scene.group, **{"$filter": "atScope()"}) == [0, 2]
    assert await listed(scene.group) == [0, 1, 2]


async def test_a_deleted_rule_takes_its_assignments_along(scene: Scene) -> None:
    await scene.converged()
    await scene.grant(scene.rule())
    await scene.arm("DELETE", scene.rule())
    assert (await scene.arm("GET", scene.assignment(scene.rule()))).status_code == 404


async def _token(scene: Scene, **form: str) -> dict[str, object]:
    defaults = {
        "grant_type": "client_credentials",
        "client_id": scene.walk.operator.client_id,
        "scope": f"{ARM}/.default",
    }
    answer = await scene.http.post(
        f"/{scene.walk.tenant}/oauth2/v2.0/token", data={**defaults, **form}
    )
    body: dict[str, object] = answer.json()
    return body


def _with_subject(token: str, subject: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": subject}).encode()).rstrip(b"=")
    header, _, signature = token.split(".")
    return f"{header}.{claims.decode()}.{signature}"
