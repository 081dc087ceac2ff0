"""The pretend RMS Cloud: discovery, tokens and blocks, reservations and their money, guests, grids and look-ups."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from simulator import NewReservation
from simulator.faults import Fault, FaultKind
from simulator.hotel import State
from simulator.pms.rms_access import Guard
from simulator.pms.rms_switches import Switches
from simulator.server import Server
from simulator.wire import Refusal
from simulator.world import World
from tests.simulator.rms_agent import Agent

VENDORS = ("rms_cloud",)
TODAY = date(2026, 5, 13)
SPAN = {"dateFrom": "2026-05-13", "dateTo": "2026-05-20"}


@pytest.fixture
def agent(vendor: Server, http: requests.Session) -> Agent:
    return Agent(vendor, http)


def _one(world: World, state: State) -> str:
    return next(each.number for each in world.reservations() if each.state is state and len(each.lines) == 1)


# --- signing in -----------------------------------------------------------------------------------------------------


def test_discovery_answers_a_quoted_address_without_a_token(agent: Agent, http: requests.Session) -> None:
    answer = http.get(f"{agent.url}/clienturl/{agent.sheet['client_id']}")
    assert answer.text == f'"{agent.url}"'
    assert http.get(f"{agent.url}/clienturl/11281").status_code == 404
    agent.vendor.switches = Switches(client_url="https://restapi11.rmscloud.com")
    assert (
        http.get(f"{agent.url}/clienturl/{agent.sheet['client_id']}").json()
        == "https://restapi11.rmscloud.com"
    )


def test_a_token_lives_a_day_and_its_end_is_told_in_utc(agent: Agent, hotel_world: World) -> None:
    answer = agent.sign_in()
    told = answer.json()
    assert answer.status_code == 201
    until = datetime.strptime(told["expiryDate"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert until == hotel_world.clock.now().replace(microsecond=0) + timedelta(hours=24)
    assert told["rmsClientId"] == told["allowedProperties"][0]["clientId"] == int(agent.sheet["client_id"])
    agent.ask("properties")
    hotel_world.clock.shift(timedelta(hours=24))
    assert agent.send("properties").status_code == 401


@pytest.mark.parametrize("status", [403, 401])
@pytest.mark.parametrize(
    "wrong", [{"agentPassword": "x"}, {"clientPassword": "x"}, {"moduleType": ["kiosk"]}]
)
def test_wrong_passwords_and_modules_are_refused_alike(
    agent: Agent, wrong: dict[str, Any], status: Any
) -> None:
    agent.vendor.switches = Switches(refusal=status)
    assert agent.sign_in(**wrong).status_code == status


def test_numbers_must_be_numbers(agent: Agent) -> None:
    assert agent.sign_in(clientId=agent.sheet["client_id"]).status_code == 400
    assert agent.send("reservations/search", "POST", {"propertyIds": ["1"]}).status_code == 400


def test_over_thirty_failed_token_calls_close_the_door_for_an_hour(
    agent: Agent, vendor: Server, http: requests.Session
) -> None:
    agent.ask("properties")
    statuses = [agent.sign_in(clientPassword="x").status_code for _ in range(32)]
    assert statuses == [403] * 31 + [400]
    assert agent.sign_in().status_code == 400
    assert agent.send("properties").status_code == 400
    desk, headers = f"{vendor.url}/_control/rms_cloud/blocks", {"X-Simulator-Token": vendor.control_token}
    assert http.get(desk, headers=headers).json()["is_closed"] is True
    http.delete(desk, headers=headers)
    assert agent.send("properties").status_code == 200


def test_the_hour_ends_and_sixty_refusals_close_the_door_too() -> None:
    now = [5000.0]
    guard = Guard(is_limited=False, monotonic=lambda: now[0])
    for _ in range(61):
        guard.enter("GET", "properties", Switches())
        guard.refused("properties", 401)
    with pytest.raises(Refusal) as closed:
        guard.enter("GET", "areas", Switches())
    assert closed.value.status == 400
    now[0] += 3600
    guard.enter("GET", "areas", Switches())


def test_a_limit_of_one_path_blocks_that_path_for_a_minute() -> None:
    now = [5000.0]
    guard = Guard(is_limited=True, monotonic=lambda: now[0])
    for _ in range(60):
        guard.enter("POST", "reservations/search", Switches())
    with pytest.raises(Refusal) as blocked:
        guard.enter("POST", "reservations/search", Switches())
    assert (blocked.value.status, blocked.value.headers) == (429, ())
    guard.enter("GET", "reservations/1", Switches())
    now[0] += 59
    with pytest.raises(Refusal):
        guard.enter("POST", "reservations/search", Switches())
    now[0] += 2
    guard.enter("POST", "reservations/search", Switches())


def test_a_wrong_accept_is_406_and_a_wrong_path_404(agent: Agent, http: requests.Session) -> None:
    agent.ask("properties")
    headers = {"authtoken": agent.token, "Accept": "text/html"}
    assert http.get(f"{agent.url}/properties", headers=headers).status_code == 406
    assert agent.send("availabilityRatesGrid", "POST", {}).status_code == 404
    assert http.get(f"{agent.url}/healthcheck").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.UNAUTHORIZED, 401),
        (FaultKind.FORBIDDEN, 403),
        (FaultKind.RATE_LIMITED, 429),
        (FaultKind.UNAVAILABLE, 503),
    ],
)
def test_the_common_faults_look_like_this_vendor(
    agent: Agent, vendor: Server, kind: FaultKind, status: int
) -> None:
    agent.ask("properties")
    vendor.faults.switch_on(Fault(kind=kind, times=1, match="/rms_cloud/properties"))
    answer = agent.send("properties")
    assert (answer.status_code, list(answer.json())) == (status, ["message"])
    assert "Retry-After" not in answer.headers


# --- the house ------------------------------------------------------------------------------------------------------


def test_the_property_has_a_small_number_and_a_windows_zone(agent: Agent) -> None:
    first, annex = agent.ask("properties")
    assert (first["id"], first["timeZoneId"], first["inactive"]) == (1, "FLE Standard Time", False)
    assert annex["inactive"] is True
    assert first["rmsClientId"] == int(agent.sheet["client_id"])
    assert agent.ask("properties/1/currency")[0]["primaryCurrencyName"] == "Euro"


def test_a_wrong_property_matches_nothing_and_is_no_error(agent: Agent) -> None:
    client = int(agent.sheet["client_id"])
    assert agent.search(propertyIds=[client]) == []
    assert agent.ask("categories", propertyId=client) == []
    assert agent.ask("areas", propertyId=client) == []
    assert agent.post("availabilityGrid", propertyId=client, **SPAN) == [{"categories": []}]
    assert agent.send("categories").status_code == 400


def test_categories_areas_rates_and_look_ups_are_there(agent: Agent, hotel_world: World) -> None:
    rooms = {row["name"]: row["numberOfAreas"] for row in agent.ask("categories", propertyId=1)}
    assert rooms == {kind.name: kind.rooms for kind in hotel_world.hotel.room_types}
    area = agent.ask("areas", propertyId=1, modelType="full")[0]
    assert area["name"].endswith(f" {hotel_world.hotel.rooms[0].number}")
    assert [row["name"] for row in agent.ask("rates")] == [p.name for p in hotel_world.hotel.rate_plans]
    assert {"Booking.com", "Direct"} <= {row["name"] for row in agent.ask("bookingSources")}
    assert any(row["ISOCountryCode"] == "FIN" for row in agent.ask("countries"))
    channel = agent.ask("onlineAgents", propertyId=1)[1]["id"]
    sold = {row["rateName"] for row in agent.ask(f"agents/{channel}/rates")}
    assert "Company Rate" not in sold
    packages = agent.post("rates/packages/search", propertyIds=[1])
    assert [row["perPersonFee"][0]["adults"] for row in packages] == [14]


def test_the_grid_counts_free_rooms_and_may_be_below_zero(agent: Agent, hotel_world: World) -> None:
    (grid,) = agent.post("availabilityGrid", propertyId=1, **SPAN)
    truth = {
        (row.day, row.room_type): row.available for row in hotel_world.availability(TODAY, date(2026, 5, 20))
    }
    for kind, category in zip(hotel_world.hotel.room_types, grid["categories"], strict=True):
        for row in category["availability"]:
            assert max(0, row["count"]) == truth[date.fromisoformat(row["theDate"]), kind.code]
    agent.vendor.switches = Switches(over_sold=2)
    (grid,) = agent.post("availabilityGrid", propertyId=1, **SPAN)
    assert grid["categories"][0]["availability"][0]["count"] == -2


@pytest.mark.parametrize(("path", "days"), [("availabilityGrid", 90), ("availabilityRateGrid", 14)])
def test_a_grid_has_a_longest_range(agent: Agent, path: str, days: int) -> None:
    body = {"propertyId": 1, "agentId": 1, "dateFrom": "2026-05-13"}
    last = TODAY + timedelta(days - 1)
    assert agent.send(path, "POST", {**body, "dateTo": str(last)}).status_code == 200
    assert agent.send(path, "POST", {**body, "dateTo": str(last + timedelta(1))}).status_code == 400


def test_the_rate_grid_has_the_hotels_prices(agent: Agent, hotel_world: World) -> None:
    books = agent.vendor.books
    wish = {"rateIds": [books.rates["BB"]], "categoryIds": [books.categories["DBL"]]}
    grid = agent.post("availabilityRateGrid", propertyId=1, agentId=1, **SPAN, **wish)
    (category,) = grid["categories"]
    (rate,) = category["rates"]
    truth = [
        row.price / 100
        for row in hotel_world.rates(TODAY, date(2026, 5, 20))
        if (row.room_type, row.rate_plan) == ("DBL", "BB")
    ]
    assert [day["dailyRate"] for day in rate["dayBreakdown"]] == truth
    assert agent.post("availabilityRateGrid", propertyId=1, agentId=99, **SPAN)["categories"] == []


# --- reservations ---------------------------------------------------------------------------------------------------


def test_states_have_the_vendors_capitals(agent: Agent, hotel_world: World) -> None:
    expected = {
        State.INQUIRY: "Quote",
        State.OPTION: "Unconfirmed",
        State.WAITLIST: "Pencil",
        State.CONFIRMED: "Confirmed",
        State.IN_HOUSE: "Arrived",
        State.CHECKED_OUT: "Departed",
        State.CANCELLED: "Cancelled",
        State.NO_SHOW: "NoShow",
    }
    for state, status in expected.items():
        assert [row["status"] for row in agent.of(_one(hotel_world, state))] == [status]
    agent.vendor.switches = Switches(no_show="No Show")
    assert agent.of(_one(hotel_world, State.NO_SHOW))[0]["status"] == "No Show"


def test_a_delta_is_asked_for_in_the_hotels_own_time(agent: Agent, hotel_world: World) -> None:
    number = _one(hotel_world, State.CONFIRMED)
    hotel_world.set_notes(number, "quiet room")
    changed = hotel_world.reservation(number).updated_at.astimezone(hotel_world.hotel.zone)
    since = changed.strftime("%Y-%m-%d %H:%M:%S")
    rows = {row["id"]: row for row in agent.search(propertyIds=[1], modifiedFrom=since)}
    identifier = agent.of(number)[0]["id"]
    assert rows[identifier]["modifiedDate"] == since
    assert all(row["modifiedDate"] >= since for row in rows.values())
    later = f"{changed + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"
    assert identifier not in {row["id"] for row in agent.search(modifiedFrom=later)}
    assert agent.send("reservations/search", "POST", {"modifiedFrom": "yesterday"}).status_code == 400


def test_a_room_move_is_a_second_row_under_a_header(agent: Agent, hotel_world: World) -> None:
    moved = next(
        r for r in hotel_world.reservations() if len(r.lines) == 2 and r.lines[0].unit == r.lines[1].unit
    )
    first, second = agent.of(moved.number)
    assert [row["arrivalDate"][:10] for row in (first, second)] == [str(n.arrival) for n in moved.lines]
    assert first["splitReservationId"] == second["splitReservationId"] != 0
    assert {row["reservationType"] for row in agent.search()} == {"Normal", "Maintenance"}
    headers = [
        r for r in agent.search(includeRoomMoveHeaders=True) if r["reservationType"] == "RoomMoveHeader"
    ]
    assert first["splitReservationId"] in {row["id"] for row in headers}


def test_group_masters_come_only_when_asked_for_and_have_no_guest(agent: Agent, hotel_world: World) -> None:
    masters = agent.search(includeGroupMasterReservations="onlyGroupMasters")
    assert {(row["guestId"], row["groupHeader"]) for row in masters} == {(0, True)}
    grouped = next(r for r in hotel_world.reservations() if r.group_code is not None)
    assert agent.of(grouped.number)[0]["groupReservationId"] in {row["id"] for row in masters}
    members = agent.search(groupReservationIds=[masters[0]["id"]])
    assert members
    assert not any(row["groupHeader"] for row in members)


def test_old_arrivals_and_closed_rooms_are_among_the_rows(agent: Agent) -> None:
    arrived = agent.search(listOfStatus=["arrived"])
    assert sum(row["arrivalDate"] < "2020" for row in arrived) == 3
    bound = {"departFrom": "2026-04-13 00:00:00", "arriveTo": "2027-05-13 00:00:00"}
    assert not any(row["arrivalDate"] < "2020" for row in agent.search(**bound))
    closed = agent.search(listOfStatus=["maintenance"])
    assert {(row["reservationType"], row["guestId"]) for row in closed} == {("Maintenance", 0)}
    assert len(closed) == 3


def test_models_differ_in_what_they_have(agent: Agent) -> None:
    lite, basic, full = (
        agent.post("reservations/search", {"modelType": model, "limit": 1, "sort": "id"})[0]
        for model in ("lite", "basic", "full")
    )
    assert "guestSurname" in full
    assert "modifiedDate" not in basic
    assert len(lite) < len(basic) < len(full)
    assert agent.ask(f"reservations/{full['id']}", modelType="full") == [full]
    assert agent.send("reservations/1").status_code == 404


def test_pages_are_bare_lists_and_may_be_cut_short(agent: Agent) -> None:
    assert len(agent.post("reservations/search")) == 100
    agent.vendor.switches = Switches(most_rows=50)
    assert len(agent.post("reservations/search", {"limit": 200})) == 50
    assert agent.send("reservations/search", "POST", {}, limit=501).status_code == 400
    assert agent.send("reservations/search", "POST", {}, sort="name").status_code == 400


def test_money_is_asked_for_by_at_most_fifty_ids(agent: Agent, hotel_world: World) -> None:
    record = next(r for r in hotel_world.reservations() if r.balance and len(r.lines) == 1)
    (row,) = agent.of(record.number)
    nights = agent.post("reservations/dailyRates/search", ids=[row["id"]])
    assert [round(each["totalRateAmount"] * 100) for each in nights] == list(record.lines[0].nightly)
    (account,) = agent.post("reservations/actualAccount/search", ids=[row["id"]])
    assert (account["totalRate"], account["currencyCode"]) == (record.total / 100, "EUR")
    assert account["accommodationBalance"] == record.balance / 100
    assert agent.ask(f"reservations/{row['id']}/projectedBalance") == [
        {"projectedBalance": record.balance / 100}
    ]
    many = {"ids": list(range(51))}
    assert agent.send("reservations/dailyRates/search", "POST", many).status_code == 400


def test_money_of_all_parts_adds_up_to_the_reservations(agent: Agent, hotel_world: World) -> None:
    for record in hotel_world.reservations():
        rows = [row for row in agent.vendor.books.of(record) if row.kind == "Normal"]
        assert sum(row.total for row in rows) == record.total
        assert sum(row.balance for row in rows) == record.balance


def test_revenue_is_told_for_nights_that_are_over(agent: Agent, hotel_world: World) -> None:
    (row,) = agent.of(_one(hotel_world, State.CHECKED_OUT))
    revenue = agent.post("reservations/dailyRevenue/search", ids=[row["id"]])
    nights = agent.post("reservations/dailyRates/search", ids=[row["id"]])
    assert len(revenue) == len(nights)
    assert (
        agent.post(
            "reservations/dailyRevenue/search", ids=[agent.of(_one(hotel_world, State.CONFIRMED))[0]["id"]]
        )
        == []
    )


def test_the_list_called_in_house_has_only_todays_arrivals(agent: Agent, hotel_world: World) -> None:
    rows = agent.ask("reservations/inHouse", propertyId=1)
    in_house = [n for r in hotel_world.reservations() for n in r.lines if n.state is State.IN_HOUSE]
    assert {row["arrivalDate"][:10] for row in rows} == {"2026-05-13"}
    assert len(rows) < len(in_house)


def test_the_audit_trail_has_the_moment_of_each_check_in(agent: Agent, hotel_world: World) -> None:
    before = agent.post("auditTrail/search", {"limit": 500}, fieldModified="Status", propertyIds=[1])
    assert before
    last = agent.pages("auditTrail/search", fieldModified="Status")[-1]["id"]
    order = NewReservation(arrival=TODAY, departure=TODAY + timedelta(2), last="Lind")
    number = hotel_world.book(order).number
    hotel_world.check_in(number)
    rows = agent.post("auditTrail/search", fieldModified="Status", propertyIds=[1], auditTrailIdFrom=last + 1)
    (entry,) = [row for row in rows if row["reservationId"] == agent.of(number)[0]["id"]]
    assert (entry["oldValue"], entry["newValue"]) == ("Confirmed", "Arrived")
    at = hotel_world.reservation(number).updated_at.astimezone(hotel_world.hotel.zone)
    assert entry["createdDate"] == f"{at:%Y-%m-%d %H:%M:%S}"
    assert agent.post("auditTrail/search", propertyIds=[7]) == []


def test_movements_tell_who_came_and_who_left(agent: Agent, hotel_world: World) -> None:
    (row,) = agent.of(_one(hotel_world, State.CHECKED_OUT))
    movements = agent.post("reservations/guestMovements/search", reservationIds=[row["id"]])
    assert movements[0]["primaryGuest"] is True
    assert movements[0]["arrive"] < movements[0]["depart"]
    (waiting,) = agent.of(_one(hotel_world, State.CONFIRMED))
    assert agent.ask(f"reservations/{waiting['id']}/guestMovement")[0]["arrive"] is None


# --- guests ---------------------------------------------------------------------------------------------------------


def test_guests_have_documents_and_some_have_two_rows(agent: Agent, hotel_world: World) -> None:
    rows = agent.pages("guests/search")
    assert len({row["id"] for row in rows}) == len(hotel_world.guests())
    assert len(rows) > len(hotel_world.guests())
    assert all(row["passportId"] and row["propertyId"] == 0 for row in rows)
    doubled = [row for row in rows if row["id"] % 10 == 0]
    assert doubled[0]["modifiedDate"] < doubled[1]["modifiedDate"]
    agent.vendor.switches = Switches(are_guests_doubled=False)
    assert len(agent.pages("guests/search")) == len(hotel_world.guests())


def test_guests_are_found_by_id_change_and_reservation(agent: Agent, hotel_world: World) -> None:
    record = next(r for r in hotel_world.reservations() if r.sharer_ids and len(r.lines) == 1)
    (row,) = agent.of(record.number)
    alone = agent.pages("guests/search", reservationIds=[row["id"]])
    assert {each["id"] for each in alone} == {row["guestId"]}
    together = agent.pages("guests/search", reservationIds=[row["id"]], includeSecondaryGuests=True)
    assert len({each["id"] for each in together}) == 1 + len(record.sharer_ids)
    hotel_world.edit_guest(record.guest_id, email="new@example.org")
    at = hotel_world.guest(record.guest_id).updated_at.astimezone(hotel_world.hotel.zone)
    (changed,) = agent.pages("guests/search", modifiedFrom=f"{at:%Y-%m-%d %H:%M:%S}")
    assert changed["email"] == "new@example.org"
    assert agent.send("guests/0").status_code == 404


def test_an_empty_fault_empties_every_list(agent: Agent, vendor: Server) -> None:
    agent.ask("properties")
    vendor.faults.switch_on(Fault(kind=FaultKind.EMPTY, match="/rms_cloud/"))
    assert agent.search() == agent.pages("guests/search") == agent.ask("rates") == []
    assert agent.post("availabilityRateGrid", propertyId=1, agentId=1, **SPAN) == {"categories": []}
