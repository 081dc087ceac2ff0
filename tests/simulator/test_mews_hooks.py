from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from simulator.hotel import NewReservation, State
from simulator.pms.mews_control import Switches
from simulator.pms.mews_hooks import Action, Kind, Subscription
from simulator.postman import Manners
from simulator.server import Server
from simulator.world import World
from tests.simulator.conftest import BUSINESS_DATE
from tests.simulator.control_desk import Desk
from tests.simulator.mews_partner import Inbox, Partner

VENDORS = ("mews",)


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


@pytest.fixture
def inbox(partner: Partner) -> Iterator[Inbox]:
    """An address the vendor has been given for both kinds."""
    inbox = Inbox()
    subscription = Subscription(general_url=inbox.url, integration_url=inbox.url, lag_ms=20)
    partner.desk.hooks.subscribe(subscription)
    partner.desk.hooks.postman.behave(Manners(attempts=3, retry_ms=10, deadline_ms=5_000, redirects=3))
    yield inbox
    inbox.stop()


def _settle(partner: Partner) -> None:
    assert partner.desk.hooks.wait_until_idle(60)


def _book(world: World, last: str = "Lind") -> str:
    order = NewReservation(arrival=BUSINESS_DATE, departure=BUSINESS_DATE + timedelta(2), last=last)
    return world.book(order).number


