"""Proving who we are to Cloudbeds: a key, or an app's token that is renewed."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.cloudbeds.cloudbeds_samples import KEY, answering, credentials, method_of
from tests.integrations.pms.cloudbeds.conftest import MakeAdapter
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.kit.errors import CredentialsRejected
from webapp.vault import Secret

APP = Credentials(
    {"property_id": "901234", "auth_kind": "oauth", "client_id": "app-7"},
    {"api_secret": Secret("app-secret"), "refresh_token": Secret("refresh-1")},
)


class TokenDesk:
    """Cloudbeds' /access_token: a refresh token works once and brings the next."""

    def __init__(self) -> None:
        self.valid = "refresh-1"
        self.issued = 0
        self.forms: list[dict[str, str]] = []
        self.access = ""
        self.others = answering({})

    def __call__(self, asked: Asked) -> Reply:
        if method_of(asked) == "access_token":
            return self._issue({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        if asked.headers.get("authorization") != f"Bearer {self.access}":
            return Reply(401, {"error": "access_denied"})
        return self.others(asked)

    def _issue(self, form: dict[str, str]) -> Reply:
        self.forms.append(form)
        if form["refresh_token"] != self.valid:
            return Reply(401, {"error": "server_error", "error_description": "invalid"})
        self.issued += 1
        self.valid, self.access = f"refresh-{self.issued + 1}", f"access-{self.issued}"
        body: dict[str, Any] = {"access_token": self.access, "token_type": "Bearer", "expires_in": 28800}
        return Reply(body=body | {"refresh_token": self.valid})


@pytest.fixture
def desk(vendor: Vendor) -> TokenDesk:
    return TokenDesk()


def test_a_key_travels_in_its_own_header(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    list(make_adapter().check([Stream.BOOKINGS]))
    assert {asked.headers["x-api-key"] for asked in vendor.asked} == {KEY}
    assert all(KEY not in asked.path for asked in vendor.asked)


def test_without_a_key_nothing_is_sent(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    adapter = make_adapter({}, Credentials(credentials().options, {}))
    with pytest.raises(CredentialsRejected):
        adapter.fetch_by_ids(Stream.GUESTS, ["1"])
    assert vendor.asked == []


def test_an_app_renews_its_token_with_the_newest_refresh_token(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock, desk: TokenDesk
) -> None:
    for _ in range(3):
        adapter = make_adapter({}, APP)
        vendor.answers_by(desk)
        assert all(rung.ok for rung in adapter.check([Stream.BOOKINGS]) if rung.name != "clock")
        clock.advance(hours=9)
    assert [form["refresh_token"] for form in desk.forms] == ["refresh-1", "refresh-2", "refresh-3"]
    assert desk.forms[0] == {
        "grant_type": "refresh_token",
        "client_id": "app-7",
        "client_secret": "app-secret",
        "refresh_token": "refresh-1",
    }


def test_a_token_is_used_until_it_is_nine_tenths_old(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock, desk: TokenDesk
) -> None:
    for hours in (0, 7):
        clock.advance(hours=hours)
        adapter = make_adapter({}, APP)
        vendor.answers_by(desk)
        list(adapter.check([Stream.BOOKINGS]))
    assert desk.issued == 1


def test_a_token_that_was_taken_back_is_renewed_once(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock, desk: TokenDesk
) -> None:
    adapter = make_adapter({}, APP)
    vendor.answers_by(desk)
    list(adapter.check([Stream.BOOKINGS]))
    clock.advance(minutes=2)
    desk.access = "taken back"
    assert all(rung.ok for rung in adapter.check([Stream.BOOKINGS]) if rung.name != "clock")
    assert desk.issued == 2


def test_a_refresh_token_typed_anew_is_not_mixed_up_with_an_old_one(
    vendor: Vendor, make_adapter: MakeAdapter, desk: TokenDesk
) -> None:
    adapter = make_adapter({}, APP)
    vendor.answers_by(desk)
    list(adapter.check([]))
    desk.valid = "refresh-typed"
    typed = Credentials(APP.options, {**APP.secrets, "refresh_token": Secret("refresh-typed")})
    adapter = make_adapter({}, typed)
    vendor.answers_by(desk)
    assert [rung.name for rung in adapter.check([]) if rung.fault] == []
    assert desk.forms[-1]["refresh_token"] == "refresh-typed"


def test_a_refused_refresh_token_asks_for_attention_and_shows_no_secret(
    vendor: Vendor, make_adapter: MakeAdapter, desk: TokenDesk
) -> None:
    desk.valid = "another"
    adapter = make_adapter({}, APP)
    vendor.answers_by(desk)
    rungs = list(adapter.check([Stream.BOOKINGS]))
    fault = rungs[-1].fault
    assert fault is not None
    assert (rungs[-1].name, fault.code) == ("login", "credentials_rejected")
    assert "secret" not in repr(rungs)
    assert "refresh-" not in repr(rungs)
    assert len(desk.forms) == 1


def test_whoever_loses_a_race_of_two_refreshes_uses_the_winners_token(
    vendor: Vendor, make_adapter: MakeAdapter, desk: TokenDesk
) -> None:
    """While our refresh is on its way, another thread's is answered first and ours is refused."""
    winner, loser = make_adapter({}, APP), make_adapter({}, APP)
    is_overtaken = False

    def answer(asked: Asked) -> Reply:
        nonlocal is_overtaken
        if method_of(asked) == "access_token" and not is_overtaken:
            is_overtaken = True
            assert all(rung.ok for rung in winner.check([]) if rung.name != "clock")
        return desk(asked)

    vendor.answers_by(answer)
    assert [rung.name for rung in loser.check([]) if rung.fault] == []
    assert [form["refresh_token"] for form in desk.forms] == ["refresh-1", "refresh-1"]
    assert desk.issued == 1
