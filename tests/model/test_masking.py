"""Tokens and client secrets are made unreadable, whatever text they stand in."""

import pytest

from controller.model.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("got eyJhbGci.eyJzdWI.c2ln here", "got *** here"),
        ("grant&client_secret=s3cret&scope=x", "grant&client_secret=***&scope=x"),
        ("client_assertion=abc'", "client_assertion=***'"),
        ("Table ContosoSecurityAlerts_CL", "Table ContosoSecurityAlerts_CL"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask(text) == masked
