"""The page on which a hotel allows an app."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from simulator.server import Server

VENDORS = ("cloudbeds",)
HUB = "https://hub.example/return?keep=1"


class Hotel:
    """Somebody of the hotel at the vendor's page."""

    def __init__(self, vendor: Server, http: requests.Session) -> None:
        self.door = vendor.dialect("cloudbeds")
        self.app = self.door.credentials["oauth2"]
        self.url = f"{self.door.base_url}/api/v1.3/oauth"
        self.http = http
        control = f"{vendor.url}/_control/cloudbeds/app"
        token = {"X-Simulator-Token": vendor.control_token}
        http.post(control, json={"redirect_uri": HUB}, headers=token, timeout=10).raise_for_status()

    def asked(self, **change: Any) -> dict[str, str]:
        given = {"response_type": "code", "client_id": self.app["client_id"], "redirect_uri": HUB}
        return {**given, "state": "s 1", "scope": "read:hotel", **change}

    def decide(self, decision: str, **change: Any) -> requests.Response:
        form = {**self.asked(**change), "decision": decision}
        return self.http.post(self.url, data=form, allow_redirects=False, timeout=10)


@pytest.fixture
def hotel(vendor: Server, http: requests.Session) -> Hotel:
    return Hotel(vendor, http)


def way_back(answer: requests.Response) -> dict[str, list[str]]:
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{HUB}&")
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_the_page_names_the_app_and_escapes_what_it_is_given(hotel: Hotel) -> None:
    page = hotel.http.get(hotel.url, params=hotel.asked(state='"><script>'), timeout=10)
    assert page.status_code == 200
    assert "Allow Access" in page.text
    assert hotel.app["client_id"] in page.text
    assert "<script>" not in page.text


def test_yes_comes_back_with_a_code_that_is_good_once(hotel: Hotel) -> None:
    back = way_back(hotel.decide("allow"))
    assert back["state"] == ["s 1"]
    form = {
        "grant_type": "authorization_code",
        "client_id": hotel.app["client_id"],
        "client_secret": hotel.app["client_secret"],
        "redirect_uri": HUB,
        "code": back["code"][0],
    }
    first = hotel.http.post(hotel.app["token_url"], data=form, timeout=10)
    assert first.json()["refresh_token"]
    assert hotel.http.post(hotel.app["token_url"], data=form, timeout=10).status_code == 401


def test_no_comes_back_without_one(hotel: Hotel) -> None:
    back = way_back(hotel.decide("deny"))
    assert (back["error"], back["state"]) == (["access_denied"], ["s 1"])
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [{"client_id": "somebody"}, {"redirect_uri": "https://thief.example"}, {"response_type": "token"}],
)
def test_what_is_not_registered_gets_no_way_back(hotel: Hotel, change: dict[str, str]) -> None:
    for answer in (
        hotel.decide("allow", **change),
        hotel.http.get(hotel.url, params=hotel.asked(**change), timeout=10),
    ):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
