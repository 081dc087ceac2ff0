from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from simulator.hotel import NewReservation, State
from simulator.money import minor_units
from simulator.pms.mews_control import Switches
from simulator.pms.mews_money import amount
from simulator.server import Server, start
from simulator.world import World
from tests.simulator.conftest import BUSINESS_DATE
from tests.simulator.mews_partner import EVERYTHING, RESERVATIONS, Partner

VENDORS = ("mews",)


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def _items(partner: Partner, number: str, **filters: Any) -> list[Any]:
    ids = [order.id for order in partner.vendor.orders(number)]
    told = partner.ask("orderItems/getAll", ServiceOrderIds=ids, **filters, **EVERYTHING)["OrderItems"]
    assert isinstance(told, list)
    return told


def _gross(items: list[Any]) -> int:
    """Minor units of everything that is not cancelled."""
    return sum(
        minor_units(item["Amount"]["GrossValue"], "EUR") for item in items if item["CanceledUtc"] is None
    )


def _book(world: World, **wish: Any) -> str:
    order = {"arrival": BUSINESS_DATE, "departure": BUSINESS_DATE + timedelta(2), "last": "Lind"}
    return world.book(NewReservation(**(order | wish))).number


def test_a_reservation_has_its_times_by_the_hotel_s_clock(partner: Partner, hotel_world: World) -> None:
    winter = date(2026, 12, 4)
    number = _book(hotel_world, arrival=winter, departure=winter + timedelta(3), adults=2, children=2)
    (row,) = partner.of(number)
    assert (row["ScheduledStartUtc"], row["ScheduledEndUtc"]) == (
        "2026-12-04T13:00:00Z",
        "2026-12-07T09:00:00Z",
    )
    assert (row["Number"], row["State"], row["ActualStartUtc"]) == (number, "Confirmed", None)
    ages = partner.ask("ageCategories/getAll", **EVERYTHING)["AgeCategories"]
    names = {age["Id"]: age["Names"]["en-GB"] for age in ages}
    counts = {names[count["AgeCategoryId"]]: count["Count"] for count in row["PersonCounts"]}
    assert counts == {"Adults": 2, "Children": 1, "Infants": 1}


def test_states_follow_the_front_desk(partner: Partner, hotel_world: World) -> None:
    number = _book(hotel_world)
    states = [partner.of(number)[0]["State"]]
    hotel_world.check_in(number)
    states.append(partner.of(number)[0]["State"])
    assert partner.of(number)[0]["ActualStartUtc"] == "2026-05-13T07:20:00Z"
    hotel_world.reverse_check_in(number)
    assert partner.of(number)[0]["ActualStartUtc"] is None
    hotel_world.check_in(number)
    hotel_world.set_balance(number, 0)
    hotel_world.check_out(number)
    (gone,) = partner.of(number)
    states.append(gone["State"])
    assert states == ["Confirmed", "Started", "Processed"]
    assert gone["ActualEndUtc"] == "2026-05-13T07:20:00Z"
    assert gone["Options"]["OwnerCheckedIn"] is True


def test_a_cancellation_has_a_reason_and_a_no_show_has_its_own(partner: Partner, hotel_world: World) -> None:
    cancelled, missed = _book(hotel_world), _book(hotel_world)
    hotel_world.cancel(cancelled)
    hotel_world.mark_no_show(missed)
    (one,), (other,) = partner.of(cancelled), partner.of(missed)
    assert one["State"] == other["State"] == "Canceled"
    assert one["CancellationReason"] not in (None, "NoShow")
    assert other["CancellationReason"] == "NoShow"
    assert one["CancelledUtc"] == other["CancelledUtc"] == "2026-05-13T07:20:00Z"


def test_wishes_and_holds_have_states_of_their_own(partner: Partner, hotel_world: World) -> None:
    shown = {
        state: partner.of(next(r.number for r in hotel_world.reservations() if r.state is state))[0]
        for state in (State.INQUIRY, State.WAITLIST, State.OPTION)
    }
    assert [row["State"] for row in shown.values()] == ["Inquired", "Requested", "Optional"]
    assert shown[State.OPTION]["ReleasedUtc"].endswith("T15:00:00Z"), "six in the evening in Helsinki"
    number = next(r.number for r in hotel_world.reservations() if r.state is State.OPTION)
    hotel_world.confirm(number)
    (held,) = partner.of(number)
    assert (held["State"], held["ReleasedUtc"]) == ("Confirmed", None)


