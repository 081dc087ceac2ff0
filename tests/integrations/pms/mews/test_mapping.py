"""Reservations, people and profiles of Mews in the hub's words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integrations.pms.mews.samples import (
    ANA,
    ASKED,
    BEN,
    BOOKED,
    CANCELLED,
    CARL,
    CLEO,
    DOUBLE,
    ERASED,
    HELD,
    HOUSE,
    IN_HOUSE,
    LEFT,
    NO_SHOW,
    OF_COMPANY,
    WAITING,
    names,
    parts,
    reservation,
    rows,
)
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.guest import Guest
from webapp.integrations.pms.mews.mapping import STATUSES, Parts, booking_of, guest_of, status_of
from webapp.integrations.pms.mews.shapes import Customer


def booking(number: str = BOOKED, **changes: Any) -> Booking:
    return booking_of(reservation(number, **changes), parts(), names())


def customer(identity: str) -> Customer:
    return next(row for row in rows("customers", "Customers", Customer) if row.id == identity)


def test_a_reservation_is_a_booking_of_one_room() -> None:
    found = booking()
    (stay,) = found.stays
    assert (found.external_id, found.confirmation_number, found.status) == (
        BOOKED,
        "1042",
        BookingStatus.CONFIRMED,
    )
    assert (stay.arrival, stay.departure) == (date(2026, 7, 20), date(2026, 7, 23))
    assert (stay.room_type_id, stay.room_type, stay.room, stay.rate_plan) == (
        DOUBLE,
        "Double",
        "214",
        "Best available",
    )
    assert found.updated_at == datetime(2026, 7, 10, 17, 1, 2, tzinfo=UTC)
    assert found.created_at == datetime(2026, 6, 30, 9, 12, 44, tzinfo=UTC)
    assert found.raw_status == "Confirmed"
    assert found.balance_minor is None


def test_rooms_booked_together_share_their_group() -> None:
    assert booking(BOOKED).group_ref == booking(HELD).group_ref != ""


def test_every_age_below_adult_counts_as_a_child() -> None:
    (stay,) = booking().stays
    assert (stay.adults, stay.children) == (2, 2)
    (unknown,) = booking(PersonCounts=[{"AgeCategoryId": "new", "Count": 3}]).stays
    assert (unknown.adults, unknown.children) == (3, 0)


@pytest.mark.parametrize(
    ("number", "status", "holds", "word"),
    [
        (BOOKED, BookingStatus.CONFIRMED, False, "Confirmed"),
        (IN_HOUSE, BookingStatus.CHECKED_IN, False, "Started"),
        (LEFT, BookingStatus.CHECKED_OUT, False, "Processed"),
        (CANCELLED, BookingStatus.CANCELLED, False, "Canceled (RequestedByGuest)"),
        (NO_SHOW, BookingStatus.NO_SHOW, False, "Canceled (NoShow)"),
        (HELD, BookingStatus.INQUIRY, True, "Optional"),
        (WAITING, BookingStatus.INQUIRY, False, "Requested"),
        (ASKED, BookingStatus.INQUIRY, False, "Inquired"),
    ],
)
def test_every_state_has_its_meaning(number: str, status: BookingStatus, holds: bool, word: str) -> None:
    found = booking(number)
    assert (found.status, found.holds_room, found.raw_status) == (status, holds, word)
    assert found.stays[0].status is status


def test_a_state_of_tomorrow_is_an_inquiry_that_can_be_counted() -> None:
    odd = reservation(BOOKED, State="Teleported")
    assert status_of(odd) == (BookingStatus.INQUIRY, False)
    assert odd.state not in STATUSES
    assert booking(BOOKED, State="Teleported").raw_status == "Teleported"


def test_days_are_those_of_the_hotel() -> None:
    (stay,) = booking(IN_HOUSE).stays  # 23:30 in UTC is half past midnight in Lisbon's summer
    assert stay.arrival == date(2026, 7, 13)
    assert stay.checked_in_at == datetime(2026, 7, 13, 0, 40, tzinfo=UTC)


def test_who_leaves_early_leaves_on_that_day() -> None:
    (stay,) = booking(LEFT).stays
    assert (stay.arrival, stay.departure) == (date(2026, 7, 1), date(2026, 7, 3))
    assert stay.nights == ((10000, 9434), (11000, 10377))
    (late,) = booking(LEFT, ActualEndUtc="2026-07-05T22:00:00Z").stays
    assert late.departure == date(2026, 7, 5)


def test_the_main_guest_comes_before_companions_and_the_booker_last() -> None:
    people = booking().guests
    assert [(person.external_id, person.role) for person in people] == [
        (ANA, "guest"),
        (BEN, "guest"),
        (CARL, "booker"),
    ]
    assert (people[0].first_name, people[0].last_name, people[0].email) == (
        "Ana",
        "Madeup Silva",
        "ana@example.org",
    )


def test_who_is_checked_in_is_told_for_everybody() -> None:
    assert [person.is_checked_in for person in booking().guests] == [False, False, None]
    (twin,) = booking(IN_HOUSE).guests
    assert twin.is_checked_in is True
    some = {"OwnerCheckedIn": True, "AllCompanionsCheckedIn": False, "AnyCompanionCheckedIn": True}
    assert [person.is_checked_in for person in booking(BOOKED, Options=some).guests] == [True, None, None]
    assert [person.is_checked_in for person in booking(BOOKED, Options=None).guests] == [None, None, None]


def test_a_merged_profile_is_followed_and_named_once() -> None:
    (twin,) = booking(IN_HOUSE).guests  # owned by the duplicate, accompanied by the one it became
    assert (twin.external_id, twin.first_name) == (CLEO, "Cleo")


def test_a_company_that_owns_a_reservation_is_no_person() -> None:
    (companion,) = booking(OF_COMPANY).guests
    assert (companion.external_id, companion.role) == (BEN, "guest")


def test_a_guest_whom_nobody_shows_keeps_a_place_without_a_name() -> None:
    alone = booking_of(reservation(), Parts({}, {}, {}), names())
    assert [(person.external_id, person.last_name) for person in alone.guests] == [(ANA, ""), (CARL, "")]


def test_a_deleted_guest_has_no_name_any_more() -> None:
    found = booking(BOOKED, AccountId=ERASED)
    assert (found.guests[0].external_id, found.guests[0].last_name, found.guests[0].email) == (ERASED, "", "")


@pytest.mark.parametrize(
    ("number", "source"),
    [
        (BOOKED, "Booking.com"),
        (CANCELLED, "Channel manager"),
        (IN_HOUSE, "Front desk"),
        (LEFT, "Booking engine"),
        (OF_COMPANY, "API"),
    ],
)
def test_the_source_names_the_channel_where_mews_does(number: str, source: str) -> None:
    assert booking(number).source == source


def test_a_profile_keeps_what_the_hub_uses() -> None:
    assert guest_of(customer(ANA)) == Guest(
        external_id=ANA,
        first_name="Ana",
        last_name="Madeup Silva",
        email="ana@example.org",
        phone="+351000000",
        country="PT",
        language="en-GB",
        is_vip=True,
        notes="Quiet room",
        updated_at=datetime(2026, 7, 1, 10, tzinfo=UTC),
    )


def test_only_a_last_name_is_sure_and_a_code_of_three_letters_is_no_country() -> None:
    ben = guest_of(customer(BEN))
    assert ben is not None
    assert (ben.first_name, ben.last_name, ben.country, ben.language, ben.is_vip) == (
        "",
        "Relay",
        "",
        "en-GB",
        False,
    )


def test_a_house_account_is_no_guest() -> None:
    assert guest_of(customer(HOUSE)) is None


def test_a_deleted_profile_is_emptied() -> None:
    assert guest_of(customer(ERASED)) == Guest(ERASED)


def test_a_room_that_is_newer_than_the_names_is_noticed() -> None:
    assert not names().lacks(reservation())
    assert names().lacks(reservation(BOOKED, AssignedResourceId="new"))
    assert names().lacks(reservation(BOOKED, RequestedResourceCategoryId="new"))
