"""The webhooks of the pretend Guesty, received over real HTTP."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from simulator import NewReservation
from simulator.hotel import State
from simulator.pms.guesty_switches import Switches
from simulator.postman import Manners
from simulator.server import Server
from simulator.world import World
from tests.simulator.guesty_account import Application
from tests.simulator.mews_partner import Inbox

VENDORS = ("guesty",)
TODAY = date(2026, 5, 13)
BOOKINGS = ["reservation.created.v2", "reservation.updated.v2"]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    made = Inbox()
    yield made
    made.stop()


@pytest.fixture
def app(vendor: Server, http: requests.Session) -> Application:
    made = Application(vendor, http)
    made.vendor.hooks.postman.behave(Manners(attempts=8, retry_ms=1, deadline_ms=30_000))
    return made


def _subscribe(app: Application, inbox: Inbox, *events: str) -> Any:
    answer = app.send("/webhooks", "POST", {"url": inbox.url, "events": list(events or BOOKINGS)})
    assert answer.status_code == 201, answer.text
    return answer.json()


def _book(world: World) -> str:
    return world.book(NewReservation(arrival=TODAY, departure=TODAY + timedelta(2), last="Lind")).number


def _settle(app: Application) -> None:
    assert app.vendor.hooks.postman.wait_until_idle(60)


def test_a_subscription_is_made_read_changed_and_removed(app: Application, inbox: Inbox) -> None:
    made = _subscribe(app, inbox)
    assert app.ask("/webhooks") == [made]
    changed = app.send(f"/webhooks/{made['_id']}", "PUT", {"url": inbox.url, "events": ["guest.updated"]})
    assert (changed.status_code, changed.content) == (204, b"")
    assert app.ask(f"/webhooks/{made['_id']}")["events"] == ["guest.updated"]
    assert app.send(f"/webhooks/{made['_id']}", "DELETE").status_code == 204
    assert app.send(f"/webhooks/{made['_id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"url": "http://127.0.0.1:9/", "event": "reservation.created.v2"}, "events are required"),
        ({"url": "http://127.0.0.1:9/", "events": []}, "events are required"),
        ({"url": "http://127.0.0.1:9/", "events": ["reservation.updated"]}, "no longer available"),
        ({"url": "http://127.0.0.1:9/", "events": ["reservation_update_shortlist"]}, "no longer available"),
        ({"url": "http://127.0.0.1:9/", "events": ["booking.made"]}, "Unknown event"),
        ({"url": "nowhere", "events": BOOKINGS}, "Validation failed"),
    ],
)
def test_a_wrong_subscription_is_400(app: Application, body: object, words: str) -> None:
    refused = app.send("/webhooks", "POST", body)
    assert refused.status_code == 400
    assert words in refused.json()["message"]


def test_an_address_has_one_subscription(app: Application, inbox: Inbox) -> None:
    _subscribe(app, inbox)
    assert app.send("/webhooks", "POST", {"url": inbox.url, "events": BOOKINGS}).status_code == 400


def test_the_secret_is_missing_for_a_while_and_new_after_each_subscription(
    app: Application, inbox: Inbox
) -> None:
    app.vendor.switches = Switches(secret_misses=2)
    made = _subscribe(app, inbox)
    statuses = [app.send("/webhooks-v2/secret", url=inbox.url).status_code for _ in range(3)]
    assert statuses == [404, 404, 200]
    first = app.ask("/webhooks-v2/secret", url=inbox.url)["key"]
    assert first.startswith("whsec_")
    app.vendor.switches = Switches()
    app.send(f"/webhooks/{made['_id']}", "DELETE")
    _subscribe(app, inbox)
    assert app.ask("/webhooks-v2/secret", url=inbox.url)["key"] != first
    assert app.send("/webhooks-v2/secret", url="http://127.0.0.1:9/other").status_code == 404


@pytest.mark.parametrize("prefix", ["svix", "webhook"])
def test_a_delivery_is_signed_over_its_id_moment_and_body(
    app: Application, inbox: Inbox, hotel_world: World, prefix: Any
) -> None:
    app.vendor.switches = Switches(signature_names=prefix)
    _subscribe(app, inbox)
    key = base64.b64decode(app.ask("/webhooks-v2/secret", url=inbox.url)["key"].removeprefix("whsec_"))
    _book(hotel_world)
    _settle(app)
    ((_, headers, _),) = inbox.received
    (letter,) = app.vendor.hooks.postman.sent()
    stamp = headers[f"{prefix}-timestamp"]
    assert int(stamp) == int(hotel_world.clock.now().timestamp())
    signed = f"{headers[f'{prefix}-id']}.{stamp}.".encode() + letter.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = headers[f"{prefix}-signature"].split(" ")
    assert f"v1,{expected}" in signatures
    assert len(signatures) == 2


def test_a_body_names_the_booking_and_little_else(app: Application, inbox: Inbox, hotel_world: World) -> None:
    _subscribe(app, inbox)
    number = _book(hotel_world)
    hotel_world.check_in(number)
    _settle(app)
    created, updated = inbox.bodies
    identifier = app.of(number)[0]["_id"]
    assert (created["eventType"], created["data"]["reservationId"]) == (BOOKINGS[0], identifier)
    assert (updated["eventType"], updated["data"]["guestStay"]) == (BOOKINGS[1], {"status": "checked_in"})
    assert created["publishedAt"].endswith("Z")
    assert not {"money", "guest", "listing"} & set(created["data"])


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ("lean", ("eventType", "data", "reservationId")),
        ("nested", ("event", "data", "reservation", "_id")),
        ("reservation", ("event", "reservation", "id")),
        ("old", ("event", "reservation", "_id")),
    ],
)
def test_bodies_come_in_several_shapes(
    app: Application, inbox: Inbox, hotel_world: World, payload: Any, path: tuple[str, ...]
) -> None:
    app.vendor.switches = Switches(payload=payload)
    _subscribe(app, inbox)
    number = _book(hotel_world)
    _settle(app)
    (body,) = inbox.bodies
    event, *steps = path
    assert body[event] == BOOKINGS[0]
    for step in steps:
        body = body[step]
    assert body == app.of(number)[0]["_id"]


def test_a_subscription_from_before_still_sends_whole_reservations(
    app: Application, vendor: Server, http: requests.Session, inbox: Inbox, hotel_world: World
) -> None:
    headers = {"X-Simulator-Token": vendor.control_token}
    wish = {"url": inbox.url, "events": ["reservation.new", "reservation.updated"]}
    http.post(f"{vendor.url}/_control/guesty/webhooks", json=wish, headers=headers)
    number = _book(hotel_world)
    hotel_world.cancel(number)
    _settle(app)
    new, updated = inbox.bodies
    assert (new["event"], updated["event"]) == ("reservation.new", "reservation.updated")
    assert new["reservation"]["money"]["currency"] == "EUR"
    assert updated["reservation"]["status"] == "canceled"


def test_a_change_of_the_stay_can_be_silent(app: Application, inbox: Inbox, hotel_world: World) -> None:
    app.vendor.switches = Switches(is_guest_stay_silent=True)
    _subscribe(app, inbox)
    number = _book(hotel_world)
    hotel_world.check_in(number)
    hotel_world.set_balance(number, 0)
    _settle(app)
    assert [body["eventType"] for body in inbox.bodies] == BOOKINGS


def test_guests_and_calendars_have_events_of_their_own(
    app: Application, inbox: Inbox, hotel_world: World
) -> None:
    _subscribe(app, inbox, "guest.created", "guest.updated", "calendar.updated.v2")
    number = _book(hotel_world)
    guest = hotel_world.reservation(number).guest_id
    hotel_world.edit_guest(guest, email="new@example.org")
    _settle(app)
    created, calendar, updated = inbox.bodies
    assert [body["eventType"] for body in inbox.bodies] == [
        "guest.created",
        "calendar.updated.v2",
        "guest.updated",
    ]
    assert created["data"]["guestId"] == updated["data"]["guestId"]
    assert calendar["data"]["dateRange"] == {"start": "2026-05-13", "end": "2026-05-15"}


def test_a_refused_delivery_comes_again_under_the_same_id(
    app: Application, inbox: Inbox, hotel_world: World
) -> None:
    inbox.answers = [500, 503]
    _subscribe(app, inbox)
    _book(hotel_world)
    _settle(app)
    assert len({headers["svix-id"] for _, headers, _ in inbox.received}) == 1
    assert len(inbox.received) == 3
    (letter,) = app.vendor.hooks.postman.sent()
    assert [attempt.status for attempt in letter.attempts] == [500, 503, 200]


def test_deliveries_can_be_dropped_doubled_and_shuffled(
    app: Application, vendor: Server, http: requests.Session, inbox: Inbox, hotel_world: World
) -> None:
    manners = f"{vendor.url}/_control/guesty/manners"
    headers = {"X-Simulator-Token": vendor.control_token}
    _subscribe(app, inbox)
    http.post(manners, json={"drop": True}, headers=headers)
    number = next(
        r.number for r in hotel_world.reservations() if r.state is State.IN_HOUSE and len(r.lines) == 1
    )
    hotel_world.set_notes(number, "one")
    http.post(manners, json={"duplicate": True, "shuffle": True, "delay_ms": 200}, headers=headers)
    hotel_world.set_notes(number, "two")
    hotel_world.check_out(number)
    _settle(app)
    stays = [body["data"]["guestStay"]["status"] for body in inbox.bodies]
    assert stays == ["checked_out", "checked_out", "checked_in", "checked_in"]
    sent = http.get(f"{vendor.url}/_control/guesty/sent", headers=headers).json()
    assert [each["fate"] for each in sent] == ["dropped", *["delivered"] * 4]
