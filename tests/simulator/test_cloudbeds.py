"""What the pretend Cloudbeds shows of the hotel."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from simulator import NewReservation, build_world, neutral
from simulator.clock import WorldClock
from simulator.hotel import Reservation, State
from simulator.pms.cloudbeds import Cloudbeds
from simulator.pms.cloudbeds_books import Kind, Quirks
from simulator.pricing import rates
from simulator.server import Server, start
from simulator.world import World

VENDORS = ("cloudbeds",)
Ask = Callable[..., Any]
TODAY = date(2026, 5, 13)


def _every(ask: Ask, name: str, **query: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    number = 1
    while True:
        page = ask(name, pageNumber=number, pageSize=100, **query)
        rows += page["data"].values() if isinstance(page["data"], dict) else page["data"]
        if number * 100 >= page["total"]:
            assert len(rows) == page["total"]
            return rows
        number += 1


def _book(world: World, **changes: Any) -> Reservation:
    order = {"arrival": TODAY, "departure": TODAY + timedelta(3), "last": "Lind", "first": "Mara"}
    return world.book(NewReservation(**(order | changes)))


@pytest.fixture
def detail(ask: Ask, cloudbeds: Cloudbeds) -> Callable[[Reservation], dict[str, Any]]:
    """The row of getReservationsWithRateDetails for one reservation."""

    def read(record: Reservation) -> dict[str, Any]:
        wanted = cloudbeds.books.ids.reservation(record.number)
        page = ask("getReservationsWithRateDetails", reservationID=wanted, includeGuestsDetails="true")
        (row,) = page["data"]
        assert isinstance(row, dict)
        return row

    return read


def test_both_lists_show_every_reservation_once_with_the_truth(
    ask: Ask, hotel_world: World, cloudbeds: Cloudbeds
) -> None:
    short = {row["reservationID"]: row for row in _every(ask, "getReservations")}
    rated = {row["reservationID"]: row for row in _every(ask, "getReservationsWithRateDetails")}
    assert len(short) == len(rated) == len(hotel_world.reservations())
    for record in hotel_world.reservations():
        identifier = cloudbeds.books.ids.reservation(record.number)
        one, other = short[identifier], rated[identifier]
        assert (one["startDate"], one["endDate"]) == (str(record.arrival), str(record.departure))
        assert (one["adults"], one["children"]) == (str(record.adults), str(record.children))
        assert one["groupCode"] == record.group_code
        assert round(other["total"] * 100) == record.total
        assert round(other["balance"] * 100) == record.balance
        assert len(other["rooms"]) == len(record.lines)
        for room, line in zip(other["rooms"], record.lines, strict=True):
            assert (room["roomCheckIn"], room["roomCheckOut"]) == (str(line.arrival), str(line.departure))
            assert room.get("roomName") == line.room
            assert [round(rate * 100) for rate in room["detailedRoomRates"].values()] == list(line.nightly)


@pytest.mark.parametrize(
    ("state", "status", "room_status"),
    [
        (State.INQUIRY, "not_confirmed", "not_checked_in"),
        (State.OPTION, "not_confirmed", "not_checked_in"),
        (State.WAITLIST, "not_confirmed", "not_checked_in"),
        (State.CONFIRMED, "confirmed", "not_checked_in"),
        (State.IN_HOUSE, "checked_in", "in_house"),
        (State.CHECKED_OUT, "checked_out", "checked_out"),
        (State.CANCELLED, "canceled", "cancelled"),
        (State.NO_SHOW, "no_show", "not_checked_in"),
    ],
)
def test_every_state_has_its_two_words(
    state: State,
    status: str,
    room_status: str,
    hotel_world: World,
    detail: Callable[[Reservation], dict[str, Any]],
) -> None:
    record = next(r for r in hotel_world.reservations() if r.state is state and len(r.lines) == 1)
    row = detail(record)
    assert (row["status"], row["rooms"][0]["roomStatus"]) == (status, room_status)
    assert ("dateCancelledUTC" in row) == (state is State.CANCELLED)


def test_a_split_stay_and_two_rooms_have_a_sub_reservation_each(
    hotel_world: World, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    several = [r for r in hotel_world.reservations() if len(r.lines) > 1]
    assert {r.lines[1].unit for r in several} == {1, 2}
    for record in several:
        row = detail(record)
        first, second = row["rooms"][:2]
        assert first["subReservationID"] == row["reservationID"]
        assert second["subReservationID"] == f"{row['reservationID']}-1"
        assert len({room["reservationRoomID"] for room in row["rooms"]}) == len(row["rooms"])


def test_a_moved_room_keeps_its_sub_reservation_and_the_rest_gets_a_new_one(
    hotel_world: World, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    record = next(
        r for r in hotel_world.reservations() if r.notes == "Two rooms" and r.state is State.IN_HOUSE
    )
    before = {room["roomName"]: room["subReservationID"] for room in detail(record)["rooms"]}
    line = record.current_line(TODAY)
    other = next(
        room.number
        for room in hotel_world.hotel.rooms
        if room.room_type == line.room_type
        and all(
            each.takes_room != room.number
            for r in hotel_world.reservations()
            for each in r.lines
            if each.arrival < line.departure and each.departure > TODAY
        )
    )
    moved = hotel_world.move_room(record.number, other)
    after = {room["roomName"]: room["subReservationID"] for room in detail(moved)["rooms"]}
    assert {name: after[name] for name in before} == before
    assert after[other] == f"{detail(moved)['reservationID']}-2"


def test_a_room_that_is_not_assigned_has_no_id_and_no_name(ask: Ask, hotel_world: World) -> None:
    _book(hotel_world)
    (row,) = ask("getReservations", lastName="Lind", includeAllRooms="true")["data"]
    assert row["rooms"][0]["roomID"] is None
    assert "roomName" not in row["rooms"][0]
    alone = ask("getReservation", reservationID=row["reservationID"])["data"]
    assert (alone["assigned"], len(alone["unassigned"])) == ([], 1)
    (guest,) = alone["guestList"].values()
    assert (guest["assignedRoom"], guest["rooms"], len(guest["unassignedRooms"])) == (False, [], 1)


def test_the_guests_name_is_where_each_call_has_it(ask: Ask, hotel_world: World) -> None:
    _book(hotel_world, email="mara@example.org")
    (short,) = ask("getReservations", lastName="Lind")["data"]
    assert short["guestName"] == "Mara Lind"
    assert "guestList" not in short
    identifier = short["reservationID"]
    (rated,) = ask("getReservationsWithRateDetails", reservationID=identifier)["data"]
    assert "guestName" not in rated
    assert rated["rooms"][0]["guestName"] == "Mara Lind"
    alone = ask("getGuest", reservationID=identifier)["data"]
    assert (alone["firstName"], alone["lastName"], alone["email"]) == ("Mara", "Lind", "mara@example.org")


def test_a_guest_without_an_address_has_an_empty_text_or_null(
    ask: Ask, hotel_world: World, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    row = detail(_book(hotel_world))
    (guest,) = row["guestList"].values()
    assert (guest["guestEmail"], guest["guestPhone"]) == (None, None)
    alone = ask("getReservation", reservationID=row["reservationID"])["data"]
    assert alone["guestEmail"] == ""


def test_modified_from_is_read_in_the_zone_of_the_property_unless_switched(
    ask: Ask, hotel_world: World, cloudbeds: Cloudbeds
) -> None:
    hotel_world.clock.shift(timedelta(hours=6))
    record = _book(hotel_world)
    stamp = record.updated_at.astimezone(hotel_world.hotel.zone).strftime("%Y-%m-%d %H:%M:%S")
    later = (record.updated_at + timedelta(seconds=1)).astimezone(hotel_world.hotel.zone)
    assert ask("getReservations", modifiedFrom=stamp)["total"] == 1
    assert ask("getReservations", modifiedFrom=later.strftime("%Y-%m-%d %H:%M:%S"))["total"] == 0
    cloudbeds.books.quirks = Quirks(modified_zone="utc")
    assert ask("getReservations", modifiedFrom=stamp)["total"] == 0
    wall = record.updated_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    (row,) = ask("getReservationsWithRateDetails", modifiedFrom=wall)["data"]
    assert (row["dateModifiedUTC"], row["dateModified"]) == (wall, stamp)


def test_a_stay_window_is_what_both_dates_make_it(ask: Ask, hotel_world: World) -> None:
    rows = _every(ask, "getReservations", checkOutFrom="2026-05-12", checkInTo="2026-05-15")
    wanted = [
        r
        for r in hotel_world.reservations()
        if r.departure >= date(2026, 5, 12) and r.arrival <= date(2026, 5, 15)
    ]
    assert len(rows) == len(wanted)
    by_rooms = ask(
        "getReservations", checkInFrom="2026-05-13", checkInTo="2026-05-13", datesQueryMode="rooms"
    )
    lines = [r for r in hotel_world.reservations() if any(line.arrival == TODAY for line in r.lines)]
    assert by_rooms["total"] == len(lines)


def test_filters_narrow_the_list(ask: Ask, hotel_world: World, cloudbeds: Cloudbeds) -> None:
    ids = cloudbeds.books.ids
    in_house = [r for r in hotel_world.reservations() if r.state is State.IN_HOUSE]
    assert ask("getReservations", status="checked_in")["total"] == len(in_house)
    assert ask("getReservations", groupCode="KALEVA")["total"] == 8
    record = next(r for r in in_house if len(r.lines) == 1 and r.lines[0].room)
    room = ids.room(record.lines[0].room or "")
    (row,) = ask("getReservations", status="checked_in", roomID=room)["data"]
    assert (row["reservationID"], row["subReservationID"]) == (ids.reservation(record.number),) * 2
    unwanted = "confirmed,checked_out,canceled,no_show,not_confirmed"
    assert ask("getReservationsWithRateDetails", excludeStatuses=unwanted)["total"] == len(in_house)
    recent = _every(ask, "getReservationsWithRateDetails", sortByRecent="true")
    stamps = [row["dateModifiedUTC"] for row in recent]
    assert stamps == sorted(stamps, reverse=True)


def test_a_list_is_live_while_it_is_paged(ask: Ask, hotel_world: World) -> None:
    first = ask("getReservations", pageSize=10)
    _book(hotel_world)
    assert ask("getReservations", pageSize=10, pageNumber=2)["total"] == first["total"] + 1
    assert ask("getReservations", pageSize=10, pageNumber=99)["data"] == []


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("getReservations", {"pageSize": "101"}),
        ("getReservations", {"pageNumber": "0"}),
        ("getReservations", {"status": "asleep"}),
        ("getReservations", {"modifiedFrom": "yesterday"}),
        ("getReservations", {"checkInFrom": "13/05/2026"}),
        ("getReservations", {"includeAllRooms": "perhaps"}),
        ("getReservations", {"roomName": "999"}),
        ("getReservation", {}),
        ("getReservation", {"reservationID": "7499999999"}),
        ("getGuest", {}),
        ("getGuest", {"guestID": "1"}),
        ("getGuestList", {"status": "asleep"}),
        ("getGuestsByStatus", {}),
        ("getRatePlans", {"startDate": "2026-05-13"}),
        ("getRatePlans", {"startDate": "2026-05-13", "endDate": "2026-05-13"}),
        ("getAvailableRoomTypes", {"startDate": "2026-05-13", "endDate": "2026-05-14", "rooms": "1"}),
        ("getRooms", {"startDate": "2026-05-13"}),
        ("getRoomBlocks", {"startDate": "2026-05-01", "endDate": "2026-06-06"}),
    ],
)
def test_a_wrong_question_is_answered_with_200_and_no_success(
    name: str, query: dict[str, str], ask: Ask
) -> None:
    answer = ask(name, **query)
    assert answer["success"] is False
    assert answer["message"]
    assert "data" not in answer


def test_a_status_may_lag_behind_its_rooms(
    hotel_world: World, cloudbeds: Cloudbeds, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    cloudbeds.books.quirks = Quirks(status_behind=True)
    record = _book(hotel_world)
    hotel_world.check_in(record.number)
    row = detail(record)
    assert (row["status"], row["rooms"][0]["roomStatus"]) == ("confirmed", "in_house")
    hotel_world.check_out(record.number)
    assert detail(record)["status"] == "checked_out"


def test_some_changes_do_not_move_the_stamp(
    ask: Ask, hotel_world: World, cloudbeds: Cloudbeds, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    cloudbeds.books.quirks = Quirks(still=frozenset({Kind.BALANCE}))
    record = _book(hotel_world)
    stamp = detail(record)["dateModifiedUTC"]
    hotel_world.clock.shift(timedelta(minutes=5))
    hotel_world.set_balance(record.number, 1250)
    row = detail(record)
    assert (row["balance"], row["dateModifiedUTC"]) == (12.5, stamp)
    hotel_world.set_notes(record.number, "Late")
    assert detail(record)["dateModifiedUTC"] > stamp
    notes = ask("getReservationNotes", reservationID=row["reservationID"])["data"]
    assert [note["reservationNote"] for note in notes] == ["Late"]


def test_reads_may_lag_behind_a_change(
    ask: Ask, hotel_world: World, cloudbeds: Cloudbeds, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    record = _book(hotel_world)
    hotel_world.clock.shift(timedelta(minutes=1))
    cloudbeds.books.quirks = Quirks(lag_seconds=5)
    hotel_world.check_in(record.number)
    new = _book(hotel_world, last="Berg")
    assert detail(record)["rooms"][0]["roomStatus"] == "not_checked_in"
    identifier = cloudbeds.books.ids.reservation(new.number)
    assert ask("getReservation", reservationID=identifier)["success"] is False
    hotel_world.clock.shift(timedelta(seconds=5))
    assert detail(record)["rooms"][0]["roomStatus"] == "in_house"
    assert ask("getReservation", reservationID=identifier)["success"] is True


def test_a_deleted_reservation_is_seen_only_when_asked_for(
    ask: Ask, hotel_world: World, cloudbeds: Cloudbeds
) -> None:
    record = _book(hotel_world)
    identifier = cloudbeds.books.ids.reservation(record.number)
    cloudbeds.delete(record.number)
    assert ask("getReservations", lastName="Lind")["total"] == 0
    assert ask("getReservationsWithRateDetails", reservationID=identifier)["total"] == 0
    assert ask("getReservation", reservationID=identifier)["success"] is False
    query = {"reservationID": identifier, "includeDeleted": "true"}
    (row,) = ask("getReservationsWithRateDetails", **query)["data"]
    assert (row["isDeleted"], row["status"]) == (True, "confirmed")


def test_check_ins_and_check_outs_are_found_by_the_status_a_guest_had(ask: Ask, hotel_world: World) -> None:
    since = hotel_world.clock.now().astimezone(hotel_world.hotel.zone).strftime("%Y-%m-%d %H:%M:%S")
    record = _book(hotel_world, departure=TODAY + timedelta(1))
    hotel_world.clock.shift(timedelta(hours=1))
    hotel_world.check_in(record.number)
    (row,) = ask("getGuestsByStatus", status="in_house", resultsFrom=since)["data"]
    assert (row["currentStatus"], row["statusDate"]) == ("in_house", "2026-05-13 11:20:00")
    assert row["roomName"]
    hotel_world.clock.shift(timedelta(hours=1))
    hotel_world.check_out(record.number)
    (row,) = ask("getGuestsByStatus", status="in_house", resultsFrom=since)["data"]
    assert (row["currentStatus"], row["statusDate"]) == ("checked_out", "2026-05-13 12:20:00")
    assert ask("getGuestsByStatus", status="checked_out", resultsFrom=since)["total"] == 1
    touched = ask("getGuestsModified", resultsFrom="2026-05-13 12:00:00")["data"]
    assert [row["guestLastName"] for row in touched] == ["Lind"]


def test_without_a_range_the_status_of_now_counts(ask: Ask, hotel_world: World) -> None:
    rows = _every(ask, "getGuestsByStatus", status="in_house")
    assert {row["currentStatus"] for row in rows} == {"in_house"}
    rooms = {
        line.room
        for r in hotel_world.reservations()
        for line in r.lines
        if line.state is State.IN_HOUSE and r.state is State.IN_HOUSE
    }
    assert {row["roomName"] for row in rows} == rooms
    assert len(ask("getGuestsByStatus", status="in_house")["data"]) == 20, "the usual page of this list"


def test_a_guest_belongs_to_a_reservation_and_the_person_is_known_by_profile(
    ask: Ask, hotel_world: World
) -> None:
    person = hotel_world.guest(_book(hotel_world).guest_id)
    _book(hotel_world, arrival=date(2026, 9, 1), departure=date(2026, 9, 2), guest_id=person.id)
    rows = ask("getReservations", lastName="Lind")["data"]
    assert len({row["guestID"] for row in rows}) == 2
    assert len({row["profileID"] for row in rows}) == 1


def test_the_guest_list_is_a_map_a_list_or_an_empty_list(ask: Ask, cloudbeds: Cloudbeds) -> None:
    page = ask("getGuestList", pageSize=3)
    assert list(page["data"]) == [row["guestID"] for row in page["data"].values()]
    assert "guestFirstName" not in next(iter(page["data"].values()))
    assert ask("getGuestList", resultsFrom="2031-01-01")["data"] == []
    cloudbeds.books.quirks = Quirks(guests_as_list=True)
    assert len(ask("getGuestList", pageSize=3)["data"]) == 3
    assert isinstance(ask("getGuestList", pageSize=3)["data"], list)


def test_sharers_are_guests_too(ask: Ask, hotel_world: World) -> None:
    sharing = sum(len(r.sharer_ids) for r in hotel_world.reservations())
    everybody = ask("getGuestList")["total"]
    assert everybody == len(hotel_world.reservations()) + sharing
    assert ask("getGuestList", excludeSecondaryGuests="true")["total"] == everybody - sharing


def test_a_changed_guest_shows_in_the_guest_list_and_not_in_the_reservations(
    ask: Ask, hotel_world: World
) -> None:
    record = _book(hotel_world)
    hotel_world.clock.shift(timedelta(hours=1))
    hotel_world.edit_guest(record.guest_id, email="new@example.org")
    since = "2026-05-13 11:00:00"
    (row,) = ask("getGuestList", resultsFrom=since)["data"].values()
    assert row["guestEmail"] == "new@example.org"
    assert ask("getReservations", modifiedFrom=since)["total"] == 0


def test_a_guest_is_forgotten_or_merged_on_demand(ask: Ask, hotel_world: World, cloudbeds: Cloudbeds) -> None:
    record = _book(hotel_world, email="mara@example.org")
    other = _book(hotel_world, last="Berg")
    mine, theirs = (cloudbeds.books.ids.guest(r.number, 0) for r in (record, other))
    cloudbeds.books.merge(theirs, mine)
    cloudbeds.books.anonymize(mine)
    assert ask("getGuest", guestID=theirs)["data"]["newGuestID"] == mine
    gone = ask("getGuest", guestID=mine)["data"]
    assert (gone["isAnonymized"], gone["email"], gone["lastName"]) == (True, "", "Anonymized")


def test_leaving_early_becomes_an_additional_item(
    hotel_world: World, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    record = _book(hotel_world)
    hotel_world.check_in(record.number)
    hotel_world.check_out(record.number)
    row = detail(record)
    balance = row["balanceDetailed"]
    assert len(row["detailedRates"]) == 1
    assert balance["additionalItems"] > 0
    assert round(100 * (balance["subTotal"] + balance["additionalItems"])) == record.total
    assert row["total"] == balance["grandTotal"]


def test_taxes_can_stand_beside_the_nights(
    hotel_world: World, cloudbeds: Cloudbeds, detail: Callable[[Reservation], dict[str, Any]]
) -> None:
    cloudbeds.books.quirks = Quirks(tax_percent=10)
    record = _book(hotel_world)
    row = detail(record)
    balance = row["balanceDetailed"]
    assert round(100 * sum(row["detailedRates"].values())) == round(100 * balance["subTotal"])
    assert round(100 * (balance["subTotal"] + balance["taxesFees"])) == record.total
    assert balance["taxesFees"] > 0


@pytest.mark.parametrize(("currency", "places"), [("JPY", 0), ("KWD", 3)])
def test_money_has_the_places_of_its_currency(currency: str, places: int, http: requests.Session) -> None:
    world = build_world(TODAY, currency=currency)
    record = _book(world)
    with start(world, rate_limit=0) as vendor:
        door = vendor.dialect("cloudbeds")
        http.headers["Authorization"] = f"Bearer {door.credentials['api_key']['api_key']}"
        url = f"{door.base_url}/api/v1.3/getReservationsWithRateDetails"
        page = http.get(url, params={"modifiedFrom": "2026-05-13 10:20:00"}).json()
    row = next(row for row in page["data"] if row["rooms"][0]["guestName"] == "Mara Lind")
    assert row["propertyCurrency"] == currency
    assert round(row["total"] * 10**places) == record.total
    assert isinstance(row["total"], int) or places


def test_the_grid_of_rate_plans_is_the_price_list(ask: Ask, hotel_world: World, cloudbeds: Cloudbeds) -> None:
    query = {"startDate": "2026-05-13", "endDate": "2026-05-20", "detailedRates": "true"}
    grid = ask("getRatePlans", **query)["data"]
    last = date(2026, 5, 19)
    free = {(day.day, day.room_type): day.available for day in hotel_world.availability(TODAY, last)}
    shown = {
        (row["rateID"], date.fromisoformat(night["date"])): night
        for row in grid
        for night in row["roomRateDetailed"]
    }
    hotel, ids = hotel_world.hotel, cloudbeds.books.ids
    wanted = list(rates(hotel, TODAY, last))
    assert len(shown) == len(wanted)
    for rate in wanted:
        rate_id = ids.rate(hotel.rate_plan(rate.rate_plan), hotel.room_type(rate.room_type))
        night = shown[rate_id, rate.day]
        assert round(night["totalRate"] * 100) == rate.price
        assert night["roomsAvailable"] == free[rate.day, rate.room_type]
        assert (night["minLos"], night["closedToArrival"]) == (rate.min_stay, rate.closed_to_arrival)


def test_the_first_plan_is_the_base_rate_and_others_may_follow_it(ask: Ask) -> None:
    grid = ask("getRatePlans", startDate="2026-05-13", endDate="2026-05-15")["data"]
    assert "roomRateDetailed" not in grid[0]
    by_code = {row["ratePlanNamePrivate"]: row for row in grid if row["roomTypeID"] == grid[0]["roomTypeID"]}
    base = by_code.pop(None)
    assert (base["ratePlanID"], base["isDerived"], base["addOns"]) == (None, False, [])
    assert (by_code["NREF"]["derivedType"], by_code["NREF"]["derivedValue"]) == ("percentage", -12)
    assert (by_code["BB"]["derivedType"], by_code["BB"]["addOns"][0]["itemID"]) == ("fixed", "88")
    assert by_code["BB"]["parentRateID"] == base["rateID"]
    assert by_code["CORP"]["promoCode"] == "CORP"
    query = {"startDate": "2026-05-13", "endDate": "2026-05-15", "includePromoCode": "false"}
    assert all(row["promoCode"] is None for row in ask("getRatePlans", **query)["data"])


def test_free_rooms_for_a_stay_are_those_free_every_night(ask: Ask, hotel_world: World) -> None:
    query = {"startDate": "2026-05-14", "endDate": "2026-05-16", "rooms": 1, "adults": 2, "children": 0}
    answer = ask("getAvailableRoomTypes", **query)
    days = hotel_world.availability(date(2026, 5, 14), date(2026, 5, 15))
    for room in answer["data"][0]["propertyRooms"]:
        free = [day.available for day in days if day.room_type == room["roomTypeNameShort"]]
        assert room["roomsAvailable"] == min(free) >= 1
        assert room["maxGuests"] >= 2
    assert answer["roomCount"] == len(answer["data"][0]["propertyRooms"])
    assert ask("getAvailableRoomTypes", **(query | {"rooms": 50}))["data"] == []


def test_twenty_rooms_come_at_once_unless_more_are_asked_for(ask: Ask, hotel_world: World) -> None:
    page = ask("getRooms")
    assert (len(page["data"][0]["rooms"]), page["total"]) == (20, 60)
    rooms = ask("getRooms", pageSize=100)["data"][0]["rooms"]
    assert [room["roomName"] for room in rooms] == [room.number for room in hotel_world.hotel.rooms]
    assert [room["roomName"] for room in rooms if room["roomBlocked"]] == ["104"]
    free = ask("getRooms", startDate="2026-05-13", endDate="2026-05-14", pageSize=100)["data"][0]["rooms"]
    assert 0 < len(free) < 60


def test_blocks_and_housekeeping_tell_the_day(ask: Ask) -> None:
    blocks = ask("getRoomBlocks", startDate="2026-05-13", endDate="2026-05-24")["data"]["roomBlocks"]
    assert [block["startDate"] for block in blocks] == ["2026-05-12", "2026-05-22"]
    rooms = ask("getHousekeepingStatus")["data"]
    assert len(rooms) == 60
    assert {room["frontdeskStatus"] for room in rooms} >= {"stayover", "check-out", "unused"}
    dirty = ask("getHousekeepingStatus", roomCondition="dirty", roomOccupied="true")["data"]
    assert len(dirty) == sum(room["roomOccupied"] for room in rooms)


def test_packages_are_the_hotels_subscription(ask: Ask) -> None:
    assert "myfrontdesk" in ask("getPackages")["data"]["packageNames"]


def test_groups_have_names(ask: Ask) -> None:
    groups = {row["groupCode"]: row["name"] for row in ask("getGroups")["data"]}
    assert groups["KALEVA"] == "Kaleva Choir Tour"


def test_the_same_hotel_has_the_same_ids_and_secrets() -> None:
    one, same, other = (Cloudbeds(build_world(TODAY, seed), 0) for seed in (7, 7, 8))
    assert one.keys.first.secret == same.keys.first.secret != other.keys.first.secret
    assert one.keys.first.secret.startswith("cbat_")
    assert one.property_id == other.property_id
    numbers = [record.number for record in one.books.world.reservations()]
    assert [one.books.ids.reservation(n) for n in numbers] == [same.books.ids.reservation(n) for n in numbers]
    assert one.keys.first.secret not in repr(one.keys.first)


def test_a_hotel_from_a_file_with_other_numbers_is_served() -> None:
    file = neutral.export(build_world(TODAY))
    for entry in file.reservations:
        entry.confirmation_number = f"AUR-{entry.confirmation_number}"
    world = neutral.load(file, WorldClock.fixed(datetime(2026, 5, 13, 8, tzinfo=UTC)))
    books = Cloudbeds(world, 0).books
    ids = {books.ids.reservation(record.number) for record in world.reservations()}
    assert len(ids) == len(file.reservations)
    assert all(identifier.isdecimal() and books.find(identifier) for identifier in ids)


def test_the_process_tells_of_cloudbeds_too(vendor: Server) -> None:
    from simulator.__main__ import announcement

    told = announcement(vendor)["dialects"]
    assert isinstance(told, dict)
    assert told["cloudbeds"]["base_url"] == f"{vendor.url}/cloudbeds"
    assert set(told["cloudbeds"]["credentials"]) == {"api_key", "oauth2"}
