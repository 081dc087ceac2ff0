"""The error tree: every error can be shown, stored and acted on."""

import re

import msgspec
import pytest

from webapp.domain.fault import Actor, Fault
from webapp.integrations.kit import errors
from webapp.integrations.kit.errors import ProviderError, ProviderUnavailable

EXAMPLES: list[ProviderError] = [
    errors.CredentialsRejected("status 401"),
    errors.PermissionMissing("/rooms"),
    errors.PropertyUnknown("AUR1"),
    *(errors.AddressRefused("pms.example", kind) for kind in errors.AddressRefused.KINDS),
    *(errors.AddressWrong("pms.example", kind) for kind in errors.AddressWrong.KINDS),
    errors.CertificateRejected("pms.example", "expired"),
    errors.NotFound("/rooms"),
    *(ProviderUnavailable(kind) for kind in ProviderUnavailable.KINDS),
    errors.ProviderHung(30),
    errors.AnswerTruncated(),
    errors.RateLimited(30),
    errors.ContractBroken("data.items"),
    errors.AnswerNotJson("/rooms"),
    errors.AnswerTooLarge("/rooms", 10_000_000),
    errors.RecipeWrong("streams.bookings.select", "It is missing."),
    errors.SignatureRejected("the header is missing"),
    errors.Cancelled(),
]


def leaves(of: type[ProviderError]) -> set[type[ProviderError]]:
    """The kit's own tree; a provider's further errors are its own tests' business."""
    below = {kind for kind in of.__subclasses__() if kind.__module__ == errors.__name__}
    return {of, *(leaf for kind in below for leaf in leaves(kind))}


def test_every_error_has_an_example_here() -> None:
    assert {type(example) for example in EXAMPLES} == leaves(ProviderError) - {ProviderError}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: f"{error.code}-{getattr(error, 'kind', '')}")
def test_an_error_says_what_and_what_to_do(error: ProviderError) -> None:
    fault = error.fault
    for text in (fault.message, fault.advice):
        assert text % fault.params
        assert set(re.findall(r"%\((\w+)\)s", text)) <= set(fault.params)
    assert fault.message % fault.params in str(error)
    assert fault.actor in Actor


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: error.code)
def test_a_fault_can_be_stored(error: ProviderError) -> None:
    assert msgspec.json.decode(msgspec.json.encode(error.fault), type=Fault) == error.fault


def test_codes_are_stable_and_unique() -> None:
    assert {cls.code for cls in leaves(ProviderError)} == {
        "provider_error", "credentials_rejected", "permission_missing", "property_unknown", "address_refused",
        "address_wrong", "certificate_rejected", "not_found", "provider_unavailable", "provider_hung",
        "answer_truncated", "rate_limited", "contract_broken", "answer_not_json", "answer_too_large",
        "recipe_wrong", "signature_rejected", "cancelled",
    }  # fmt: skip
    assert len({cls.code for cls in leaves(ProviderError)}) == len(leaves(ProviderError))


def test_only_what_mends_itself_is_tried_again() -> None:
    assert {cls.code for cls in leaves(ProviderError) if cls.retryable} == {
        "provider_unavailable", "provider_hung", "answer_truncated", "rate_limited", "cancelled"
    }  # fmt: skip


def test_who_must_act_is_never_the_admin_for_a_passing_trouble() -> None:
    for error in EXAMPLES:
        if error.retryable:
            assert error.actor is Actor.NOBODY