def test_rooms_booked_together_are_reservations_of_one_group(partner: Partner, hotel_world: World) -> None:
    both = next(r for r in hotel_world.reservations() if r.lines[-1].unit == 2)
    rows = partner.of(both.number)
    assert [row["Number"] for row in rows] == [both.number, f"{both.number}02"]
    assert len({row["GroupId"] for row in rows}) == 1
    choir = [r.number for r in hotel_world.reservations() if r.group_code == "KALEVA"]
    groups = {row["GroupId"] for number in choir for row in partner.of(number)}
    (group,) = partner.ask("reservationGroups/getAll", ReservationGroupIds=list(groups), **EVERYTHING)[
        "ReservationGroups"
    ]
    assert (len(choir), group["Name"]) == (8, "Kaleva Choir Tour")


def test_a_split_stay_is_two_reservations_and_a_room_move_is_one(
    partner: Partner, hotel_world: World
) -> None:
    split, moved = (
        next(
            r
            for r in hotel_world.reservations()
            if r.state is State.IN_HOUSE
            and len(r.lines) == 2
            and r.lines[1].unit == 1
            and (r.lines[0].room_type == r.lines[1].room_type) is is_same
        )
        for is_same in (False, True)
    )
    before, after = partner.of(split.number)
    assert (before["State"], after["State"]) == ("Started", "Confirmed")
    assert before["ScheduledEndUtc"][:10] == after["ScheduledStartUtc"][:10]
    (one,) = partner.of(moved.number)
    rooms = {r["Id"]: r["Name"] for r in _rooms(partner)}
    assert rooms[one["AssignedResourceId"]] == moved.lines[1].room
    assert one["State"] == "Started"


def _rooms(partner: Partner) -> list[Any]:
    rooms = partner.ask("resources/getAll", Extent={"Resources": True}, **EVERYTHING)["Resources"]
    assert isinstance(rooms, list)
    return rooms


def test_a_split_stay_is_entered_and_left_part_by_part(partner: Partner, hotel_world: World) -> None:
    split = next(
        r
        for r in hotel_world.reservations()
        if r.state is State.IN_HOUSE
        and [line.room_type for line in r.lines] == ["TWN", "SUP"]
        and r.lines[0].unit == r.lines[1].unit
    )
    hotel_world.roll_business_date()
    hotel_world.enter_next_line(split.number)
    before, after = partner.of(split.number)
    assert (before["State"], after["State"]) == ("Processed", "Started")
    assert before["ActualEndUtc"] is not None
    assert after["ActualEndUtc"] is None


@pytest.mark.parametrize("state", [State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT])
def test_what_the_items_add_up_to_is_what_the_stay_costs(
    partner: Partner, hotel_world: World, state: State
) -> None:
    for found in [r for r in hotel_world.reservations() if r.state is state][:40]:
        items = _items(partner, found.number)
        assert _gross(items) == found.total
        assert {item["Type"] for item in items} <= {"SpaceOrder", "ProductOrder"}
        if found.balance == 0:
            assert {item["AccountingState"] for item in items} == {"Closed"}
        if found.balance == found.total:
            assert {item["AccountingState"] for item in items} == {"Open"}


def test_breakfast_is_an_item_of_its_own_and_a_night_begins_at_local_midnight(
    partner: Partner, hotel_world: World
) -> None:
    number = _book(hotel_world, room_type="DBL", rate_plan="BB", adults=2)
    nights = _items(partner, number, Types=["SpaceOrder"])
    breakfasts = _items(partner, number, Types=["ProductOrder"])
    assert {item["ConsumedUtc"] for item in nights} == {"2026-05-12T21:00:00Z", "2026-05-13T21:00:00Z"}
    assert [(item["UnitCount"], item["Amount"]["GrossValue"]) for item in breakfasts] == [(2, 28)] * 2
    assert breakfasts[0]["UnitAmount"]["GrossValue"] == 14


def test_an_early_departure_leaves_the_price_and_a_cancellation_cancels_the_items(
    partner: Partner, hotel_world: World
) -> None:
    early = _book(hotel_world, departure=BUSINESS_DATE + timedelta(4))
    total = hotel_world.check_in(early).total
    hotel_world.check_out(early)
    items = _items(partner, early)
    assert _gross(items) == total
    assert Counter(item["Type"] for item in items)["CustomItem"] == 1
    cancelled = _book(hotel_world)
    hotel_world.cancel(cancelled)
    assert {item["AccountingState"] for item in _items(partner, cancelled)} == {"Canceled"}
    assert _gross(_items(partner, cancelled)) == 0


