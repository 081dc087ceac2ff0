"""Settings > API Access: keys are shown once, listed with their use, replaced and revoked; the API can be tried."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.cast import ADA, BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from webapp.domain.api_key import is_well_formed
from webapp.models import ApiKey, LogEntry, Scope
from webapp.runtime import Runtime
from webapp.services import api_keys

ClientOf = Callable[[Character | None], Browser]
URL = "/settings/api-access"


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def key_in(html: str) -> str:
    (found,) = set(re.findall(r"aiha_[0-9A-Za-z]{36}", html))
    return found


def given(**changed: str) -> dict[str, str]:
    return {"name": "Door locks", "scope": "read", "days": "90", "networks": "", **changed}


def test_an_empty_page_says_what_a_key_is_for_and_fills_in_the_guides_command(ian: Browser) -> None:
    html = ian.get(URL).text
    assert "Generate one to read /api/v1/bookings" in html
    assert "Generate New API Key" in html
    assert 'curl "http://localhost/api/v1/bookings"' in html.replace("&#34;", '"')
    assert 'value="90"' in html


def test_the_front_desk_has_no_keys(client_of: ClientOf) -> None:
    assert client_of(BEN).get(URL).status_code == 403
    assert URL not in client_of(BEN).get("/").text
    assert URL in client_of(ADA).get("/").text


@pytest.mark.parametrize("hx", [True, False])
def test_a_key_is_shown_once_and_never_kept_by_a_browser(ian: Browser, hub: Runtime, hx: bool) -> None:
    answer = ian.post(URL, data=given(networks="10.0.0.7/24\n192.0.2.1"), hx=hx)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["HX-Push-Url"] == "false"
    text = key_in(answer.text)
    assert is_well_formed(text)
    with hub.reading() as session:
        row = session.scalars(select(ApiKey)).one()
        lines = "\n".join(session.scalars(select(LogEntry.summary)))
    assert row.digest == api_keys.digest_of(text)
    assert row.allowed_networks == ["10.0.0.0/24", "192.0.2.1/32"]
    later = ian.get(URL).text + ian.get(f"{URL}/keys/{row.public_id}").text + lines
    assert text not in later
    assert "Door locks" in later


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Give the key a name"),
        ({"days": "0"}, "from 1 to 365 days"),
        ({"days": "soon"}, "Not a valid integer value"),
        ({"networks": "10.0.0.0/99"}, "is no address or network"),
        ({"scope": "god"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(
    ian: Browser, wrong: dict[str, str], words: str
) -> None:
    answer = ian.post(URL, data=given(**wrong), hx=True)
    assert answer.status_code == 422
    assert words in answer.text.replace("&#39;", "'")
    assert answer.headers["HX-Retarget"] == "#api-access-new"
    if "name" not in wrong:
        assert "Door locks" in answer.text


def test_an_admin_key_asks_for_the_password(ian: Browser, hub: Runtime) -> None:
    for password in ("", "a wrong one"):
        refused = ian.post(URL, data=given(scope="admin", password=password))
        assert refused.status_code == 422
        assert "An admin key needs your password" in refused.text
        assert "a wrong one" not in refused.text
    made = ian.post(URL, data=given(scope="admin", password=IAN.password))
    assert key_in(made.text)


def test_guessing_the_password_is_stopped(ian: Browser) -> None:
    for _ in range(5):
        ian.post(URL, data=given(scope="admin", password="a wrong one"))
    assert "Too many tries" in ian.post(URL, data=given(scope="admin", password=IAN.password)).text


def test_a_key_is_replaced_with_an_overlap(ian: Browser, hub: Runtime, clock: FixedClock) -> None:
    old = api_keys.create(hub, name="Site", scope=Scope.WRITE, actor=IAN.email)
    answer = ian.post(f"{URL}/keys/{old.key.public_id}/rotate", data={"overlap": "72"}, hx=True)
    assert key_in(answer.text) != old.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Being replaced" in ian.get(URL).text
    again = ian.post(f"{URL}/keys/{old.key.public_id}/rotate", data={"overlap": "24"}, hx=True)
    assert again.status_code == 422
    assert "has a successor already" in again.text


def test_a_revocation_says_what_it_breaks_first(ian: Browser, hub: Runtime, app: Flask) -> None:
    made = api_keys.create(hub, name="Site", scope=Scope.READ, actor=IAN.email)
    page = f"{URL}/keys/{made.key.public_id}"
    assert "never used: nothing will break" in ian.get(page).text
    door = app.extensions["api_door"]
    for _ in range(3):
        door.note_use(door.admit(made.text, "192.0.2.7"), "192.0.2.7", is_refused=False)
    assert "Used 3 times in 7 days, last from 192.0.2.7" in ian.get(page).text
    assert "Revoked" in ian.post(page + "/revoke", hx=True).text
    assert ian.post(page + "/revoke").status_code == 404
    assert "1 key that works no more" in ian.get(URL).text


def test_an_unknown_key_is_not_found(ian: Browser) -> None:
    for address in ("/keys/ak_none", "/keys/ak_none/rotate", "/keys/ak_none/revoke"):
        method = ian.get if address.endswith("none") else ian.post
        assert method(URL + address).status_code == 404


def test_the_api_is_tried_with_the_persons_own_session(ian: Browser) -> None:
    html = ian.get(f"{URL}/try?address=/api/v1/bookings?limit=2").text
    assert "has_more" in html
    assert "/api/v1/bookings" in html


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/api/v1/bookings",
        "/login",
        "/api/v1/nothing",
        "/api/v1/bookings?limit=0",
        "/api/v1/bookings?cursor=%3Cscript%3E",
        "",
    ],
)
def test_a_try_that_cannot_be_says_so(ian: Browser, address: str) -> None:
    answer = ian.get(f"{URL}/try", query_string={"address": address})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.partition("try-address")[2]


def test_keys_near_their_end_are_told_on_the_dashboard(client_of: ClientOf, hub: Runtime) -> None:
    assert "API key" not in client_of(IAN).get("/").text
    api_keys.create(hub, name="Site", scope=Scope.READ, actor=IAN.email, days=3)
    assert "API key “Site” ends in 3 days." in client_of(IAN).get("/").text
    assert "API key" not in client_of(BEN).get("/").text


def test_health_tells_how_the_api_is_used(client_of: ClientOf, hub: Runtime, app: Flask) -> None:
    made = api_keys.create(hub, name="Site", scope=Scope.READ, actor=IAN.email)
    door = app.extensions["api_door"]
    door.note_use(door.admit(made.text, "192.0.2.7"), "192.0.2.7", is_refused=False)
    door.stranger_allowance("192.0.2.8")
    html = client_of(IAN).get("/integrations/health").text
    assert "REST API" in html
    assert "100 calls a minute for each key" in html
    assert "REST API" not in client_of(BEN).get("/integrations/health").text
