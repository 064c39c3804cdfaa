"""The Secrets that objects name, read one by one: never listed, never watched, never kept here."""

import base64
import binascii
from collections.abc import Mapping

from controller.kube.api import Api, ApiError, Call
from controller.model.errors import Transient, Waiting
from controller.model.reasons import Reason


async def read(api: Api, namespace: str, name: str) -> Mapping[str, bytes]:
    """What the Secret holds by its keys.

    Raises Waiting when it is not there or may not be read, Transient when nobody answers: what was
    Ready stays so then.
    """
    where = f"Secret {namespace}/{name}"
    try:
        secret = await api.send(Call("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}"))
        data = secret.get("data") or {}
        return {key: base64.b64decode(value, validate=True) for key, value in data.items()}
    except ApiError as error:
        raise _fault(where, error) from error
    except (binascii.Error, TypeError, ValueError):
        # without its cause, which may show what it could not read
        raise Waiting(Reason.WAITING_FOR_SECRET, f"{where} holds what is no base64.") from None


def _fault(where: str, error: ApiError) -> Waiting | Transient:
    if error.status == 404:
        said = f"{where}, which spec.credentialsRef names, is not there: create it."
        return Waiting(Reason.WAITING_FOR_SECRET, said)
    if error.status == 403:
        said = (
            f"{where} may not be read by the operator: give it the right to get Secrets there, as"
            " the chart does for a namespace with identity Secret."
        )
        return Waiting(Reason.WAITING_FOR_SECRET, said)
    said = (
        f"The Kubernetes API server did not give {where}, which spec.credentialsRef names"
        f" ({error}): it is asked again."
    )
    return Transient(Reason.WAITING_FOR_SECRET, said)