def test_a_no_show_owes_the_first_night_and_a_hold_nothing_yet(partner: Partner, hotel_world: World) -> None:
    missed = _book(hotel_world)
    first_night = hotel_world.mark_no_show(missed).lines[0].nightly[0]
    fee = [item for item in _items(partner, missed) if item["CanceledUtc"] is None]
    assert [(item["Type"], _gross([item])) for item in fee] == [("CancellationFee", first_night)]
    held = next(r for r in hotel_world.reservations() if r.state is State.OPTION)
    assert {item["AccountingState"] for item in _items(partner, held.number)} == {"Inactive"}


def test_payments_close_the_first_nights(partner: Partner, hotel_world: World) -> None:
    number = _book(hotel_world, rate_plan="FLEX", departure=BUSINESS_DATE + timedelta(3))
    nightly = hotel_world.reservation(number).lines[0].nightly
    hotel_world.set_balance(number, nightly[2])
    by_night = sorted(_items(partner, number), key=lambda item: str(item["ConsumedUtc"]))
    assert [item["AccountingState"] for item in by_night] == ["Closed", "Closed", "Open"]
    closed = _items(partner, number, BillIds=[by_night[0]["BillId"]])
    assert len(closed) == 2


def test_an_amount_is_net_and_tax_to_the_minor_unit() -> None:
    euros = amount(12_950, "EUR")
    assert (euros.gross_value, euros.net_value, euros.tax_values[0].value) == (129.5, 117.73, 11.77)
    assert amount(12_950, "JPY").gross_value == 12_950
    assert amount(12_950, "KWD").gross_value == 12.95
    assert amount(-110, "EUR").net_value == -1


def test_the_window_of_a_delta_includes_its_start_and_not_its_end(
    partner: Partner, hotel_world: World
) -> None:
    hotel_world.clock.shift(timedelta(hours=1))
    number = _book(hotel_world)

    def found(start: str, end: str) -> bool:
        window = {"StartUtc": f"2026-05-13T{start}Z", "EndUtc": f"2026-05-13T{end}Z"}
        return number in {row["Number"] for row in partner.reservations(UpdatedUtc=window)}

    assert found("08:20:00", "08:20:01")
    assert found("08:20:00", "08:20:00"), "equal ends are that second"
    assert not found("08:19:00", "08:20:00")
    assert not found("08:20:01", "08:21:00")


def test_the_stay_window_takes_whatever_touches_it(partner: Partner, hotel_world: World) -> None:
    night = {"StartUtc": "2026-05-13T21:00:00Z", "EndUtc": "2026-05-14T00:00:00Z"}
    states = ["Confirmed", "Started"]
    shown = {row["Id"] for row in partner.reservations(CollidingUtc=night, States=states)}
    expected = {
        order.id
        for found in hotel_world.reservations()
        for order in partner.vendor.orders(found.number)
        if order.state in states and order.lines[0].arrival <= BUSINESS_DATE < order.lines[-1].departure
    }
    assert shown == expected
    assert len(shown) > 40


def test_filters_narrow_each_other(partner: Partner, hotel_world: World) -> None:
    number = _book(hotel_world, source="Booking.com")
    (row,) = partner.of(number)
    assert (row["Origin"], row["OriginDetails"]) == ("ChannelManager", "Booking.com")
    assert partner.reservations(ChannelNumbers=[row["ChannelNumber"]]) == [row]
    assert partner.reservations(Numbers=[number], States=["Confirmed"]) == [row]
    assert partner.reservations(Numbers=[number], States=["Started"]) == []
    assert partner.reservations(AccountIds=[row["AccountId"]], ReservationGroupIds=[row["GroupId"]]) == [row]


def test_a_guest_is_found_by_the_account_and_may_lack_nearly_everything(
    partner: Partner, hotel_world: World
) -> None:
    number = _book(hotel_world, last="Sukarno")
    account = partner.of(number)[0]["AccountId"]
    (guest,) = partner.ask(
        "customers/getAll", CustomerIds=[account], Extent={"Customers": True}, **EVERYTHING
    )["Customers"]
    known = (guest["FirstName"], guest["LastName"], guest["Email"], guest["Phone"], guest["NationalityCode"])
    assert known == (None, "Sukarno", None, None, None)


def test_everybody_in_the_room_is_a_companion_the_owner_too(partner: Partner, hotel_world: World) -> None:
    shared = next(r for r in hotel_world.reservations() if r.sharer_ids)
    (order, *_) = partner.vendor.orders(shared.number)
    found = partner.ask("companionships/getAll", ReservationIds=[order.id], Extent={}, **EVERYTHING)
    people = {row["CustomerId"] for row in found["Companionships"]}
    assert people == {partner.names.id("customer", key) for key in (shared.guest_id, *shared.sharer_ids)}


