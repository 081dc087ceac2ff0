"""The webhooks of the pretend Cloudbeds, received over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from simulator import NewReservation
from simulator.hotel import Reservation, State
from simulator.pms.cloudbeds import Cloudbeds
from simulator.pms.cloudbeds_hooks import ACTIONS
from simulator.postman import Manners
from simulator.server import Server
from simulator.world import World

VENDORS = ("cloudbeds",)
Ask = Callable[..., Any]
TODAY = date(2026, 5, 13)
ALL = tuple((entity, action) for entity, actions in ACTIONS.items() for action in sorted(actions))


class Receiver:
    """An address that takes webhooks; `answers` are the statuses of the next calls, then 200."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.held = threading.Event()
        self.held.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.held.wait(60)
                receiver.got.append(json.loads(body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silent: `got` keeps what came."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hooks/secret"

    def stop(self) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def events(self) -> list[str]:
        return [str(body["event"]) for body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


@dataclass(frozen=True)
class Stage:
    """A hotel, its vendor and somebody who listens."""

    world: World
    cloudbeds: Cloudbeds
    receiver: Receiver
    ask: Ask

    def subscribe(self, *events: tuple[str, str]) -> list[str]:
        """Subscriptions to these events, or to all there are."""
        made = []
        for entity, action in events or ALL:
            form = {"object": entity, "action": action, "endpointUrl": self.receiver.url}
            made.append(self.ask("postWebhook", "POST", form)["data"]["subscriptionID"])
        return made

    def behave(self, **manners: Any) -> None:
        """Patient with a slow machine unless told otherwise."""
        self.cloudbeds.postman.behave(Manners(**({"deadline_ms": 30_000} | manners)))

    def settle(self) -> None:
        assert self.cloudbeds.postman.wait_until_idle(60)

    def book(self) -> Reservation:
        order = NewReservation(arrival=TODAY, departure=TODAY + timedelta(3), last="Lind", first="Mara")
        return self.world.book(order)


@pytest.fixture
def stage(hotel_world: World, cloudbeds: Cloudbeds, receiver: Receiver, ask: Ask) -> Stage:
    made = Stage(hotel_world, cloudbeds, receiver, ask)
    made.behave()
    return made


def test_a_booking_tells_of_its_guest_and_of_itself(stage: Stage) -> None:
    stage.subscribe()
    record = stage.book()
    stage.settle()
    guest, reservation = stage.receiver.got
    ids = stage.cloudbeds.books.ids
    number = ids.property_id
    moment = reservation.pop("timestamp")
    assert moment == pytest.approx(record.updated_at.timestamp(), abs=1)
    assert reservation == {
        "version": "1.0",
        "event": "reservation/created",
        "propertyID": int(number),
        "propertyID_str": number,
        "reservationID": ids.reservation(record.number),
        "startDate": "2026-05-13",
        "endDate": "2026-05-16",
    }
    assert guest["event"] == "guest/created"
    assert (guest["guestId_str"], guest["propertyId"]) == (ids.guest(record.number, 0), int(number))


def test_only_what_was_subscribed_to_is_sent(stage: Stage) -> None:
    stage.subscribe(("reservation", "status_changed"))
    record = stage.book()
    stage.world.check_in(record.number)
    stage.settle()
    assert [(body["event"], body["status"]) for body in stage.receiver.got] == [
        ("reservation/status_changed", "checked_in")
    ]
    assert stage.receiver.got[0]["actor"]["type"] == "user"


def test_one_act_sets_off_several_events_each_with_its_moment(stage: Stage) -> None:
    record = stage.book()
    stage.subscribe()
    stage.world.check_in(record.number)
    stage.settle()
    assert stage.receiver.events() == [
        "reservation/status_changed",
        "reservation/accommodation_changed",
        "reservation/accommodation_status_changed",
    ]
    assert len({body["timestamp"] for body in stage.receiver.got}) == 3
    moved = stage.receiver.got[1]
    assert (moved["roomIdPrev"], "-" in moved["roomId"]) == (None, True)
    assert "reservationId" in moved
    assert "reservationID" not in moved
    assert stage.receiver.got[2]["status"] == "in_house"


@pytest.mark.parametrize(
    ("act", "wanted"),
    [
        (lambda w, r: w.cancel(r.number), {"reservation/status_changed", "accommodation_status_changed"}),
        (lambda w, r: w.change_stay(r.number, departure=TODAY + timedelta(2)), {"reservation/dates_changed"}),
        (lambda w, r: w.set_notes(r.number, "Late"), {"reservation/notes_changed"}),
        (lambda w, r: w.edit_guest(r.guest_id, email="n@example.org"), {"guest/details_changed"}),
        (lambda w, r: w.roll_business_date(), {"night_audit/completed"}),
        (lambda w, r: w.set_balance(r.number, 5), set()),
        (lambda w, r: w.mark_no_show(r.number), {"reservation/status_changed"}),
    ],
)
def test_every_act_has_its_events(
    act: Callable[[World, Reservation], object], wanted: set[str], stage: Stage
) -> None:
    record = stage.book()
    stage.subscribe()
    act(stage.world, record)
    stage.settle()
    assert set(stage.receiver.events()) == {name if "/" in name else f"reservation/{name}" for name in wanted}


def test_a_room_that_is_dropped_and_a_deletion_are_told(stage: Stage) -> None:
    record = next(
        r for r in stage.world.reservations() if r.state is State.IN_HOUSE and r.notes == "Split stay"
    )
    stage.subscribe(("reservation", "accommodation_removed"), ("reservation", "deleted"))
    stage.world.check_out(record.number)
    stage.cloudbeds.delete(record.number)
    stage.settle()
    identifier = stage.cloudbeds.books.ids.reservation(record.number)
    removed, deleted = stage.receiver.got
    assert removed["event"] == "reservation/accommodation_removed"
    assert removed["subReservationId"] == f"{identifier}-1"
    assert (deleted["event"], deleted["reservationId"]) == ("reservation/deleted", identifier)


def test_a_subscription_needs_the_scope_of_its_object(vendor: Server, stage: Stage) -> None:
    door = vendor.dialect("cloudbeds")
    key = {"x-api-key": stage.cloudbeds.keys.issue({"read:hotel"}).secret}
    form = {"object": "guest", "action": "created", "endpointUrl": "http://127.0.0.1:9/"}
    url = f"{door.base_url}/api/v1.3/postWebhook"
    assert requests.post(url, data=form, headers=key, timeout=30).status_code == 403
    assert stage.ask("postWebhook", "POST", form)["success"] is True
    assert stage.ask("postWebhook", "POST", form | {"action": "vanished"})["success"] is False
    assert stage.ask("postWebhook", "POST", form | {"endpointUrl": "nowhere"})["success"] is False


def test_subscriptions_are_listed_removed_and_belong_to_their_key(vendor: Server, stage: Stage) -> None:
    first, second = stage.subscribe(("reservation", "created"), ("reservation", "created"))
    assert [row["id"] for row in stage.ask("getWebhooks")["data"]] == [first, second]
    stranger = {"x-api-key": stage.cloudbeds.keys.issue().secret}
    url = f"{vendor.dialect('cloudbeds').base_url}/api/v1.3"
    assert requests.get(f"{url}/getWebhooks", headers=stranger, timeout=30).json()["data"] == []
    gone = requests.delete(
        f"{url}/deleteWebhook", params={"subscriptionID": first}, headers=stranger, timeout=5
    )
    assert gone.json()["success"] is False
    assert stage.ask("deleteWebhook", "DELETE", subscriptionID=first)["success"] is True
    assert [row["id"] for row in stage.ask("getWebhooks")["data"]] == [second]
    stage.cloudbeds.disconnect()
    hotels = requests.get(f"{url}/getHotels", headers=stranger, timeout=30)
    assert hotels.status_code == 401


def test_a_refused_webhook_is_tried_five_times_and_given_up(stage: Stage) -> None:
    stage.behave(retry_ms=1)
    stage.subscribe(("reservation", "created"))
    stage.receiver.answers = [500, 302, 200]
    stage.book()
    stage.settle()
    stage.receiver.answers = [500] * 9
    stage.book()
    stage.settle()
    recovered, lost = stage.cloudbeds.postman.sent()
    assert (recovered.fate, [attempt.status for attempt in recovered.attempts]) == (
        "delivered",
        [500, 302, 200],
    )
    assert (lost.fate, [attempt.status for attempt in lost.attempts]) == ("given_up", [500] * 5)


def test_an_answer_after_the_deadline_counts_as_none(stage: Stage) -> None:
    stage.behave(deadline_ms=50, attempts=1)
    stage.subscribe(("reservation", "created"))
    stage.receiver.held.clear()
    stage.book()
    stage.settle()
    (letter,) = stage.cloudbeds.postman.sent()
    assert (letter.fate, letter.attempts[0].status, letter.attempts[0].error) == (
        "given_up",
        0,
        "TimeoutError",
    )


def test_webhooks_are_lost_doubled_and_turned_around_on_demand(stage: Stage) -> None:
    stage.subscribe(("reservation", "created"), ("reservation", "status_changed"))
    stage.behave(drop=True)
    record = stage.book()
    stage.settle()
    assert (stage.receiver.got, stage.cloudbeds.postman.sent()[0].fate) == ([], "dropped")
    stage.behave(duplicate=True)
    stage.world.check_in(record.number)
    stage.settle()
    assert stage.receiver.got[0] == stage.receiver.got[1]
    stage.receiver.got.clear()
    stage.behave(shuffle=True, delay_ms=400)
    stage.world.check_out(record.number)
    stage.book()
    stage.settle()
    assert stage.receiver.events() == ["reservation/created", "reservation/status_changed"]


def test_nobody_outside_this_machine_is_called(stage: Stage) -> None:
    stage.behave(attempts=1)
    for endpoint in ("https://hub.example/hook", "http://192.0.2.1/hook", "http://127.0.0.1:99999/hook"):
        form = {"object": "reservation", "action": "created", "endpointUrl": endpoint}
        assert stage.ask("postWebhook", "POST", form)["success"] is True
    stage.book()
    stage.settle()
    assert {attempt.error for letter in stage.cloudbeds.postman.sent() for attempt in letter.attempts} == {
        "only http on the loopback address is called from here"
    }


def test_stopping_gives_up_what_waits(stage: Stage) -> None:
    stage.behave(delay_ms=60_000)
    stage.subscribe(("reservation", "created"))
    stage.book()
    stage.cloudbeds.stop()
    stage.cloudbeds.stop()
    assert [letter.fate for letter in stage.cloudbeds.postman.sent()] == ["given_up"]


def test_the_control_desk_reaches_everything(vendor: Server, http: requests.Session, stage: Stage) -> None:
    http.headers["X-Simulator-Token"] = vendor.control_token

    def desk(method: str, topic: str, body: object = None, expect: int = 200) -> Any:
        answer = http.request(method, f"{vendor.url}/_control/cloudbeds/{topic}", json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    assert desk("POST", "quirks", {"status_behind": True})["status_behind"] is True
    assert desk("GET", "quirks")["modified_zone"] == "property"
    desk("POST", "quirks", {"moon": "full"}, expect=422)
    assert desk("POST", "webhooks", {"retry_ms": 1, "deadline_ms": 30_000})["retry_ms"] == 1
    assert desk("GET", "webhooks")["attempts"] == 5
    stage.subscribe(("reservation", "created"))
    record = stage.book()
    stage.settle()
    (sent,) = desk("GET", "sent")
    assert (sent["payload"], sent["attempts"][0]["status"]) == (stage.receiver.got[0], 200)
    assert desk("DELETE", "sent") == []
    ids = desk("GET", "ids")
    assert ids["reservations"][record.number] == stage.receiver.got[0]["reservationID"]
    assert ids["rooms"]["101"] == "30001-1"
    guest = stage.cloudbeds.books.ids.guest(record.number, 0)
    desk("POST", "anonymize", {"guest_id": guest})
    desk("POST", "merge", {"guest_id": guest, "into": "1"}, expect=404)
    desk("POST", "delete", {"number": "1"}, expect=404)
    desk("POST", "delete", {"number": record.number})
    assert stage.cloudbeds.books.find(ids["reservations"][record.number]) is None
    issued = desk("POST", "keys", {"organization": True})
    assert len(issued["properties"]) == 2
    desk("POST", "disconnect")
    desk("POST", "nothing", expect=404)
    desk("GET", "nothing", expect=404)
    assert "/_control" not in {call.path for call in vendor.calls.seen()}
