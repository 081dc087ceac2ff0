"""Claiming a new hub in the browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import Browser, Character, open_browser
from tests.conftest import FixedClock, app_of
from webapp.models import Hotel, Instance, LogEntry, User
from webapp.runtime import Runtime
from webapp.services.installation import open_runtime
from webapp.settings import Settings

GOOD = {
    "hotel_name": "Hotel Aurora",
    "timezone": "Europe/Zurich",
    "currency": "chf",
    "audit_hour": "3",
    "name": "Ada Lindqvist",
    "email": "Ada@Aurora.example",
    "password": "the owner's long password",
}


@dataclass
class NewHub:
    runtime: Runtime
    code: str
    browser: Browser

    def claim(self, **changed: str) -> TestResponse:
        return self.browser.post("/setup", data={"claim_code": self.code, **GOOD, **changed})


@pytest.fixture
def new_hub(settings: Settings, clock: FixedClock) -> Iterator[NewHub]:
    opened = open_runtime(settings, clock=clock)
    assert opened.claim_code is not None
    yield NewHub(
        opened.runtime, opened.claim_code, open_browser(app_of(opened.runtime), opened.runtime, None)
    )
    opened.runtime.close()


def wrong_fields(answer: TestResponse) -> list[str]:
    page = BeautifulSoup(answer.text, "html.parser")
    return [str(field["name"]) for field in page.select('[aria-invalid="true"]')]


def test_whoever_has_the_code_becomes_the_owner_and_is_signed_in(new_hub: NewHub) -> None:
    answer = new_hub.claim()
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Ada Lindqvist" in new_hub.browser.get("/account").text
    with new_hub.runtime.reading() as session:
        hotel = session.scalars(select(Hotel)).one()
        owner = session.scalars(select(User)).one()
        lines = session.scalars(select(LogEntry.action)).all()
        assert session.scalars(select(Instance.claim_digest)).one() is None
    assert (hotel.name, hotel.timezone, hotel.currency, str(hotel.business_date)) == (
        "Hotel Aurora",
        "Europe/Zurich",
        "CHF",
        "2026-07-14",
    )
    assert owner.last_login_at is not None
    assert (owner.email, owner.role) == ("ada@aurora.example", "owner")
    assert lines == ["hotel.claimed"]


def test_the_code_is_taken_in_lower_case_and_without_dashes(new_hub: NewHub) -> None:
    assert new_hub.claim(claim_code=new_hub.code.replace("-", " ").lower()).status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("claim_code", "AAAA-BBBB-CCCC"),
        ("claim_code", ""),
        ("hotel_name", "  "),
        ("timezone", "Europe/Atlantis"),
        ("timezone", ""),
        ("currency", "XXQ"),
        ("audit_hour", "13"),
        ("email", "not an address"),
        ("password", "short"),
        ("password", "ada@aurora.example"),
        ("name", ""),
    ],
)
def test_a_wrong_entry_is_shown_at_its_field_and_nothing_is_stored(
    new_hub: NewHub, field: str, value: str
) -> None:
    answer = new_hub.claim(**{field: value})
    assert answer.status_code == 422
    assert wrong_fields(answer) == [field]
    with new_hub.runtime.reading() as session:
        assert session.scalars(select(Hotel)).all() == session.scalars(select(User)).all() == []


def test_the_password_is_never_sent_back(new_hub: NewHub) -> None:
    assert GOOD["password"].replace("'", "&#39;") not in new_hub.claim(claim_code="wrong").text


def test_guessing_the_code_is_stopped_after_five_tries(new_hub: NewHub) -> None:
    assert [new_hub.claim(claim_code="wrong").status_code for _ in range(6)] == [422] * 5 + [429]
    assert new_hub.claim().status_code == 429


def test_after_the_set_up_there_is_none(client_of: Callable[[Character | None], Browser]) -> None:
    cleo = client_of(None)
    assert cleo.get("/setup").location == "/"
    assert cleo.post("/setup", data=GOOD).status_code == 404


def test_the_wizard_offers_places_and_living_currencies(new_hub: NewHub) -> None:
    page = BeautifulSoup(new_hub.browser.get("/setup").text, "html.parser")
    zones = {str(option["value"]) for option in page.select("#setup-timezones option")}
    currencies = {str(option["value"]) for option in page.select("#setup-currencies option")}
    assert {"Europe/Zurich", "America/Argentina/Buenos_Aires", "UTC"} <= zones
    assert {"EUR", "CHF", "JPY", "KWD"} <= currencies
    assert "DEM" not in currencies
