"""Keys in the wrong field are named by how they begin."""

import pytest

from webapp.integrations.kit.key_kinds import KeyKind, recognise_key


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sk_live_51Habcdefgh", KeyKind("Stripe")),
        ("  whsec_abcdefgh ", KeyKind(is_signing=True)),
        ("SG.abcdefghijkl", KeyKind("SendGrid")),
        ("-----BEGIN PRIVATE KEY-----", KeyKind()),
        ("sk_live_1234", KeyKind("Stripe")),
        ("sk_live_123", None),
        ("sk_live_", None),
        ("0123456789abcdef", None),
        ("", None),
    ],
)
def test_a_key_is_named(text: str, kind: KeyKind | None) -> None:
    assert recognise_key(text) == kind
