"""Signing in: two kinds, one token for all, one more try, and no hammering."""

import base64

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.opera_cloud.conftest import MakeAdapter
from tests.integrations.pms.opera_cloud.opera_samples import APP_KEY, SEARCH, TOKEN, error, listed, row
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import CredentialsRejected
from webapp.integrations.pms.opera_cloud.refusals import KeyRefused

TOKENS = "/oauth/v1/tokens"


def logins(vendor: Vendor) -> list[Asked]:
    return [asked for asked in vendor.asked if asked.path == TOKENS]


def test_client_credentials_carry_the_enterprise_and_the_scope(
    make_adapter: MakeAdapter, vendor: Vendor
) -> None:
    make_adapter({SEARCH: listed(row())}).fetch_by_ids(Stream.BOOKINGS, ["990017"])
    (login,) = logins(vendor)
    assert login.headers["enterpriseid"] == "ENT1"
    assert login.headers["x-app-key"] == APP_KEY
    assert login.body == b"grant_type=client_credentials&scope=urn%3Aopc%3Ahgbu%3Aws%3A__myscopes__"
    assert (
        base64.b64decode(login.headers["authorization"].removeprefix("Basic "))
        == b"ENT1_Client:s3cret-0f-the-cl1ent"
    )


def test_an_integration_user_signs_in_without_an_enterprise(
    make_adapter: MakeAdapter, vendor: Vendor
) -> None:
    make_adapter({SEARCH: listed(row())}, auth_kind="ssd").fetch_by_ids(Stream.BOOKINGS, ["990017"])
    (login,) = logins(vendor)
    assert "enterpriseid" not in login.headers
    assert login.body == b"grant_type=password&username=WS_USER&password=p4ss-0f-the-user"


def test_every_call_names_the_hotel_the_key_and_itself(make_adapter: MakeAdapter, vendor: Vendor) -> None:
    make_adapter({SEARCH: listed(row())}).fetch_by_ids(Stream.BOOKINGS, ["990017"])
    data = [asked for asked in vendor.asked if asked.path != TOKENS]
    for asked in data:
        assert asked.headers["authorization"] == "Bearer made-up-token"
        assert (asked.headers["x-hotelid"], asked.headers["x-app-key"]) == ("HTL1", APP_KEY)
    assert len({asked.headers["x-request-id"] for asked in data}) == len(data)


def test_one_token_serves_until_it_is_nearly_over(
    make_adapter: MakeAdapter, vendor: Vendor, clock: FixedClock
) -> None:
    for minutes in (0, 30, 20, 10):
        clock.advance(minutes=minutes)
        make_adapter({SEARCH: listed(row())}).fetch_by_ids(Stream.BOOKINGS, ["990017"])
    assert len(logins(vendor)) == 2, "the third look is at 50 minutes, the fourth at 60"


def test_a_dead_token_is_replaced_once(make_adapter: MakeAdapter, vendor: Vendor, clock: FixedClock) -> None:
    make_adapter({SEARCH: listed(row())}).fetch_by_ids(Stream.BOOKINGS, ["990017"])
    clock.advance(minutes=5)
    replies = [error(401), listed(row())]
    found = make_adapter({SEARCH: lambda asked: replies.pop(0)}).fetch_by_ids(Stream.BOOKINGS, ["990017"])
    assert len(found) == 1
    assert len(logins(vendor)) == 2
    clock.advance(minutes=5)
    with pytest.raises(KeyRefused):
        make_adapter({SEARCH: error(401)}).fetch_by_ids(Stream.BOOKINGS, ["990017"])


@pytest.mark.parametrize("status", [400, 401, 402, 403])
def test_a_refused_sign_in_is_not_tried_again_at_once(
    make_adapter: MakeAdapter, vendor: Vendor, status: int
) -> None:
    for _ in range(3):
        with pytest.raises(CredentialsRejected) as refused:
            make_adapter({TOKENS: Reply(status, b"")}).fetch_by_ids(Stream.BOOKINGS, ["990017"])
        assert "s3cret" not in str(refused.value)
    assert len(logins(vendor)) == 1
    assert TOKEN.status == 200
