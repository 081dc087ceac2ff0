"""The connection test of Guesty: whom it reached, what is left of the day's tokens, and what it costs."""

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.guesty.conftest import MakeAdapter
from tests.integrations.pms.guesty.samples import ACCOUNT, HARBOUR, SEASIDE, Script, credentials
from tests.integrations.vendor import Reply
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Rung
from webapp.integrations.pms.guesty.adapter import Adapter
from webapp.integrations.pms.guesty.manifest import BASE_URL, MANIFEST


def climbed(adapter: Adapter, *streams: Stream) -> dict[str, Rung]:
    return {rung.name: rung for rung in adapter.check(streams)}


def test_the_account_is_named_and_its_tokens_are_counted(adapter: Adapter, clock: FixedClock) -> None:
    rungs = climbed(adapter, *Stream)
    assert all(rung.ok for rung in rungs.values())
    assert (rungs["property"].account, rungs["property"].detail) == ("Nordic Stays", ACCOUNT)
    assert rungs["tokens"].detail.startswith("4/5")
    assert rungs["stream:bookings"].detail == "3"


def test_ten_tests_cost_one_token(make_adapter: MakeAdapter, script: Script) -> None:
    for _ in range(10):
        assert all(rung.ok for rung in climbed(make_adapter(), *Stream).values())
    assert script.tokens == 1


def test_a_listing_as_scope_is_named(make_adapter: MakeAdapter) -> None:
    rung = climbed(make_adapter(credentials(property_id=f"{SEASIDE},{HARBOUR}")))["property"]
    assert rung.detail == f"{SEASIDE}, {HARBOUR}"
    assert {item.name for item in rung.properties} == {"Seaside 4", "Harbour rooms"}


def test_an_unknown_listing_offers_those_there_are(make_adapter: MakeAdapter, script: Script) -> None:
    rung = climbed(make_adapter(credentials(property_id=f"{SEASIDE},{'9' * 24}")))["property"]
    assert rung.fault is not None
    assert (rung.fault.code, rung.fault.params["property"]) == ("property_unknown", "9" * 24)
    assert [item.name for item in rung.properties] == ["Harbour rooms", "Seaside 4"]


def test_an_account_without_listings_is_a_valid_one(adapter: Adapter, script: Script) -> None:
    script.answers["listings"] = {"results": [], "count": 0}
    rungs = climbed(adapter, Stream.AVAILABILITY, Stream.RATES)
    assert all(rung.ok for rung in rungs.values())
    assert rungs["stream:availability"].detail == "0"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_credentials_break_the_login_once(
    make_adapter: MakeAdapter, script: Script, status: int
) -> None:
    script.answers["oauth2/token"] = Reply(status, {"error": "invalid_client"})
    for rungs in (climbed(make_adapter()), climbed(make_adapter())):
        fault = rungs["login"].fault
        assert fault is not None
        assert fault.code == "credentials_rejected"
        assert list(rungs)[-1] == "login"
    assert len(script.asked) == 1  # not tried again within the minute


def test_missing_credentials_are_told_without_asking_anybody(
    make_adapter: MakeAdapter, script: Script
) -> None:
    empty = credentials()
    rungs = climbed(make_adapter(type(empty)(empty.options, {})))
    assert rungs["login"].fault is not None
    assert rungs["login"].fault.code == "credentials_rejected"
    assert script.asked == []


def test_what_the_plan_does_not_include_leaves_the_rest(adapter: Adapter, script: Script) -> None:
    script.answers["availability-pricing/api/calendar/listings"] = Reply(
        403,
        {
            "message": "You don't have permission to access, please contact Guesty support.",
            "requestId": "r-7",
        },
    )
    rungs = climbed(adapter, Stream.AVAILABILITY, Stream.BOOKINGS)
    broken = rungs["stream:availability"]
    assert broken.fault is not None
    assert (broken.fault.code, broken.stops, broken.fault.detail) == (
        "permission_missing",
        False,
        "status 403, request r-7",
    )
    assert rungs["stream:bookings"].ok
    assert script.tokens == 1


def test_another_address_is_told_apart_from_a_wrong_key(adapter: Adapter, script: Script) -> None:
    script.answers["accounts/me"] = Reply(404)
    fault = climbed(adapter)["login"].fault
    assert fault is not None
    assert fault.code == "address_wrong"


def test_an_address_without_its_version_is_completed(make_adapter: MakeAdapter, script: Script) -> None:
    adapter = make_adapter()
    adapter._guesty.client.base_url = adapter._guesty.client.base_url.removesuffix("/v1")
    again = Adapter(credentials(), adapter._guesty.client, adapter._caches)
    assert climbed(again)["property"].ok
    assert {asked.path.partition("?")[0] for asked in script.asked} == {
        "/oauth2/token",
        "/v1/accounts/me",
        "/v1/listings",
    }


def test_the_form_says_when_the_older_api_ends_and_where_the_keys_are() -> None:
    assert "1 March 2027" in MANIFEST.field("reservations_api").help
    assert MANIFEST.field("api_key").vendor_word == "Client ID"
    assert MANIFEST.endpoints[0].url == BASE_URL
    assert MANIFEST.scarce_tokens is not None
    assert (MANIFEST.scarce_tokens.calls, MANIFEST.scarce_tokens.seconds) == (5, 86_400)
