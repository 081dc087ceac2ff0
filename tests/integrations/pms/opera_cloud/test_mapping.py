"""From OPERA's records to the hub's, record by record."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from tests.integrations.pms.opera_cloud.opera_samples import HOTEL, row, sample
from webapp.domain.booking import Booking, BookingGuest, BookingStatus
from webapp.domain.guest import Guest
from webapp.integrations.kit.unreadable import Unreadable
from webapp.integrations.pms.opera_cloud.hotel import Hotel
from webapp.integrations.pms.opera_cloud.mapping import booking_of, is_pseudo
from webapp.integrations.pms.opera_cloud.payloads import (
    ListedReservation,
    ProfileInfo,
    SingleAnswer,
)
from webapp.integrations.pms.opera_cloud.profile_mapping import guest_of
from webapp.integrations.pms.opera_cloud.single_mapping import as_listed


def booked(raw: dict[str, Any], hotel: Hotel = HOTEL, unmapped: Counter[str] | None = None) -> Booking:
    listed = msgspec.convert(raw, ListedReservation)
    return booking_of(listed, hotel, Counter() if unmapped is None else unmapped)


def test_a_row_of_the_list_becomes_a_booking() -> None:
    found = booked(sample("reservations")["reservations"]["reservationInfo"][0])
    (stay,) = found.stays
    assert (found.external_id, found.confirmation_number, found.group_ref) == ("990017", "70011234", "5501")
    assert (found.status, found.raw_status) == (BookingStatus.CONFIRMED, "DueIn")
    assert (found.currency, found.total_minor, found.balance_minor) == ("EUR", 38850, 2000)
    assert (stay.arrival, stay.departure) == (date(2026, 12, 4), date(2026, 12, 7))
    assert (stay.room_type_id, stay.room, stay.adults, stay.children) == ("DBLS", "214", 2, 1)
    assert found.guests == (
        BookingGuest("440021", "Ana", "Madeup", "ana@example.org", "+351000000"),
        BookingGuest("440022", "Bea", "Madeup"),
    )
    # Written by the hotel's clock, an hour and no hour ahead of UTC.
    assert found.created_at == datetime(2026, 10, 30, 9, 12, 44, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 20, 17, 1, 2, tzinfo=UTC)


def test_a_single_answer_comes_to_the_same_booking_as_the_list() -> None:
    (single,) = msgspec.convert(sample("reservation"), SingleAnswer).reservations.reservation
    alone = booking_of(as_listed(single), HOTEL, Counter())
    assert alone == booked(sample("reservations")["reservations"]["reservationInfo"][0])


@pytest.mark.parametrize(
    ("stored", "computed", "status"),
    [
        ("Requested", None, BookingStatus.INQUIRY),
        ("Waitlisted", None, BookingStatus.INQUIRY),
        ("PROSPECT", None, BookingStatus.INQUIRY),
        ("Reserved", None, BookingStatus.CONFIRMED),
        ("Reserved", "DueIn", BookingStatus.CONFIRMED),
        ("InHouse", "DueOut", BookingStatus.CHECKED_IN),
        ("IN HOUSE", None, BookingStatus.CHECKED_IN),
        ("Walkin", None, BookingStatus.CHECKED_IN),
        ("InHouse", "PendingCheckout", BookingStatus.CHECKED_IN),
        ("CheckedOut", None, BookingStatus.CHECKED_OUT),
        ("Cancelled", None, BookingStatus.CANCELLED),
        ("NO SHOW", None, BookingStatus.NO_SHOW),
    ],
)
def test_every_status_has_its_meaning(stored: str, computed: str | None, status: BookingStatus) -> None:
    found = booked(row(reservationStatus=stored, computedReservationStatus=computed))
    assert found.status is status
    assert {stay.status for stay in found.stays} == {status}


def test_a_new_word_is_counted_and_the_stored_status_stands_in() -> None:
    unmapped: Counter[str] = Counter()
    found = booked(row(reservationStatus="InHouse", computedReservationStatus="Dreaming"), unmapped=unmapped)
    assert (found.status, found.raw_status) == (BookingStatus.CHECKED_IN, "InHouse")
    assert unmapped == {"Dreaming": 1}
    found = booked(row(reservationStatus="Napping", computedReservationStatus="Dreaming"))
    assert (found.status, found.raw_status) == (BookingStatus.INQUIRY, "Dreaming")


def test_several_rooms_of_one_reservation_are_several_stays() -> None:
    found = booked(row(roomStay={"numberOfRooms": "3"}))
    assert [(stay.line, stay.unit, stay.room) for stay in found.stays] == [
        ("1", "1", ""), ("2", "2", ""), ("3", "3", ""),
    ]  # fmt: skip


def test_numbers_as_texts_and_the_other_name_of_the_room_are_read() -> None:
    stay = {"adultCount": "2", "roomId": None, "roomNumber": "0301", "totalAmount": {"amount": "99.9"}}
    found = booked(row(roomStay=stay))
    assert (found.stays[0].adults, found.stays[0].room, found.total_minor) == (2, "0301", 9990)


def test_hidden_amounts_stay_unknown() -> None:
    assert booked(row(roomStay={"rateSuppressed": True})).total_minor is None


def test_a_hotel_without_settings_has_no_currency_and_utc() -> None:
    bare = {"totalAmount": None, "rateAmount": None, "balance": None}
    found = booked(row(roomStay=bare, createDateTime="2026-07-01 09:00:00.0"), Hotel("HTL1"))
    assert (found.currency, found.total_minor) == ("XXX", None)
    assert found.created_at == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def test_a_cancellation_counts_only_while_it_is_cancelled() -> None:
    info = {"cancellationInfo": {"date": "2026-11-30", "code": "PLAN"}}
    assert booked(row(reservationStatus="Cancelled", computedReservationStatus=None, **info)).cancelled_at
    assert booked(row(**info)).cancelled_at is None


def test_a_full_name_is_taken_apart_where_nothing_else_is_told() -> None:
    found = booked(row(reservationGuest={"id": "1", "fullName": "Madeup, Ana Rosa"}))
    assert (found.guests[0].first_name, found.guests[0].last_name) == ("Ana Rosa", "Madeup")


@pytest.mark.parametrize(
    "changes",
    [
        {"reservationIdList": [{"id": "7", "type": "Confirmation"}]},
        {"hotelId": "HTL2"},
        {"roomStay": {"arrivalDate": None}},
        {"roomStay": {"departureDate": "2026-12-01"}},
        {"roomStay": {"arrivalDate": "soon"}},
        {"lastModifyDateTime": "yesterday"},
        {"roomStay": {"totalAmount": {"amount": "much", "currencyCode": "EUR"}}},
    ],
)
def test_what_cannot_be_read_is_said_without_its_value(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as error:
        booked(row(**changes) if "reservationIdList" not in changes else {**row(), **changes})
    assert not any(word in str(error.value) for word in ("soon", "yesterday", "much", "Madeup"))


def test_posting_masters_are_known() -> None:
    assert is_pseudo(msgspec.convert(row(roomStay={"pseudoRoom": True}), ListedReservation))


# --- profiles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["profile", "profileDetails"])
def test_a_profile_is_read_in_both_of_its_nestings(place: str) -> None:
    raw = sample("profiles")["profiles"]["profileInfo"][0]
    raw = {"profileIdList": raw["profileIdList"], place: raw["profile"]}
    assert guest_of(msgspec.convert(raw, ProfileInfo), HOTEL) == Guest(
        "440021",
        "Ana",
        "Madeup",
        "ana@example.org",
        "+351000000",
        country="PT",
        is_vip=True,
        updated_at=datetime(2026, 11, 1, 10, tzinfo=UTC),
    )


def test_who_was_anonymised_comes_empty() -> None:
    raw = sample("profiles")["profiles"]["profileInfo"][0]
    raw["profile"]["customer"]["anonymization"] = {"anonymizationDate": "2026-11-02"}
    found = guest_of(msgspec.convert(raw, ProfileInfo), HOTEL)
    assert (found.first_name, found.last_name, found.email, found.phone) == ("", "", "", "")
