"""How Cloudbeds says no, and what the hub understands."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import ProviderError, RateLimited
from webapp.integrations.kit.statuses import error_for
from webapp.integrations.pms.cloudbeds.refusals import STATUS_ERRORS, refusal, spoken

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)


def answer(status: int, body: Any, kind: str = "application/json", **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {"content-type": kind, "x-request-id": "req-77"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return Answer(status, named, raw, 5, "/api/v1.3/getGuestList")


def error_of(given: Answer) -> ProviderError:
    error = error_for(given, NOW, STATUS_ERRORS)
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("None of the included property id's match the property you're trying to access", "property_unknown"),
        ("Invalid propertyID", "property_unknown"),
        ("Parameter propertyID is required for this API key", "property_unknown"),
        ("The user who approved this connection is not active", "credentials_rejected"),
        ("The property has an invalid status for this request: canceled", "property_unknown"),
        ("Insufficient scope for this request", "permission_missing"),
        ("You do not have permission", "permission_missing"),
        ("Too many requests", "rate_limited"),
        ("Invalid access token", "credentials_rejected"),
        ("Reservation not found", "not_found"),
        ("Guest does not exist", "not_found"),
        ("Parameter startDate is invalid", "contract_broken"),
        ("", "contract_broken"),
    ],
)
def test_the_words_of_a_refusal_are_understood(message: str, code: str) -> None:
    assert refusal(message, "getGuestList", "901234").code == code


def test_a_person_who_left_and_a_closed_account_are_told_apart_from_a_bad_key_and_a_wrong_number() -> None:
    gone = refusal("The user who approved this connection is not active", "getHotels", "1")
    closed = refusal("The property has an invalid status: canceled", "getHotels", "1")
    several = refusal("propertyID is required", "getHotels", "")
    texts = {error.fault.message for error in (gone, closed, several)}
    assert len(texts) == 3
    assert "active" in gone.fault.advice
    assert closed.fault.params == {"property": "1"}


def test_a_missing_permission_names_the_scope_to_tick() -> None:
    fault = error_of(answer(403, {"error": "forbidden"})).fault
    assert fault.code == "permission_missing"
    assert "read:guest" in fault.message % fault.params
    assert "read:guest" in fault.advice % fault.params
    assert fault.detail == "status 403, request req-77"


def test_a_web_page_in_front_of_the_api_is_a_block_and_no_missing_scope() -> None:
    fault = error_of(answer(403, b"<html>Blocked</html>", "text/html")).fault
    assert fault.code == "permission_missing"
    assert "whitelist" in fault.advice


def test_a_refused_key_says_that_idle_keys_are_switched_off() -> None:
    fault = error_of(answer(401, {"error": "access_denied", "message": "denied"})).fault
    assert fault.code == "credentials_rejected"
    assert "30 days" in fault.advice


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        (answer(429, b"<html>Slow down</html>", "text/html"), None),
        (answer(429, {"message": "x"}, retry_after="17"), 17),
    ],
)
def test_too_many_calls_are_understood_as_json_or_as_a_page(given: Answer, wait: float | None) -> None:
    error = error_of(given)
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


def test_a_bad_request_is_judged_by_its_message() -> None:
    assert (
        error_of(answer(400, {"success": False, "message": "Invalid propertyID"})).code == "property_unknown"
    )
    assert error_of(answer(400, {"success": False})).code == "contract_broken"
    assert error_of(answer(400, b"nonsense")).code == "contract_broken"


def test_what_the_vendor_said_reaches_the_log_without_names_and_numbers() -> None:
    said = 'Guest "Mara Lindqvist" (mara@example.org) of 7400112233 is not here'
    assert spoken(said) == "Guest … … of … is not here"
    assert "mara" not in str(refusal(said, "getGuest", "1")).lower()
    assert len(spoken("word " * 500)) <= 160
