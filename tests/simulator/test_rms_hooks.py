"""The webhooks of the pretend RMS Cloud, received over real HTTP."""

import base64
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from simulator import NewReservation
from simulator.hotel import State
from simulator.pms.rms_switches import Switches
from simulator.postman import Manners
from simulator.server import Server
from simulator.world import World
from tests.simulator.mews_partner import Inbox
from tests.simulator.rms_agent import Agent

VENDORS = ("rms_cloud",)
TODAY = date(2026, 5, 13)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    made = Inbox()
    yield made
    made.stop()


@pytest.fixture
def agent(vendor: Server, http: requests.Session) -> Agent:
    made = Agent(vendor, http)
    made.vendor.hooks.postman.behave(Manners(attempts=1, deadline_ms=30_000))
    return made


def _subscribe(agent: Agent, inbox: Inbox, action: str, sub_action: str = "", **further: Any) -> Any:
    body = {"endpoint": inbox.url, "entityType": "reservation", "action": action, "modelType": "lite"}
    return agent.post("webhooks", **body | ({"subAction": sub_action} if sub_action else {}) | further)


def _book(world: World) -> str:
    return world.book(NewReservation(arrival=TODAY, departure=TODAY + timedelta(2), last="Lind")).number


def _settle(agent: Agent) -> None:
    assert agent.vendor.hooks.postman.wait_until_idle(60)


def test_a_subscription_is_made_listed_replaced_and_removed(agent: Agent, inbox: Inbox) -> None:
    made = _subscribe(agent, inbox, "creation", headers=[{"key": "X-Secret", "value": "made-up"}])
    assert agent.ask("webhooks", propertyId=1) == [made]
    changed = agent.send(
        f"webhooks/{made['id']}",
        "PUT",
        {"endpoint": inbox.url, "entityType": "reservation", "action": "modification"},
    ).json()
    assert (changed[0]["action"], changed[0]["headers"]) == ("modification", [])
    assert agent.send(f"webhooks/{made['id']}", "DELETE").status_code == 200
    assert agent.send(f"webhooks/{made['id']}", "DELETE").status_code == 404
    assert agent.ask("webhooks", propertyId=1) == []


@pytest.mark.parametrize(
    "body",
    [
        {"entityType": "reservation", "action": "creation"},
        {"endpoint": "http://127.0.0.1:9/", "entityType": "reservation", "action": "idScan"},
        {"endpoint": "http://127.0.0.1:9/", "entityType": "booking", "action": "creation"},
        {
            "endpoint": "http://127.0.0.1:9/",
            "entityType": "reservation",
            "action": "creation",
            "modelType": "big",
        },
        {
            "endpoint": "http://127.0.0.1:9/",
            "entityType": "reservation",
            "action": "statusModification",
            "subAction": "asleep",
        },
    ],
)
def test_a_wrong_subscription_is_400(agent: Agent, body: object) -> None:
    assert agent.send("webhooks", "POST", body).status_code == 400


def test_the_body_is_the_bare_entity_and_own_headers_replace_the_password(
    agent: Agent, inbox: Inbox, hotel_world: World
) -> None:
    _subscribe(agent, inbox, "creation", headers=[{"key": "X-Hub", "value": "created made-up"}])
    number = _book(hotel_world)
    _settle(agent)
    ((_, headers, body),) = inbox.received
    assert (headers["x-hub"], "authorization" in headers) == ("created made-up", False)
    assert body["id"] == agent.of(number)[0]["id"]
    assert set(body) <= {
        "id", "accountId", "areaId", "arrivalDate", "cancelledDate", "categoryId", "departureDate", "guestId",
        "rateTypeId", "rateTypeName", "status",
    }  # fmt: skip


def test_without_own_headers_the_agents_password_travels(
    agent: Agent, inbox: Inbox, hotel_world: World
) -> None:
    _subscribe(agent, inbox, "creation")
    _book(hotel_world)
    _settle(agent)
    ((_, headers, _),) = inbox.received
    pair = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == f"{agent.sheet['agent_id']}:{agent.sheet['agent_password']}"


