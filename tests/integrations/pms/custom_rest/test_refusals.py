"""An API that says no in its own way: with 200 and a sentence, or with a header of its own that asks for rest."""

from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.providers import BUSINESS_DATE
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Credentials, Missing
from webapp.integrations.kit.errors import (
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from webapp.integrations.pms.custom_rest.adapter import Adapter
from webapp.integrations.pms.custom_rest.problems import all_problems
from webapp.vault import Secret

TEXTS = {
    "credentials": ["Session expired"],
    "permission": ["not allowed"],
    "not_found": ["no such booking"],
    "rate_limit": ["too many"],
    "unavailable": ["maintenance"],
}
BOOKINGS: dict[str, Any] = {
    "path": "/bookings",
    "select": "data",
    "success": {"path": "ok", "equals": True, "message": "error.text", "texts": TEXTS},
    "single": {"path": "/bookings/{{id}}", "select": "data"},
    "fields": {"external_id": "id", "status": "state", "arrival": "from", "departure": "to"},
}
LOGIN = {"login": {"path": "/login", "body": {"password": "{{secret.api_secret}}"}}}
ROW = {"id": "7", "state": "confirmed", "from": "2026-07-14", "to": "2026-07-15"}


def no(sentence: object) -> Reply:
    return Reply(body={"ok": False, "error": {"text": sentence}})


@pytest.fixture
def adapter(vendor: Vendor, make_client: MakeClient, clock: FixedClock) -> Adapter:
    return made(vendor, make_client, clock)


def made(
    vendor: Vendor, make_client: MakeClient, clock: FixedClock, kind: str = "none", **more: Any
) -> Adapter:
    document = {"version": 1, "streams": {"bookings": BOOKINGS}, **more}
    form = {"endpoint_url": f"{vendor.url}/api", "auth_kind": kind, "recipe": document}
    credentials = Credentials(form, {"api_secret": Secret("s3cr3t")})
    return Adapter(credentials, make_client(credentials.text("endpoint_url")), memory_caches(clock))


def read(adapter: Adapter, clock: FixedClock) -> int:
    window = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE, BUSINESS_DATE)
    return sum(len(page.records) for page in adapter.fetch(Stream.BOOKINGS, window, None))


@pytest.mark.parametrize(
    ("sentence", "error"),
    [
        ("Your SESSION EXPIRED.", CredentialsRejected),
        ("Bookings are not allowed for this user", PermissionMissing),
        ("Too many calls", RateLimited),
        ("Down for maintenance", ProviderUnavailable),
        ("Ann Example is blocked", ContractBroken),
        ({"odd": 1}, ContractBroken),
        (None, ContractBroken),
    ],
)
def test_a_sentence_under_200_is_the_error_that_the_recipe_makes_of_it(
    vendor: Vendor, adapter: Adapter, clock: FixedClock, sentence: object, error: type[ProviderError]
) -> None:
    vendor.answers(no(sentence))
    with pytest.raises(error) as caught:
        read(adapter, clock)
    assert type(caught.value) is error
    assert "Ann" not in f"{caught.value!r} {caught.value.detail} {caught.value.params}"


def test_a_booking_that_is_not_there_is_missing_and_no_failure(vendor: Vendor, adapter: Adapter) -> None:
    vendor.answers(no("There is no such booking"))
    assert adapter.fetch_by_ids(Stream.BOOKINGS, ["7"]) == (Missing("7"),)


def test_a_token_refused_under_200_is_renewed_once_and_the_call_repeated(
    vendor: Vendor, make_client: MakeClient, clock: FixedClock
) -> None:
    tokens = iter(["old", "new"])
    alive = "Bearer old"

    def answer(asked: Asked) -> Reply:
        if asked.path == "/api/login":
            return Reply(body={"token": next(tokens)})
        return (
            Reply(body={"ok": True, "data": [ROW]})
            if asked.headers["authorization"] == alive
            else no("session expired")
        )

    vendor.answers_by(answer)
    adapter = made(vendor, make_client, clock, "login", auth=LOGIN)
    assert read(adapter, clock) == 1
    alive = "Bearer new"
    clock.advance(seconds=61)
    assert read(adapter, clock) == 1
    assert [asked.path for asked in vendor.asked].count("/api/login") == 2


def test_a_login_that_does_not_help_ends_as_a_refused_key(
    vendor: Vendor, make_client: MakeClient, clock: FixedClock
) -> None:
    vendor.answers_by(
        lambda asked: Reply(body={"token": "t"}) if asked.path == "/api/login" else no("session expired")
    )
    with pytest.raises(CredentialsRejected):
        read(made(vendor, make_client, clock, "login", auth=LOGIN), clock)
    assert len(vendor.asked) == 2


@pytest.mark.parametrize(("status", "error"), [(429, RateLimited), (503, ProviderUnavailable)])
def test_a_header_of_the_apis_own_tells_how_long_to_wait(
    vendor: Vendor, make_client: MakeClient, clock: FixedClock, status: int, error: type[ProviderError]
) -> None:
    vendor.answers(Reply(status=status, headers={"X-Come-Back": "900", "Retry-After": "1"}))
    adapter = made(vendor, make_client, clock, limits={"retry_after_header": "X-Come-Back"})
    with pytest.raises(error) as caught:
        read(adapter, clock)
    assert caught.value.retry_after == 900


def test_texts_need_a_place_to_stand_and_a_kind_that_is_known() -> None:
    def places(**success: Any) -> list[str]:
        bookings = BOOKINGS | {"success": {"path": "ok", "equals": True, **success}}
        document = {"version": 1, "currency": "EUR", "streams": {"bookings": bookings}}
        return [problem.params["where"] for problem in all_problems(document)]

    assert places(message="error", texts={"credentials": ["expired"]}) == []
    assert places(texts={"credentials": ["expired"]}) == ["streams.bookings.success.message"]
    assert len(places(message="error", texts={"bad_mood": ["expired"]})) == 1
    assert len(places(message="error", texts={"credentials": [""]})) == 1
