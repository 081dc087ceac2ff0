"""What can be told of a typed secret by its look, before it goes to somebody it was not made for."""

import pytest

from webapp.integrations import registry
from webapp.services.connection_entry import secret_problems


@pytest.mark.parametrize(
    ("provider", "field", "value", "told"),
    [
        ("cloudbeds", "api_key", "sk_live_51Habcdefgh", "This looks like a key of Stripe, not of Cloudbeds."),
        ("guesty", "api_key", "SG.abcdefghijkl", "This looks like a key of SendGrid, not of Guesty."),
        ("guesty", "api_key", "cbat_abcdefghijkl", "This looks like a key of Cloudbeds, not of Guesty."),
        (
            "cloudbeds",
            "api_key",
            "whsec_abcdefghijkl",
            "This is a signing secret of webhooks, not an API key.",
        ),
        ("mews", "api_key", "-----BEGIN KEY-----", "This is a certificate or a private key, not an API key."),
    ],
)
def test_another_services_key_is_told_before_it_is_sent(
    provider: str, field: str, value: str, told: str
) -> None:
    (problem,) = secret_problems(registry.manifest(provider), {field: value})
    assert (problem.field, problem.message % problem.params) == (field, told)
    assert value not in repr(problem)


@pytest.mark.parametrize(
    ("provider", "field", "value"),
    [
        ("cloudbeds", "api_key", "cbat_abcdefghijkl"),
        ("guesty", "webhook_secret", "whsec_abcdefghijkl"),
        ("custom_rest", "api_key", "AIzaabcdefghijkl"),  # a hotel's system behind a gateway of Google's
        ("custom_rest", "webhook_secret", "whsec_abcdefghijkl"),
        ("mews", "api_key", "0123456789ABCDEF"),
    ],
)
def test_a_key_in_its_own_field_is_taken(provider: str, field: str, value: str) -> None:
    assert secret_problems(registry.manifest(provider), {field: value}) == ()


def test_a_slip_of_copying_is_told_once_and_first() -> None:
    (problem,) = secret_problems(registry.manifest("cloudbeds"), {"api_key": " sk_live_51Habcdefgh"})
    assert "blank or a line break" in problem.message