def test_a_booking_is_told_by_ids_alone(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    number = _book(hotel_world)
    _settle(partner)
    ((path, headers, body),) = inbox.received
    guest = partner.names.id("customer", hotel_world.reservation(number).guest_id)
    (order,) = partner.vendor.orders(number)
    assert path == "/hooks?token=made-up"
    assert "content-type" not in headers
    assert body == {
        "EnterpriseId": partner.names.enterprise,
        "IntegrationId": partner.names.integration,
        "Events": [
            {"Discriminator": "CustomerAdded", "Value": {"Id": guest}},
            {"Discriminator": "CustomerUpdated", "Value": {"Id": guest}},
            {"Discriminator": "ServiceOrderUpdated", "Value": {"Id": order.id}},
        ],
    }
    assert partner.of(number)[0]["Id"] == order.id


def test_what_happens_together_travels_together_in_messages_of_limited_size(
    partner: Partner, inbox: Inbox, hotel_world: World
) -> None:
    partner.desk.hooks.subscribe(Subscription(general_url=inbox.url, lag_ms=300, most_events=50))
    hotel_world.advance()
    _settle(partner)
    sizes = [len(body["Events"]) for body in inbox.bodies]
    assert sum(sizes) > 50
    assert max(sizes) == 50
    assert len(sizes) < sum(sizes) / 10  # a machine that pauses splits them in two or three


def test_two_updates_of_one_reservation_look_the_same(
    partner: Partner, inbox: Inbox, hotel_world: World
) -> None:
    number = _book(hotel_world)
    _settle(partner)
    inbox.received.clear()
    hotel_world.set_notes(number, "one")
    _settle(partner)
    hotel_world.set_notes(number, "two")
    _settle(partner)
    first, second = inbox.bodies
    assert first == second


def test_every_unit_and_every_room_left_is_an_event(
    partner: Partner, inbox: Inbox, hotel_world: World
) -> None:
    both = next(r for r in hotel_world.reservations() if r.state is State.IN_HOUSE and r.lines[-1].unit == 2)
    hotel_world.check_out(both.number)
    _settle(partner)
    orders = [("ServiceOrderUpdated", order.id) for order in partner.vendor.orders(both.number)]
    rooms = [
        ("ResourceUpdated", partner.names.id("resource", str(room)))
        for room in sorted(str(line.room) for line in both.lines)
    ]
    assert inbox.events == [*orders, *rooms]


def test_only_what_was_subscribed_to_is_told(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    wanted = Subscription(general_url=inbox.url, events=frozenset({Kind.CUSTOMER}), lag_ms=20)
    partner.desk.hooks.subscribe(wanted)
    hotel_world.edit_guest(hotel_world.reservation(_book(hotel_world)).guest_id, phone="+44 7700 900001")
    _settle(partner)
    assert {kind for kind, _ in inbox.events} == {"CustomerUpdated"}


def test_a_payment_is_told_and_a_silent_bill_tells_nothing_else(
    partner: Partner, inbox: Inbox, hotel_world: World
) -> None:
    number = _book(hotel_world)
    _settle(partner)
    inbox.received.clear()
    partner.desk.switches = Switches(bills_are_silent=True)
    hotel_world.set_balance(number, 0)
    _settle(partner)
    assert [kind for kind, _ in inbox.events] == ["PaymentUpdated"]
    partner.desk.switches = Switches()
    hotel_world.set_balance(number, 100)
    _settle(partner)
    assert [kind for kind, _ in inbox.events[1:]] == ["PaymentUpdated", "ServiceOrderUpdated"]


def test_a_merged_or_deleted_guest_is_told(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    one, other = (hotel_world.reservation(_book(hotel_world, last)).guest_id for last in ("Lind", "Linde"))
    _settle(partner)
    inbox.received.clear()
    changed = [partner.desk.merge(one, other), partner.desk.delete(other)]
    _settle(partner)
    assert inbox.events == [("CustomerUpdated", customer) for customer in changed]


@pytest.mark.parametrize("answer", [500, 404, 302])
def test_an_error_is_tried_again(partner: Partner, inbox: Inbox, hotel_world: World, answer: int) -> None:
    inbox.answers = [answer, 202]
    _book(hotel_world)
    _settle(partner)
    assert len(inbox.bodies) == 2
    assert inbox.bodies[0] == inbox.bodies[1]
    (letter,) = partner.desk.hooks.postman.sent()
    assert ([attempt.status for attempt in letter.attempts], letter.fate) == ([answer, 202], "delivered")


def test_after_some_attempts_it_is_given_up(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    inbox.answers = [503] * 3
    _book(hotel_world)
    _settle(partner)
    (letter,) = partner.desk.hooks.postman.sent()
    assert ([attempt.status for attempt in letter.attempts], letter.fate) == ([503] * 3, "given_up")


def test_an_answer_that_comes_too_late_is_none(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    partner.desk.hooks.postman.behave(Manners(attempts=20, retry_ms=1, deadline_ms=150))
    inbox.answers = [0]
    _book(hotel_world)
    _settle(partner)
    (letter,) = partner.desk.hooks.postman.sent()
    assert (letter.attempts[0].status, letter.attempts[-1].status, letter.fate) == (0, 200, "delivered")


def test_it_goes_where_a_temporary_redirect_leads(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    inbox.answers = ["/elsewhere"]
    _book(hotel_world)
    _settle(partner)
    assert [path for path, _, _ in inbox.received] == ["/hooks?token=made-up", "/elsewhere"]
    assert inbox.bodies[0] == inbox.bodies[1]
    (letter,) = partner.desk.hooks.postman.sent()
    assert [attempt.status for attempt in letter.attempts] == [200]


@pytest.mark.parametrize(
    ("manners", "messages"), [({"drop": True}, 0), ({"duplicate": True}, 2), ({"delay_ms": 40}, 1)]
)
def test_messages_are_lost_doubled_and_late_on_demand(
    partner: Partner, inbox: Inbox, hotel_world: World, manners: dict[str, Any], messages: int
) -> None:
    partner.desk.hooks.postman.behave(Manners(**manners))
    _book(hotel_world)
    _settle(partner)
    assert len(inbox.received) == messages
    fates = {letter.fate for letter in partner.desk.hooks.postman.sent()}
    assert fates == ({"delivered"} if messages else {"dropped"})


def test_events_are_shuffled_on_demand(partner: Partner, inbox: Inbox, hotel_world: World) -> None:
    partner.desk.hooks.postman.behave(Manners(shuffle=True))
    _book(hotel_world)
    _settle(partner)
    assert [kind for kind, _ in inbox.events] == ["ServiceOrderUpdated", "CustomerUpdated", "CustomerAdded"]


@pytest.mark.parametrize("action", list(Action))
def test_what_happens_to_the_integration_is_told_at_once(
    partner: Partner, inbox: Inbox, action: Action
) -> None:
    token = partner.desk.happen(action)
    _settle(partner)
    (body,) = inbox.bodies
    assert body["Action"] == action
    assert body["Data"]["Integration"]["Id"] == partner.names.integration
    secrets = {"IntegrationCreated": "AccessToken", "IntegrationApiKeyCreated": "ApiKey"}
    assert body["Data"].get(secrets.get(action, "")) == (token if action in secrets else None)


def test_nobody_is_told_without_an_address(partner: Partner, hotel_world: World) -> None:
    _book(hotel_world)
    partner.desk.happen(Action.DISABLED)
    assert partner.desk.hooks.wait_until_idle(0)
    assert partner.desk.hooks.postman.sent() == []


def test_the_vendor_speaks_to_this_machine_only(partner: Partner) -> None:
    with pytest.raises(ValueError, match="loopback"):
        partner.desk.hooks.subscribe(Subscription(general_url="https://hub.example/hooks"))


def test_stopping_does_not_wait_for_what_was_not_sent(
    partner: Partner, inbox: Inbox, vendor: Server, hotel_world: World
) -> None:
    partner.desk.hooks.subscribe(Subscription(general_url=inbox.url, lag_ms=60_000))
    _book(hotel_world)
    vendor.stop()
    _book(hotel_world)
    assert partner.desk.hooks.wait_until_idle(0)
    assert inbox.received == []


@pytest.fixture
def remote(vendor: Server, http: requests.Session) -> Desk:
    """This vendor's part."""
    return Desk(vendor, http, "mews/")


def test_all_of_it_is_driven_from_another_process(
    remote: Desk, partner: Partner, inbox: Inbox, hotel_world: World
) -> None:
    remote.ask("POST", "subscription", {"general_url": inbox.url, "lag_ms": 10})
    assert remote.ask("POST", "manners", {"attempts": 1})["attempts"] == 1
    number = _book(hotel_world)
    _settle(partner)
    told = remote.ask("GET", "deliveries")
    assert told["is_idle"] is True
    (delivery,) = told["deliveries"]
    assert (delivery["fate"], delivery["attempts"][0]["status"]) == ("delivered", 200)
    assert delivery["payload"] == inbox.bodies[0]
    assert "made-up" not in str(told), "the secret of the address"
    assert remote.ask("DELETE", "deliveries")["deliveries"] == []
    assert remote.ask("POST", "switches", {"most_rows": 3})["most_rows"] == 3
    guest = hotel_world.reservation(number).guest_id
    other = hotel_world.reservation(_book(hotel_world, "Linde")).guest_id
    merged = remote.ask("POST", "merge", {"guest_id": guest, "into": other})
    assert merged == {"customer_id": partner.names.id("customer", guest)}
    deleted = remote.ask("POST", "delete_customer", {"guest_id": other})
    assert deleted == {"customer_id": partner.names.id("customer", other)}
    rotated = remote.ask("POST", "integration", {"action": "IntegrationApiKeyCreated"})
    assert rotated["access_token"] != partner.signed["AccessToken"]


@pytest.mark.parametrize(
    ("topic", "body", "status"),
    [
        ("switches", {"most_rows": "many"}, 422),
        ("subscription", {"general_url": "https://hub.example/"}, 422),
        ("subscription", {"events": ["Invented"]}, 422),
        ("integration", {"action": "Invented"}, 422),
        ("merge", {"guest_id": "G0", "into": "G1"}, 404),
        ("merge", {"guest_id": "G100001", "into": "G100001"}, 422),
        ("delete_customer", {"guest_id": "G0"}, 404),
        ("nothing", {}, 404),
    ],
)
def test_what_the_desk_cannot_do_is_refused(
    remote: Desk, topic: str, body: dict[str, object], status: int
) -> None:
    assert remote.ask("POST", topic, body, status)["error"]["message"]
