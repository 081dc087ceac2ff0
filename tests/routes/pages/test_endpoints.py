"""Settings > API Access > endpoints: added, tested, changed, their secret shown to whoever knows the password."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.integrations.tls_listener import make_certificate
from tests.receiver import Receiver, Reply, receiving
from tests.services.test_deliveries import endpoint, send, tell
from webapp.domain.outgoing import CHOICES
from webapp.models import EndpointState, LogEntry
from webapp.runtime import Runtime
from webapp.services import endpoints
from webapp.services.endpoint_checks import NOT_ALLOWED

ClientOf = Callable[[Character | None], Browser]
URL = "/settings/api-access/endpoints"


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def made(hub: Runtime, receiver: Receiver) -> endpoints.WithSecret:
    return endpoints.add(hub, url=receiver.url, events=["booking.created"], actor=IAN.email)


@pytest.fixture
def page(made: endpoints.WithSecret) -> str:
    return f"{URL}/{made.endpoint.public_id}"


def secrets_in(html: str) -> set[str]:
    return set(re.findall(r"whsec_[A-Za-z0-9+/=]{20,}", html))


def test_the_page_of_keys_lists_endpoints_and_says_what_they_are_for(ian: Browser, hub: Runtime) -> None:
    assert "is told of new bookings" in ian.get("/settings/api-access").text
    endpoints.add(
        hub, url="http://127.0.0.1:8099/x?token=t", events=["guest.checkin"], description="Door locks", actor="x"
    )  # fmt: skip
    html = ian.get("/settings/api-access").text
    for words in ("127.0.0.1:8099", "Door locks", "guest.checkin", "Told"):
        assert words in html
    assert "token=t" not in html


def test_a_receiver_that_asked_for_rest_is_said_to_rest(
    ian: Browser, hub: Runtime, receiver: Receiver, page: str, clock: FixedClock
) -> None:
    tell(hub)
    receiver.reply(Reply(429, {"Retry-After": "600"}))
    send(hub)
    assert "asked to be left alone until" in ian.get(page).text
    clock.advance(seconds=601)
    assert "asked to be left alone until" not in ian.get(page).text


def test_every_event_can_be_chosen_and_says_when_it_comes(ian: Browser) -> None:
    html = ian.get(URL + "/new").text
    for kind in CHOICES:
        assert f'value="{kind}"' in html
    assert "A booking was stored for the first time" in html


@pytest.mark.parametrize("hx", [True, False])
def test_a_new_endpoint_shows_its_secret_in_that_answer_only(
    ian: Browser, hub: Runtime, receiver: Receiver, hx: bool
) -> None:
    answer = ian.post(URL, data={"url": receiver.url, "events": ["booking.created", "ticket.created"]}, hx=hx)
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], answer.headers["HX-Push-Url"]) == ("no-store", "false")
    assert len(secrets_in(answer.text)) == 1
    row = endpoint(hub)
    assert (row.url, row.events, row.includes_personal) == (
        receiver.url,
        ["booking.created", "ticket.created"],
        False,
    )
    later = ian.get("/settings/api-access").text + ian.get(f"{URL}/{row.public_id}").text
    assert not secrets_in(later)


def test_an_authority_of_the_hotels_own_stays_when_something_else_is_changed(
    ian: Browser, hub: Runtime, receiver: Receiver, page: str, tmp_path: Path
) -> None:
    pem = make_certificate(tmp_path, "localhost", (-1, 30))[2].read_text()
    given = {"url": receiver.url, "events": "booking.created"}
    assert ian.post(page, data={**given, "authority": "nonsense"}).status_code == 422
    assert ian.post(page, data={**given, "authority": pem}).status_code == 200
    shown = BeautifulSoup(ian.get(page).text, "html.parser").select_one("textarea[name=authority]")
    assert shown is not None
    assert ian.post(page, data={**given, "description": "Locks", "authority": shown.text}).status_code == 200
    assert (endpoint(hub).authority, endpoint(hub).description) == (pem, "Locks")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "", "events": "booking.created"}, "Enter an address"),
        ({"url": "https://10.0.0.7/", "events": "booking.created"}, NOT_ALLOWED),
        ({"url": "https://169.254.169.254/", "events": "booking.created"}, NOT_ALLOWED),
        ({"url": "http://127.0.0.1:8099/"}, "Choose at least one event"),
        ({"url": "http://127.0.0.1:8099/", "events": "booking.exploded"}, "There is no event"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(
    ian: Browser, hub: Runtime, given: dict[str, str], words: str
) -> None:
    answer = ian.post(URL, data={**given, "description": "Locks"}, hx=True)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Locks" in answer.text
    assert answer.headers["HX-Retarget"] == "#api-access-endpoint-new"


def test_a_secret_is_shown_to_whoever_knows_the_password_and_that_is_logged(
    ian: Browser, hub: Runtime, page: str, made: endpoints.WithSecret
) -> None:
    for password in ("", "a wrong one"):
        refused = ian.post(page + "/secret", data={"password": password}, hx=True)
        assert refused.status_code == 422
        assert not secrets_in(refused.text)
        assert "a wrong one" not in refused.text
    shown = ian.post(page + "/secret", data={"password": IAN.password})
    assert secrets_in(shown.text) == {made.secret.reveal()}
    assert shown.headers["Cache-Control"] == "no-store"
    with hub.reading() as session:
        assert "endpoint.secret_shown" in session.scalars(select(LogEntry.action)).all()


def test_guessing_the_password_is_stopped(ian: Browser, page: str) -> None:
    for _ in range(5):
        ian.post(page + "/secret", data={"password": "a wrong one"})
    assert "Too many tries" in ian.post(page + "/secret", data={"password": IAN.password}).text


def test_a_rotation_shows_the_new_secret_and_can_end_the_old_one(
    ian: Browser, hub: Runtime, page: str, made: endpoints.WithSecret
) -> None:
    assert "End the old one now" not in ian.get(page).text
    answer = ian.post(page + "/rotate", hx=True)
    assert secrets_in(answer.text) not in ({made.secret.reveal()}, set())
    assert answer.headers["Cache-Control"] == "no-store"
    assert "End the old one now" in ian.get(page).text
    assert "signs no more" in ian.post(page + "/end-old-secret", hx=True).text
    assert endpoint(hub).old_secret is None


def test_a_test_tells_what_the_receiver_answered_and_escapes_it(
    ian: Browser, receiver: Receiver, page: str
) -> None:
    receiver.reply(Reply(500, body=b"<script>alert(1)</script>"), Reply(204, body=b""))
    bad = ian.post(page + "/test", data={"kind": "payment.succeeded"}, hx=True)
    assert "The test did not arrive." in bad.text
    assert "Answered 500 in" in bad.text
    assert "&lt;script&gt;alert(1)" in bad.text
    assert "<script>alert" not in bad.text
    assert "Given up" in bad.text
    good = ian.post(page + "/test", data={"kind": "webhook.test"})
    assert "The test arrived." in good.text
    assert "payment.succeeded" in good.text
    assert ian.post(page + "/test", data={"kind": "booking.exploded"}, hx=True).status_code == 422


def test_an_endpoint_is_changed_and_a_wrong_change_says_so(ian: Browser, hub: Runtime, page: str) -> None:
    given = {"url": "http://127.0.0.1:8099/b", "events": "ticket.created", "includes_personal": "y"}
    assert "Saved." in ian.post(page, data=given, hx=True).text
    row = endpoint(hub)
    assert (row.url, row.events, row.includes_personal) == (
        "http://127.0.0.1:8099/b",
        ["ticket.created"],
        True,
    )
    wrong = ian.post(page, data={**given, "url": "https://192.168.1.1/"}, hx=True)
    assert (wrong.status_code, wrong.headers["HX-Retarget"]) == (422, "#api-access-endpoint")
    assert "https://192.168.1.1/" in wrong.text
    assert NOT_ALLOWED in wrong.text


def test_the_calendar_of_tries_is_shown_as_it_is_set(ian: Browser, page: str) -> None:
    html = ian.get(page).text
    for words in ("at once", "5 seconds", "30 minutes", "14 hours", "3 days"):
        assert words in html


def test_it_is_switched_off_and_on_and_removed(ian: Browser, hub: Runtime, page: str) -> None:
    assert "What comes is held" in ian.post(page + "/disable", hx=True).text
    assert "Switched off by hand" in ian.get("/settings/api-access").text
    assert "told again" in ian.post(page + "/enable", hx=True).text
    assert endpoint(hub).state == EndpointState.ACTIVE
    assert ian.post(page + "/remove").location == "/settings/api-access"
    assert ian.get(page).status_code == 404
    assert ian.post(page + "/enable").status_code == 404


def test_the_front_desk_has_no_endpoints(client_of: ClientOf, page: str) -> None:
    ben = client_of(BEN)
    for address in (URL, URL + "/new", page):
        assert ben.get(address).status_code == 403
