"""Tokens and client secrets are made unreadable, whatever text they stand in."""

from typing import Any

import pytest

from controller.model.masking import mask, masked_at


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("got eyJhbGci.eyJzdWI.c2ln here", "got *** here"),
        ("grant&client_secret=s3cret&scope=x", "grant&client_secret=***&scope=x"),
        ("client_assertion=abc'", "client_assertion=***'"),
        ("-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\nmore", "***\nmore"),
        ("no -----BEGIN RSA PRIVATE KEY-----\nMIIE", "no ***"),
        ("Table ContosoSecurityAlerts_CL", "Table ContosoSecurityAlerts_CL"),
    ],
)
def test_secrets_are_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("path", "value", "masked"),
    [
        ("/tags/clientSecret", "s3cret", "***"),
        ("/tags/api_key", "s3cret", "***"),
        ("/tags/SHARED_KEYS", ["s3cret"], ["***"]),
        (
            "/properties/auth",
            {"type": "Push", "password": "s3cret"},
            {"type": "Push", "password": "***"},
        ),
        ("/properties/pin", {"accessToken": 1234}, {"accessToken": "***"}),
        ("/properties/note", "Bearer s3cret", "Bearer ***"),
        ("/properties/tokenEndpoint", "https://login", "https://login"),
        ("/properties/keyboard", "de", "de"),
        ("/properties/hasPassword", True, True),
        (
            "/columns/Token",
            {"name": "Token", "type": "string"},
            {"name": "Token", "type": "string"},
        ),
    ],
)
def test_a_value_is_hidden_if_its_own_name_says_that_it_is_a_secret(
    path: str, value: Any, masked: Any
) -> None:
    assert masked_at(path, value) == masked
