"""Keys in the wrong field are named by how they begin."""

import pytest

from webapp.integrations.kit.key_kinds import recognise_key


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("sk_live_51Habcdefgh", "Stripe"),
        ("  whsec_abcdefgh ", "a webhook signing secret"),
        ("SG.abcdefghijkl", "SendGrid"),
        ("-----BEGIN PRIVATE KEY-----", "a certificate or private key"),
        ("sk_live_1234", "Stripe"),
        ("sk_live_123", ""),
        ("sk_live_", ""),
        ("0123456789abcdef", ""),
        ("", ""),
    ],
)
def test_a_key_is_named(text: str, owner: str) -> None:
    assert recognise_key(text) == owner