def test_each_change_of_status_has_a_subscription_of_its_own(
    agent: Agent, inbox: Inbox, hotel_world: World
) -> None:
    for sub_action in ("arrived", "departed", "cancelled"):
        _subscribe(
            agent, inbox, "statusModification", sub_action, headers=[{"key": "X-Event", "value": sub_action}]
        )
    number, other = _book(hotel_world), _book(hotel_world)
    hotel_world.check_in(number)
    hotel_world.cancel(other)
    hotel_world.check_out(number)
    _settle(agent)
    assert [headers["x-event"] for _, headers, _ in inbox.received] == ["arrived", "cancelled", "departed"]
    assert [body["status"] for body in inbox.bodies] == ["Arrived", "Cancelled", "Departed"]


def test_notes_are_a_modification_and_a_payment_changes_the_balance(
    agent: Agent, inbox: Inbox, hotel_world: World
) -> None:
    for action in ("modification", "accountBalanceModification"):
        _subscribe(agent, inbox, action, headers=[{"key": "X-Event", "value": action}])
    number = _book(hotel_world)
    hotel_world.set_notes(number, "late")
    hotel_world.set_balance(number, 0)
    _settle(agent)
    events = [headers["x-event"] for _, headers, _ in inbox.received]
    assert events == ["modification", "accountBalanceModification"]


def test_guests_have_events_too(agent: Agent, inbox: Inbox, hotel_world: World) -> None:
    wish = {"endpoint": inbox.url, "entityType": "guest", "modelType": "full"}
    for action in ("creation", "modification"):
        agent.post("webhooks", **wish, action=action)
    number = _book(hotel_world)
    hotel_world.edit_guest(hotel_world.reservation(number).guest_id, email="new@example.org")
    _settle(agent)
    assert [body["email"] for body in inbox.bodies] == ["", "new@example.org"]


def test_a_failed_delivery_is_lost(agent: Agent, inbox: Inbox, hotel_world: World) -> None:
    inbox.answers = [500]
    _subscribe(agent, inbox, "creation")
    _book(hotel_world)
    _settle(agent)
    (letter,) = agent.vendor.hooks.postman.sent()
    assert (letter.fate, len(inbox.received)) == ("given_up", 1)


def test_the_training_copy_never_fires(agent: Agent, inbox: Inbox, hotel_world: World) -> None:
    agent.token = agent.sign_in(useTrainingDatabase=True).json()["token"]
    _subscribe(agent, inbox, "creation")
    _book(hotel_world)
    _settle(agent)
    assert agent.vendor.hooks.postman.sent() == []


def test_a_change_of_status_can_be_silent(agent: Agent, inbox: Inbox, hotel_world: World) -> None:
    agent.vendor.switches = Switches(is_status_silent=True)
    _subscribe(agent, inbox, "statusModification")
    hotel_world.check_in(_book(hotel_world))
    _settle(agent)
    assert inbox.bodies == []


def test_deliveries_can_be_dropped_doubled_and_shuffled(
    agent: Agent, vendor: Server, http: requests.Session, inbox: Inbox, hotel_world: World
) -> None:
    manners = f"{vendor.url}/_control/rms_cloud/manners"
    headers = {"X-Simulator-Token": vendor.control_token}
    for action in ("modification", "statusModification"):
        _subscribe(agent, inbox, action)
    number = next(
        r.number for r in hotel_world.reservations() if r.state is State.IN_HOUSE and len(r.lines) == 1
    )
    http.post(manners, json={"drop": True}, headers=headers)
    hotel_world.set_notes(number, "one")
    patient = {"duplicate": True, "shuffle": True, "delay_ms": 200, "attempts": 1, "deadline_ms": 30_000}
    http.post(manners, json=patient, headers=headers)
    hotel_world.set_notes(number, "two")
    hotel_world.reverse_check_in(number)
    _settle(agent)
    statuses = [body["status"] for body in inbox.bodies]
    assert statuses == ["Confirmed", "Confirmed", "Arrived", "Arrived"]
    sent = http.get(f"{vendor.url}/_control/rms_cloud/sent", headers=headers).json()
    assert [each["fate"] for each in sent] == ["dropped", *["delivered"] * 4]
