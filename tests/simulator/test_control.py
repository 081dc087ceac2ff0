import pytest
import requests

from simulator.server import Server, start
from simulator.world import World
from tests.simulator.control_desk import Desk

VENDORS = ()


@pytest.fixture
def desk(vendor: Server, http: requests.Session) -> Desk:
    return Desk(vendor, http)


@pytest.mark.parametrize("headers", [{}, {"X-Simulator-Token": "guess"}, {"X-Simulator-Token": b"\xff"}])
def test_nobody_controls_without_the_token(
    headers: dict[str, str], vendor: Server, http: requests.Session
) -> None:
    assert http.get(f"{vendor.url}/_control/world", headers=headers).status_code == 401
    refused = http.post(f"{vendor.url}/_control/faults", json={"kind": "html"}, headers=headers)
    assert refused.status_code == 401
    assert vendor.faults.active() == []


def test_the_whole_truth_is_told(desk: Desk, hotel_world: World) -> None:
    truth = desk.ask("GET", "world")
    assert truth["business_date"] == "2026-05-13"
    assert len(truth["reservations"]) == len(hotel_world.reservations())
    known = hotel_world.reservations()[0]
    told = truth["reservations"][0]
    assert (told["number"], told["state"], told["total"]) == (known.number, known.state.value, known.total)
    assert told["lines"][0]["nightly"] == list(known.lines[0].nightly)
    assert {guest["id"] for guest in truth["guests"]} == {guest.id for guest in hotel_world.guests()}


def test_a_whole_stay_is_lived_through_the_desk(desk: Desk) -> None:
    order = {"arrival": "2026-05-13", "departure": "2026-05-16", "last": "Lind"}
    number = desk.ask("POST", "world/book", order)["number"]
    assert desk.ask("POST", "world/check_in", {"number": number})["state"] == "in_house"
    assert desk.ask("POST", "world/reverse_check_in", {"number": number})["state"] == "confirmed"
    desk.ask("POST", "world/check_in", {"number": number})
    assert desk.ask("POST", "world/set_balance", {"number": number, "balance": 1250})["balance"] == 1250
    shorter = desk.ask("POST", "world/change_stay", {"number": number, "departure": "2026-05-15"})
    assert shorter["lines"][0]["departure"] == "2026-05-15"
    assert desk.ask("POST", "world/check_out", {"number": number})["state"] == "checked_out"


def test_the_desk_says_why_not(desk: Desk) -> None:
    assert (
        desk.ask("POST", "world/cancel", {"number": "1"}, expect=404)["error"]["message"]
        == "no reservation 1"
    )
    order = {"room_type": "DBL", "arrival": "2026-05-15", "departure": "2026-05-14", "last": "Lind"}
    assert "not after" in desk.ask("POST", "world/book", order, expect=409)["error"]["message"]
    assert "arrival" in desk.ask("POST", "world/book", {}, expect=422)["error"]["message"]
    assert "kind" in desk.ask("POST", "faults", {"kind": "fire"}, expect=422)["error"]["message"]
    desk.ask("POST", "world/explode", {}, expect=404)


def test_faults_are_switched_on_listed_and_cleared(desk: Desk, keyed: requests.Session, address: str) -> None:
    listed = desk.ask("POST", "faults", {"kind": "unavailable", "match": "/rates"})
    assert [(f["kind"], f["match"], f["times"]) for f in listed["faults"]] == [
        ("unavailable", "/rates", None)
    ]
    assert keyed.get(f"{address}/rates").status_code == 503
    assert desk.ask("DELETE", "faults") == {"faults": [], "hanging": 0}
    assert keyed.get(f"{address}/rates").status_code == 422


def test_calls_are_remembered_without_secrets(
    desk: Desk, vendor: Server, http: requests.Session, address: str
) -> None:
    secret = vendor.credentials["api_key_query"]["value"]
    http.get(f"{address}/guests", params={"apiKey": secret, "pageSize": "7"})
    http.get(f"{vendor.url}/v2/ping")
    calls = desk.ask("GET", "calls")
    assert [(c["path"], c["query"], c["status"]) for c in calls] == [
        ("/v2/properties/AUR1/guests", {"pageSize": "7"}, 200),
        ("/v2/ping", {}, 401),
    ]
    assert desk.ask("DELETE", "calls") == []


def test_days_advance(desk: Desk) -> None:
    told = desk.ask("POST", "advance", {"days": 2})
    assert told == {"business_date": "2026-05-15", "now": "2026-05-15T07:20:00Z"}


def test_tokens_expire_on_demand(desk: Desk, vendor: Server, http: requests.Session) -> None:
    sheet = vendor.credentials["login_token"]
    body = {"user": sheet["username"], "password": sheet["password"]}
    token = http.post(sheet["login_url"], json=body).json()["session"]["token"]
    desk.ask("POST", "tokens/expire")
    assert http.get(f"{vendor.url}/v2/ping", headers={"X-Session": token}).status_code == 401


def test_a_credential_with_fewer_scopes_is_issued(desk: Desk, http: requests.Session, address: str) -> None:
    issued = desk.ask("POST", "credentials", {"kind": "api_key_header", "scopes": ["rates"]})
    answer = http.get(f"{address}/reservations", headers={"X-Api-Key": issued["secret"]})
    assert answer.status_code == 403


def test_a_share_of_bulk_is_touched(hotel_world: World, http: requests.Session) -> None:
    with start(hotel_world, bulk=2000) as vendor:
        desk = Desk(vendor, http)
        assert desk.ask("POST", "touch", {"share": 0.01}) == {"changed": 20}
        assert "share" in desk.ask("POST", "touch", {"share": 0.7}, expect=422)["error"]["message"]
