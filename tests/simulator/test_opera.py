from datetime import date, timedelta
from typing import Any

import pytest
import requests

from simulator.hotel import NewReservation, State
from simulator.inventory import RoomLedger
from simulator.pms.opera_stays import Stay
from simulator.server import Server
from tests.simulator.opera_partner import Partner, number

VENDORS = ("opera_cloud",)
LIST = "/rsv/v1/hotels/{hotel}/reservations"
TODAY = "2026-05-13"


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def first(partner: Partner, **like: object) -> Stay:
    """The first stay whose properties are as told."""
    stays = [stay for stay in partner.vendor.tenant.stays() if not stay.is_pseudo]
    return next(stay for stay in stays if all(getattr(stay, name) == value for name, value in like.items()))


def test_old_and_new_form_find_the_same(partner: Partner) -> None:
    criteria = {"arrivalStartDate": TODAY, "arrivalEndDate": "2026-05-20", "limit": 200}
    old = partner.get(LIST, **criteria)["reservations"]
    new = partner.call("POST", f"{LIST}/searches", criteria).json()["reservations"]
    assert old == new
    assert {row["roomStay"]["arrivalDate"] for row in old["reservationInfo"]} >= {TODAY, "2026-05-20"}
    assert all(TODAY <= row["roomStay"]["arrivalDate"] <= "2026-05-20" for row in old["reservationInfo"])


