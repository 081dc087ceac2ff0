"""Reservations of Cloudbeds as bookings of the hub."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import HOTEL, reservation
from webapp.domain.booking import Booking, BookingGuest, BookingStatus
from webapp.integrations.pms.cloudbeds.booking_mapping import booking_of, split_name
from webapp.integrations.pms.cloudbeds.payloads import ReservationRow
from webapp.integrations.pms.cloudbeds.reading import Unreadable


def mapped(row: dict[str, Any], group: str = "", unmapped: Counter[str] | None = None) -> Booking:
    counter = Counter() if unmapped is None else unmapped
    return booking_of(msgspec.convert(row, ReservationRow), HOTEL, group, counter)


def test_a_reservation_becomes_a_booking() -> None:
    booking = mapped(reservation("7400112233"), "G-7")
    assert (booking.external_id, booking.confirmation_number, booking.group_ref) == (
        "7400112233",
        "7400112233",
        "G-7",
    )
    assert (booking.status, booking.raw_status, booking.holds_room) == (
        BookingStatus.CONFIRMED,
        "confirmed",
        False,
    )
    assert (booking.currency, booking.total_minor, booking.balance_minor) == ("EUR", 42005, 12010)
    assert booking.source == "Booking.com"
    assert booking.created_at == datetime(2026, 6, 2, 8, 15, tzinfo=UTC)
    assert booking.updated_at == datetime(2026, 7, 10, 17, 40, 12, tzinfo=UTC)
    assert booking.cancelled_at is None
    (stay,) = booking.stays
    assert (stay.line, stay.unit) == ("9911", "7400112233")
    assert (stay.arrival, stay.departure) == (date(2026, 7, 20), date(2026, 7, 23))
    assert (stay.room_type_id, stay.room_type, stay.room) == ("301", "Double", "104")
    assert (stay.adults, stay.children) == (2, 1)
    assert (stay.rate_plan_id, stay.rate_plan) == ("8801", "Flexible")
    assert stay.nights == ((13000, None), (13005, None), (13000, None))


def test_the_main_guest_comes_first_and_a_mobile_number_will_do() -> None:
    main, other = mapped(reservation("7400112233")).guests
    assert main == BookingGuest(
        "55120", "Mara", "Lindqvist", "mara@example.org", "+46 70 000 00 00", is_checked_in=False
    )
    assert (other.first_name, other.phone) == ("Nils", "+46 70 111 11 11")


def test_the_room_knows_of_a_check_in_before_the_reservation_does() -> None:
    booking = mapped(reservation("7400112234"))
    assert (booking.raw_status, booking.status) == ("confirmed", BookingStatus.CHECKED_IN)
    assert booking.stays[0].status is BookingStatus.CHECKED_IN
    assert booking.guests[0].is_checked_in is True


def test_a_reversed_check_in_is_seen_on_the_room_first() -> None:
    row = reservation("7400112234") | {"status": "checked_in"}
    row["rooms"][0]["roomStatus"] = "not_checked_in"
    booking = mapped(row)
    assert (booking.status, booking.stays[0].status) == (BookingStatus.CONFIRMED, BookingStatus.CONFIRMED)


def test_one_room_in_house_makes_the_booking_checked_in_and_leaves_the_other_room_awaited() -> None:
    booking = mapped(reservation("7400112235"))
    assert booking.status is BookingStatus.CHECKED_IN
    assert [(stay.unit, stay.status, stay.room) for stay in booking.stays] == [
        ("7400112235", BookingStatus.CHECKED_IN, "106"),
        ("7400112235-1", BookingStatus.CONFIRMED, ""),
    ]
    assert [(guest.external_id, guest.stay_line, guest.is_checked_in) for guest in booking.guests] == [
        ("55140", "9913", True),
        ("55141", "9914", None),
    ]


def test_nights_without_a_price_for_each_are_left_to_the_total() -> None:
    assert mapped(reservation("7400112235")).stays[1].nights == ()


def test_a_room_move_is_two_lines_of_one_unit() -> None:
    booking = mapped(reservation("7400112236"))
    assert [(stay.line, stay.unit, stay.room, stay.status) for stay in booking.stays] == [
        ("9915", "7400112236", "101", BookingStatus.CHECKED_OUT),
        ("9916", "7400112236", "102", BookingStatus.CHECKED_IN),
    ]
    assert booking.status is BookingStatus.CHECKED_IN


def test_two_rooms_one_after_the_other_for_different_guests_are_two_units() -> None:
    row = reservation("7400112236")
    row["rooms"][1]["guestID"] = "55151"
    assert len({stay.unit for stay in mapped(row).stays}) == 2


def test_two_rooms_at_once_are_two_units_and_their_moves_are_told_apart() -> None:
    row = reservation("7400112236")
    first, second = row["rooms"]
    row["rooms"] = [
        first,
        {**first, "subReservationID": "7400112236-2", "reservationRoomID": "9920", "roomID": "301-3"},
        second,
    ]
    assert [stay.unit for stay in mapped(row).stays] == ["7400112236", "7400112236-2", "7400112236"]


def test_lines_keep_different_names_even_when_the_rooms_share_a_number() -> None:
    row = reservation("7400112236")
    for room in row["rooms"]:
        room["reservationRoomID"] = "1"
    assert [stay.line for stay in mapped(row).stays] == ["1", "1-2"]


def test_an_anonymised_guest_comes_without_a_name() -> None:
    (guest,) = mapped(reservation("7400112236")).guests
    assert (guest.external_id, guest.first_name, guest.last_name, guest.email) == ("55150", "", "", "")


def test_both_spellings_of_a_cancellation_are_known() -> None:
    booking = mapped(reservation("7400112237"))
    assert (booking.status, booking.raw_status) == (BookingStatus.CANCELLED, "canceled")
    assert booking.stays[0].status is BookingStatus.CANCELLED
    assert booking.cancelled_at == datetime(2026, 7, 1, 7, 59, 58, tzinfo=UTC)
    assert mapped(reservation("7400112237") | {"status": "cancelled"}).status is BookingStatus.CANCELLED


def test_without_a_guest_list_the_main_guest_is_named_by_the_room() -> None:
    assert mapped(reservation("7400112237")).guests == (BookingGuest("55160", "", "Cher"),)
    assert mapped(reservation("7400112239")).guests == (BookingGuest("55180", "Bo", "Vang"),)


def test_a_deleted_reservation_is_a_cancelled_booking_that_says_so() -> None:
    booking = mapped(reservation("7400112238"))
    assert (booking.status, booking.raw_status) == (BookingStatus.CANCELLED, "deleted")
    (stay,) = booking.stays
    assert (stay.arrival, stay.departure, stay.nights) == (
        date(2026, 7, 18),
        date(2026, 7, 19),
        ((9000, None),),
    )


def test_confirmation_pending_is_an_inquiry_that_holds_its_room() -> None:
    booking = mapped(reservation("7400112239"))
    assert (booking.status, booking.holds_room, booking.stays[0].status) == (
        BookingStatus.INQUIRY,
        True,
        BookingStatus.INQUIRY,
    )


@pytest.mark.parametrize("word", ["in_progress", "call2confirm", "paypal_init", "pending_payment"])
def test_ways_of_not_having_paid_are_inquiries_that_hold_nothing(word: str) -> None:
    unmapped: Counter[str] = Counter()
    booking = mapped(reservation("7400112239") | {"status": word}, unmapped=unmapped)
    assert (booking.status, booking.holds_room, dict(unmapped)) == (BookingStatus.INQUIRY, False, {})


def test_a_no_show_stays_one_although_the_room_was_never_checked_in() -> None:
    booking = mapped(reservation("7400112240"))
    assert (booking.status, booking.stays[0].status) == (BookingStatus.NO_SHOW, BookingStatus.NO_SHOW)


def test_all_rooms_left_is_checked_out_whatever_the_reservation_says() -> None:
    row = reservation("7400112235")
    for room in row["rooms"]:
        room["roomStatus"] = "checked_out"
    assert mapped(row).status is BookingStatus.CHECKED_OUT


def test_one_room_left_and_one_never_came_is_over_only_when_the_reservation_says_so() -> None:
    row = reservation("7400112235")
    row["rooms"][0]["roomStatus"] = "checked_out"
    assert mapped(row | {"status": "checked_out"}).status is BookingStatus.CHECKED_OUT
    assert mapped(row | {"status": "checked_in"}).status is BookingStatus.CONFIRMED


def test_all_rooms_cancelled_is_a_cancelled_booking() -> None:
    row = reservation("7400112235") | {"status": "confirmed"}
    for room in row["rooms"]:
        room["roomStatus"] = "cancelled"
    assert mapped(row).status is BookingStatus.CANCELLED


def test_without_words_of_the_rooms_the_reservation_is_believed() -> None:
    row = reservation("7400112234") | {"status": "checked_in"}
    row["rooms"][0]["roomStatus"] = None
    assert mapped(row).status is BookingStatus.CHECKED_IN


def test_unknown_words_are_counted_and_kept() -> None:
    row = reservation("7400112233") | {"status": "teleported"}
    row["rooms"][0]["roomStatus"] = "beamed"
    unmapped: Counter[str] = Counter()
    booking = mapped(row, unmapped=unmapped)
    assert (booking.status, booking.raw_status) == (BookingStatus.INQUIRY, "teleported")
    assert dict(unmapped) == {"teleported": 1, "room: beamed": 1}


def test_lists_may_be_maps_and_empty_maps_may_be_lists() -> None:
    row = reservation("7400112233")
    other = {
        **row,
        "rooms": {"0": row["rooms"][0]},
        "guestList": list(row["guestList"].values()),
        "detailedRates": [],
    }
    assert mapped(other) == mapped(row)
    assert mapped({**row, "guestList": []}).guests == (BookingGuest("55120", "Mara", "Lindqvist"),)


def test_numbers_may_be_texts_and_texts_numbers() -> None:
    row = reservation("7400112233")
    other = {**row, "reservationID": 7400112233, "propertyID": 901234, "total": "420.05", "guestID": 55120}
    other["rooms"] = [{**row["rooms"][0], "adults": 2, "children": 1, "roomTypeID": 301}]
    assert mapped(other) == mapped(row)


def test_stamps_without_utc_are_the_hotels_own() -> None:
    row = reservation("7400112233") | {"dateModifiedUTC": None, "dateCreatedUTC": "0000-00-00 00:00:00"}
    booking = mapped(row)
    assert booking.updated_at == datetime(2026, 7, 10, 17, 40, 12, tzinfo=UTC)
    assert booking.created_at == datetime(2026, 6, 2, 8, 15, tzinfo=UTC)


def test_amounts_keep_the_places_of_their_currency() -> None:
    row = reservation("7400112233") | {"propertyCurrency": "JPY", "total": 42000, "balance": 0.0}
    row["rooms"][0]["detailedRoomRates"] = {"2026-07-20": 14000, "2026-07-21": "14000", "2026-07-22": 14000.0}
    booking = mapped(row)
    assert (booking.total_minor, booking.balance_minor) == (42000, 0)
    assert booking.stays[0].nights == ((14000, None),) * 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reservationID": ""}, "reservationID is missing"),
        ({"propertyID": "5"}, "the reservation is of another property"),
        ({"total": "much"}, "total is not an amount"),
        ({"dateModifiedUTC": "yesterday"}, "dateModifiedUTC is not a time"),
        ({"rooms": [], "reservationCheckIn": "soon"}, "reservationCheckIn is not a date"),
        ({"rooms": [], "reservationCheckOut": ""}, "departure is missing"),
        ({"rooms": [], "reservationCheckOut": "2026-07-01"}, "departure is before arrival"),
    ],
)
def test_what_cannot_be_read_is_named_without_its_value(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as raised:
        mapped(reservation("7400112233") | change)
    assert str(raised.value) == reason


def test_names_are_split_at_the_last_blank() -> None:
    assert split_name("Ines Ruiz Peña") == ("Ines Ruiz", "Peña")
    assert split_name(" Cher ") == ("", "Cher")
    assert split_name("") == ("", "")