def _changed(partner: Partner, **filters: Any) -> dict[str, Any]:
    day = {"StartUtc": "2026-05-13T00:00:00Z", "EndUtc": "2026-05-14T00:00:00Z"}
    body = {"UpdatedUtc": day, "Extent": {"Customers": True}, **EVERYTHING, **filters}
    return {row["Id"]: row for row in partner.ask("customers/getAll", **body)["Customers"]}


def test_a_delta_of_customers_has_people_of_the_sister_hotel(partner: Partner, hotel_world: World) -> None:
    ours = {partner.names.id("customer", guest.id) for guest in hotel_world.guests()}
    strangers = [row for key, row in _changed(partner).items() if key not in ours]
    assert len(strangers) == 3
    assert partner.reservations(AccountIds=[strangers[0]["Id"]]) == []


def test_an_edited_guest_moves_no_reservation(partner: Partner, hotel_world: World) -> None:
    number = _book(hotel_world, email="lind@example.org")
    before = partner.of(number)
    hotel_world.clock.shift(timedelta(hours=1))
    hotel_world.edit_guest(hotel_world.reservation(number).guest_id, email="new@example.org")
    assert partner.of(number) == before
    row = _changed(partner)[before[0]["AccountId"]]
    assert (row["Email"], row["UpdatedUtc"]) == ("new@example.org", "2026-05-13T08:20:00Z")


def test_a_merged_guest_points_to_the_other_and_its_reservations_move(
    partner: Partner, hotel_world: World
) -> None:
    numbers = [_book(hotel_world, last="Lind"), _book(hotel_world, last="Linde")]
    duplicate, kept = (hotel_world.reservation(number).guest_id for number in numbers)
    target = partner.of(numbers[1])[0]["AccountId"]
    merged = partner.desk.merge(duplicate, kept)
    row = _changed(partner)[merged]
    assert (row["MergeTargetId"], row["IsActive"]) == (target, False)
    assert partner.of(numbers[0])[0]["AccountId"] == target


def test_a_deleted_guest_only_comes_when_the_deleted_are_asked_for(
    partner: Partner, hotel_world: World
) -> None:
    number = _book(hotel_world, last="Lind", email="lind@example.org")
    deleted = partner.desk.delete(hotel_world.reservation(number).guest_id)
    assert deleted not in _changed(partner)
    day = {"StartUtc": "2026-05-13T00:00:00Z", "EndUtc": "2026-05-14T00:00:00Z"}
    asked = {"DeletedUtc": day, "ActivityStates": ["Deleted"], "Extent": {}, **EVERYTHING}
    (row,) = partner.ask("customers/getAll", **asked)["Customers"]
    assert (row["Id"], row["LastName"], row["Email"]) == (deleted, "Deleted", None)


def test_a_hidden_reservation_is_in_no_answer(partner: Partner, hotel_world: World) -> None:
    number = _book(hotel_world)
    order = partner.vendor.orders(number)[0].id
    partner.desk.switches = Switches(hidden_numbers=frozenset({number}))
    assert partner.reservations(ReservationIds=[order]) == []


def test_a_silent_bill_shows_only_in_the_items(partner: Partner, hotel_world: World) -> None:
    number = _book(hotel_world)
    partner.desk.switches = Switches(bills_are_silent=True)
    before = partner.of(number)
    hotel_world.clock.shift(timedelta(hours=1))
    hotel_world.set_balance(number, 0)
    assert partner.of(number) == before
    assert {item["UpdatedUtc"] for item in _items(partner, number)} == {"2026-05-13T08:20:00Z"}
    hotel_world.set_notes(number, "loud again")
    assert partner.of(number)[0]["UpdatedUtc"] == "2026-05-13T08:20:00Z"


def test_a_hotel_from_a_file_of_another_zone_is_served_as_well(
    hotel_world: World, http: requests.Session
) -> None:
    hotel = replace(hotel_world.hotel, timezone="America/New_York", currency="JPY")
    reservations = [replace(r, currency="JPY") for r in hotel_world.reservations()]
    world = World(hotel, BUSINESS_DATE, hotel_world.clock, reservations, hotel_world.guests())
    with start(world, rate_limit=0) as vendor:
        partner = Partner(vendor, http)
        row = partner.ask(RESERVATIONS, Limitation={"Count": 1})["Reservations"][0]
        priced = partner.ask(
            "rates/getPricing",
            RateId=partner.names.id("rate", "FLEX"),
            FirstTimeUnitStartUtc="2026-05-13T04:00:00Z",
            LastTimeUnitStartUtc="2026-05-13T04:00:00Z",
        )
    assert row["ScheduledStartUtc"].endswith(("T19:00:00Z", "T20:00:00Z"))
    assert priced["Currency"] == "JPY"
    assert float(priced["BaseAmountPrices"][0]["GrossValue"]).is_integer()