def test_pages_tell_how_many_there_are_and_end_with_204(partner: Partner) -> None:
    total = len(partner.vendor.tenant.stays())
    page = partner.get(LIST, limit=100, offset=100)["reservations"]
    assert (page["totalResults"], page["count"], page["offset"], page["limit"]) == (total, 100, 100, 100)
    assert page["totalPages"] == -(-total // 100)
    assert len({number(row) for row in partner.search()}) == total
    answer = partner.call("GET", LIST, offset=total)
    assert (answer.status_code, answer.content) == (204, b"")


def test_an_offset_may_count_pages(partner: Partner) -> None:
    rows = partner.get(LIST, limit=10, offset=10)["reservations"]["reservationInfo"]
    partner.switch(offset_counts="pages")
    assert partner.get(LIST, limit=10, offset=1)["reservations"]["reservationInfo"] == rows


@pytest.mark.parametrize(
    "criteria", [{"limit": 201}, {"limit": 0}, {"offset": -1}, {"excludePMRooms": "perhaps"}]
)
def test_a_criterion_out_of_bounds_is_refused(partner: Partner, criteria: dict[str, Any]) -> None:
    assert partner.call("GET", LIST, **criteria).status_code == 400


def test_posting_masters_are_among_the_guests_unless_they_are_excluded(partner: Partner) -> None:
    with_masters, without = partner.search(), partner.search(excludePMRooms=True)
    masters = [row for row in with_masters if row["roomStay"]["pseudoRoom"]]
    assert {row["roomStay"]["roomType"] for row in masters} == {"PM"}
    assert len(with_masters) - len(without) == len(masters) == 3
    assert partner.search(excludePseudoRoomReservations=True) == without


def test_the_chains_list_knows_one_name_only_for_leaving_them_out(partner: Partner) -> None:
    path, total = "/rsv/v1/reservations", len(partner.vendor.tenant.stays())
    for query, left_out in (({"excludePMRooms": "true"}, 0), ({"excludePseudoRoomReservations": "true"}, 3)):
        assert partner.get(path, **query)["reservations"]["totalResults"] == total - left_out
    assert partner.call("GET", path, hotelIds="OTHER").status_code == 204


def test_a_list_repeats_its_name_in_a_query(partner: Partner) -> None:
    ids = [stay.id for stay in partner.vendor.tenant.stays()[5:8]]
    found = partner.get(LIST, reservationIdList=ids)["reservations"]["reservationInfo"]
    assert [number(row) for row in found] == ids


@pytest.mark.parametrize(
    ("criteria", "is_right"),
    [
        ({"stayOnStartDate": TODAY}, lambda s: s.arrival.isoformat() <= TODAY < s.departure.isoformat()),
        (
            {"departureStartDate": TODAY, "departureEndDate": TODAY},
            lambda s: s.departure.isoformat() == TODAY,
        ),
        ({"reservationStatuses": ["NoShow"]}, lambda s: s.state is State.NO_SHOW),
        (
            {"reservationStatuses": ["Cancelled", "WaitList"]},
            lambda s: s.state in (State.CANCELLED, State.WAITLIST),
        ),
        ({"reservationStatuses": ["CheckedIn"]}, lambda s: s.state is State.IN_HOUSE),
        ({"reservationStatuses": ["DueOut"]}, lambda s: s.computed(date(2026, 5, 13)) == "DueOut"),
        ({"searchTypes": ["Arrival"]}, lambda s: s.computed(date(2026, 5, 13)) == "DueIn"),
        (
            {"searchType": "CheckedOut", "stayDate": "2026-05-12"},
            lambda s: s.state is State.CHECKED_OUT and s.departure == date(2026, 5, 12),
        ),
        ({"surname": "Sukarno"}, lambda s: s.guest.last == "Sukarnoputro"),
    ],
)
def test_filters_find_what_the_hotel_knows(partner: Partner, criteria: dict[str, Any], is_right: Any) -> None:
    expected = {stay.id for stay in partner.vendor.tenant.stays() if is_right(stay)}
    assert expected
    assert {number(row) for row in partner.search(**criteria)} == expected


def test_days_of_booking_and_cancelling_are_single_days(partner: Partner) -> None:
    stay = first(partner, state=State.CANCELLED)
    tenant = partner.vendor.tenant
    assert stay.record.cancelled_at is not None
    for name, at in (
        ("createdOnStartDate", stay.record.created_at),
        ("cancelledOn", stay.record.cancelled_at),
    ):
        found = partner.search(**{name: tenant.local_day(at).isoformat()})
        assert stay.id in {number(row) for row in found}


def test_list_and_single_nest_otherwise_and_agree(partner: Partner) -> None:
    stay = next(s for s in partner.vendor.tenant.stays() if s.guest.email and s.guest.first and s.balance)
    row, one = partner.listed(stay.id), partner.one(stay.id)
    listed, single = row["roomStay"], one["roomStay"]
    profile = one["reservationGuests"][0]["profileInfo"]
    assert row["reservationGuest"]["id"] == profile["profileIdList"][0]["id"]
    assert (
        row["reservationGuest"]["email"]
        == profile["profile"]["emails"]["emailInfo"][0]["email"]["emailAddress"]
    )
    assert listed["adultCount"] == single["guestCounts"]["adults"]
    assert listed["totalAmount"]["amount"] == single["total"]["amountBeforeTax"] == stay.total / 100
    assert listed["balance"] == one["cashiering"]["revenuesAndBalances"]["balance"]
    for name in ("reservationStatus", "computedReservationStatus", "lastModifyDateTime", "reservationIdList"):
        assert row[name] == one[name]


def test_the_nights_of_a_single_reservation_add_up(partner: Partner) -> None:
    for stay in partner.vendor.tenant.stays()[:60]:
        rates = partner.one(stay.id)["roomStay"]["roomRates"]
        nights = [(date.fromisoformat(r["end"]) - date.fromisoformat(r["start"])).days + 1 for r in rates]
        assert sum(nights) == (stay.departure - stay.arrival).days
        per_night = [r["rates"]["rate"][0]["base"]["amountBeforeTax"] for r in rates]
        total = sum(price * count for price, count in zip(per_night, nights, strict=True))
        assert round(total * 100) == sum(sum(line.nightly) for line in stay.lines)


def test_a_booking_of_two_rooms_is_two_reservations_with_one_confirmation(partner: Partner) -> None:
    stay = first(partner, units=2)
    rows = partner.search(confirmationNumberList=[stay.confirmation])
    assert len({number(row) for row in rows}) == 2
    assert {number(row, "Confirmation") for row in rows} == {stay.confirmation}
    assert {row["roomStay"]["linkCode"] for row in rows} == {stay.confirmation}
    assert sum(row["roomStay"]["totalAmount"]["amount"] for row in rows) == stay.record.total / 100


def test_a_stay_in_two_room_types_is_one_reservation_with_both(partner: Partner) -> None:
    stay = next(s for s in partner.vendor.tenant.stays() if len({line.room_type for line in s.lines}) == 2)
    rates = partner.one(stay.id)["roomStay"]["roomRates"]
    assert list(dict.fromkeys(rate["roomType"] for rate in rates)) == [line.room_type for line in stay.lines]
    row = partner.listed(stay.id)["roomStay"]
    assert (row["arrivalDate"], row["departureDate"]) == (
        stay.arrival.isoformat(),
        stay.departure.isoformat(),
    )


def test_a_room_move_keeps_the_number(partner: Partner) -> None:
    world = partner.world
    stay = next(
        s
        for s in partner.stays(State.IN_HOUSE)
        if len(s.lines) == 1 and s.arrival < world.business_date < s.departure - timedelta(1)
    )
    start, kind = world.business_date, stay.lines[0].room_type
    ledger = RoomLedger.of(world.hotel, world.reservations())
    room = ledger.free_rooms(kind, start, stay.departure)[0]
    world.move_room(stay.number, room)
    assert partner.listed(stay.id)["roomStay"]["roomId"] == room
    assert {rate["roomId"] for rate in partner.one(stay.id)["roomStay"]["roomRates"]} == {
        stay.lines[0].room,
        room,
    }


def test_a_group_is_a_block_with_a_name(partner: Partner) -> None:
    stay = next(s for s in partner.vendor.tenant.stays() if s.record.group_code == "KALEVA")
    row, one = partner.listed(stay.id), partner.one(stay.id)
    assert row["roomStay"]["reservationBlock"]["blockName"] == "Kaleva Choir Tour"
    assert row["attachedProfiles"][0]["reservationProfileType"] == "Group"
    assert one["reservationProfiles"]["reservationProfile"][0]["reservationProfileType"] == "Group"


def test_somebody_who_shares_the_room_accompanies_the_guest(partner: Partner) -> None:
    stay = next(s for s in partner.vendor.tenant.stays() if len(s.people) == 2)
    companion = partner.vendor.tenant.names.profile(stay.people[1].id)
    row, one = partner.listed(stay.id), partner.one(stay.id)
    assert row["reservationGuest"]["accompanyGuests"][0]["profileIdList"][0]["id"] == companion
    assert [guest["primary"] for guest in one["reservationGuests"]] == [True, False]
    assert {number(found) for found in partner.search(profileId=companion)} >= {stay.id}


def test_a_hold_is_reserved_until_six_and_a_guest_without_mail_has_none(partner: Partner) -> None:
    row = partner.listed(first(partner, state=State.OPTION).id)
    assert (row["reservationStatus"], row["roomStay"]["guarantee"]["onHold"]) == ("Reserved", True)
    silent = next(s for s in partner.vendor.tenant.stays() if s.guest.email is None and not s.is_pseudo)
    assert "email" not in partner.listed(silent.id)["reservationGuest"]


def test_a_cancelled_one_tells_when_and_a_missing_one_is_204(partner: Partner) -> None:
    stay = first(partner, state=State.CANCELLED)
    cancelled = partner.one(stay.id)["cancellation"]
    assert cancelled["cancellationNo"]["type"] == "Cancellation"
    assert partner.listed(stay.id)["cancellationInfo"]["date"] == cancelled["date"]
    answer = partner.call("GET", f"{LIST}/999")
    assert (answer.status_code, answer.content) == (204, b"")


def test_notes_come_only_when_they_are_asked_for(partner: Partner) -> None:
    stay = next(s for s in partner.vendor.tenant.stays() if s.record.notes)
    assert "comments" not in partner.one(stay.id, fetchInstructions="Reservation")
    one = partner.one(stay.id, fetchInstructions=["Reservation", "Comments"])
    assert one["comments"][0]["comment"]["text"]["value"] == stay.record.notes


def test_stamps_are_the_hotels_wall_clock_unless_switched(partner: Partner) -> None:
    number_of_new = partner.world.book(
        NewReservation(arrival=date(2026, 6, 1), departure=date(2026, 6, 3), last="Lind")
    ).number
    (stay,) = partner.vendor.tenant.book.of_number(number_of_new)
    assert partner.listed(stay.id)["createDateTime"] == "2026-05-13 10:20:00.0"
    partner.switch(rfc3339=True)
    assert partner.listed(stay.id)["createDateTime"] == "2026-05-13T10:20:00+03:00"


def test_counts_may_come_as_text_and_prices_may_be_suppressed(partner: Partner) -> None:
    stay = next(s for s in partner.vendor.tenant.stays() if s.lines[0].rate_plan == "CORP")
    partner.switch(counts_as_text=True, suppressed_plans=frozenset({"CORP"}))
    row, one = partner.listed(stay.id)["roomStay"], partner.one(stay.id)["roomStay"]
    assert row["adultCount"] == one["guestCounts"]["adults"] == str(stay.lines[0].adults)
    assert row["rateSuppressed"] is True
    assert "totalAmount" not in row
    assert "total" not in one
    assert all("rates" not in rate and rate["suppressRate"] for rate in one["roomRates"])


def test_with_taxes_both_amounts_stand_beside_each_other(partner: Partner) -> None:
    stay = first(partner, state=State.CHECKED_OUT)
    partner.switch(tax_percent=10)
    total = partner.one(stay.id)["roomStay"]["total"]
    assert total["amountAfterTax"] == stay.total / 100
    assert total["amountBeforeTax"] == pytest.approx(stay.total / 110, abs=0.01)


def test_a_sandbox_lives_in_another_time(partner: Partner) -> None:
    assert partner.search(searchTypes=["Arrival"])
    partner.switch(business_date_offset=-700)
    assert partner.get("/ent/config/v1/hotels/{hotel}/operaContext")["businessDate"] == "2024-06-12"
    assert partner.search(searchTypes=["Arrival"]) == []


def test_the_channels_summary_knows_only_what_channels_sold_by_day_of_change(partner: Partner) -> None:
    path = f"{LIST}/statistics"
    rows = partner.get(path, startDate="2026-05-12", endDate=TODAY, limit=200)["checkReservations"]
    assert {row["channelCode"] for row in rows} <= {"OTA", "WHS"}
    partner.world.set_notes(first(partner, id=rows[0]["reservationId"]).number, "changed")
    again = partner.get(path, startDate=TODAY, endDate=TODAY, limit=200)["checkReservations"]
    assert rows[0]["reservationId"] in {row["reservationId"] for row in again}


def test_a_hidden_reservation_is_nowhere(partner: Partner) -> None:
    stay = first(partner, state=State.CONFIRMED)
    partner.switch(hidden=frozenset({stay.number}))
    assert partner.search(reservationIdList=[stay.id]) == []
    assert partner.call("GET", f"{LIST}/{stay.id}").status_code == 204
