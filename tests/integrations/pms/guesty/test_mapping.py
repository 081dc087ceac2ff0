"""From Guesty's reservations and guests to the hub's words."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integrations.pms.guesty.samples import (
    BOOKED,
    GONE,
    HARBOUR,
    HARBOUR_2,
    MARA,
    MOVED,
    NOW,
    RAVI,
    SEASIDE,
    Places,
    old_row,
    row,
    sample,
)
from webapp.domain.booking import Booking, BookingStatus
from webapp.integrations.kit.unreadable import Unreadable
from webapp.integrations.pms.guesty.generations import STATUSES as ASKED
from webapp.integrations.pms.guesty.mapping import STATUSES, Told, booking_of, guest_of, total_of
from webapp.integrations.pms.guesty.reservation import of_legacy, of_v3

GUESTS = {MARA: sample("guests")["results"][0], RAVI: sample("guests")["results"][1]}


def booking(identity: str = BOOKED, *, derive_at: datetime | None = None, **changes: Any) -> Booking:
    found = of_v3(row(identity, **changes))
    return booking_of(found, Told(GUESTS.get(found.guest_id), None, "EUR", derive_at), Places())


def stay_status(**changes: Any) -> BookingStatus:
    return booking(**changes).status


def test_a_reservation_of_version_3_is_a_booking() -> None:
    found = booking()
    assert (found.external_id, found.confirmation_number, found.source) == (
        BOOKED,
        "GY-abc123",
        "booking.com",
    )
    assert (found.status, found.raw_status, found.currency) == (BookingStatus.CONFIRMED, "confirmed", "EUR")
    (stay,) = found.stays
    assert (stay.arrival, stay.departure) == (date(2026, 12, 4), date(2026, 12, 7))
    assert (stay.room_type_id, stay.room_type, stay.room) == (HARBOUR, "Harbour rooms", "HR-2")
    assert (stay.adults, stay.children, stay.rate_plan_id) == (2, 2, "66f0c0ffee0000000000d001")
    assert (found.guests[0].external_id, found.guests[0].last_name) == (MARA, "Lindqvist")
    assert found.notes == "Late arrival\nCot"
    assert found.updated_at == datetime(2026, 11, 20, 16, 40, 12, tzinfo=UTC)
    assert found.total_minor is None


def test_a_reservation_of_the_older_version_has_its_guest_and_money_with_it() -> None:
    found = booking_of(of_legacy(old_row()), Told(None, None, "SEK"), Places())
    assert (found.external_id, found.source) == (BOOKED, "Booking.com")
    assert (found.total_minor, found.balance_minor, found.currency) == (42_050, 12_050, "EUR")
    assert (found.guests[0].first_name, found.guests[0].last_name) == ("Mara", "Lindqvist van Dijk")
    assert found.updated_at == datetime(2026, 11, 20, 16, 40, 12, tzinfo=UTC)
    (stay,) = found.stays
    assert (stay.room_type_id, stay.room_type, stay.adults) == (SEASIDE, "Seaside 4", 2)


def test_ids_are_read_under_all_three_names() -> None:
    assert [of_v3(one).id for one in sample("by_ids")] == [BOOKED, MOVED, GONE]


def test_a_moved_guest_has_lines_of_one_unit_in_order() -> None:
    found = booking(MOVED)
    assert [(stay.line, stay.unit, stay.room_type_id, stay.arrival) for stay in found.stays] == [
        ("1", "1", HARBOUR, date(2026, 12, 2)),
        ("2", "1", SEASIDE, date(2026, 12, 6)),
    ]
    assert found.group_ref == "66f0c0ffee0000000000f001"


def test_segments_of_the_same_nights_are_units_of_their_own() -> None:
    part = {"checkInDateLocalized": "2026-12-02", "checkOutDateLocalized": "2026-12-06", "guestsCount": 1}
    stays = [{**part, "unitTypeId": HARBOUR, "unitId": HARBOUR_2}, {**part, "unitTypeId": SEASIDE}]
    assert [stay.unit for stay in booking(MOVED, stay=stays).stays] == ["1", "2"]


@pytest.mark.parametrize("word", [*ASKED, "checked_in", "checked_out"])
def test_every_status_has_a_meaning(word: str) -> None:
    assert stay_status(status=word) is STATUSES[word]


@pytest.mark.parametrize(
    ("word", "holds"),
    [("reserved", True), ("inquiry", False), ("awaiting_payment", False), ("confirmed", False)],
)
def test_only_a_reserved_inquiry_holds_its_dates(word: str, holds: bool) -> None:
    assert booking(status=word).holds_room is holds


def test_a_word_that_guesty_adds_later_is_an_inquiry_with_its_word() -> None:
    found = booking(status="pre_approved")
    assert (found.status, found.raw_status) == (BookingStatus.INQUIRY, "pre_approved")


@pytest.mark.parametrize(
    ("mark", "status"),
    [
        ("checked_in", BookingStatus.CHECKED_IN),
        ("checked_out", BookingStatus.CHECKED_OUT),
        ("no_show", BookingStatus.NO_SHOW),
        ("not_set", BookingStatus.CONFIRMED),
        ("something_new", BookingStatus.CONFIRMED),
    ],
)
def test_a_mark_of_the_front_desk_wins_over_the_word_of_a_confirmed_one(
    mark: str, status: BookingStatus
) -> None:
    assert stay_status(guestStay={"status": mark}) is status


def test_a_mark_of_a_cancelled_one_means_nothing() -> None:
    found = booking(GONE)
    assert (found.status, found.raw_status) == (BookingStatus.CANCELLED, "canceled")
    assert found.cancelled_at == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_a_mark_tells_when() -> None:
    (first, _) = booking(MOVED).stays
    assert first.checked_in_at == datetime(2026, 12, 2, 15, 12, tzinfo=UTC)


def test_check_ins_are_derived_from_planned_times_only_where_that_is_wanted_and_nothing_is_marked() -> None:
    before, within, after = (
        datetime(2026, 12, day, hour, 31, tzinfo=UTC) for day, hour in ((4, 15), (4, 16), (7, 9))
    )
    assert booking(derive_at=None).status is BookingStatus.CONFIRMED
    assert booking(derive_at=before).raw_status == "confirmed"
    arrived = booking(derive_at=within)
    assert (arrived.status, arrived.raw_status) == (BookingStatus.CHECKED_IN, "confirmed, derived")
    assert arrived.stays[0].checked_in_at == datetime(2026, 12, 4, 16, 30, tzinfo=UTC)
    assert booking(derive_at=after).status is BookingStatus.CHECKED_OUT
    marked = booking(derive_at=within, guestStay={"status": "no_show"})
    assert marked.status is BookingStatus.NO_SHOW
    assert booking(derive_at=after, status="canceled").status is BookingStatus.CANCELLED


def test_planned_times_without_a_zone_are_those_of_the_listing() -> None:
    """17:30 in Tokyo is 8:30 in UTC, whatever hour the stale UTC field says; without one the listing's usual time."""

    def old(at: datetime, **changes: Any) -> BookingStatus:
        told = Told(None, None, "EUR", at)
        return booking_of(of_legacy(old_row(**changes)), told, Places()).status

    assert old(datetime(2026, 12, 4, 8, 29, tzinfo=UTC)) is BookingStatus.CONFIRMED
    assert old(datetime(2026, 12, 4, 8, 30, tzinfo=UTC)) is BookingStatus.CHECKED_IN
    assert old(datetime(2026, 12, 4, 6, 59, tzinfo=UTC), plannedArrival=None) is BookingStatus.CONFIRMED
    assert old(datetime(2026, 12, 4, 7, 0, tzinfo=UTC), plannedArrival="late") is BookingStatus.CHECKED_IN


def test_notes_that_were_not_sent_are_told_apart_from_none() -> None:
    assert of_v3(row(MOVED)).notes is None
    assert of_v3(row(BOOKED, notes={"other": ""})).notes == ""
    assert "4711" not in (of_v3(row(BOOKED)).notes or "")


@pytest.mark.parametrize(
    ("money", "total"),
    [
        ({"totalPaid": 300, "balanceDue": 120.5}, 42_050),
        ({"subTotalPrice": 400.1, "totalTaxes": 20}, 42_010),
        ({"fareAccommodation": 390, "fareCleaning": 30}, 42_000),
        ({"hostPayout": 405}, None),
        ({}, None),
    ],
)
def test_the_total_is_what_the_guest_pays(money: dict[str, Any], total: int | None) -> None:
    assert total_of(money, "EUR") == total


def test_amounts_without_cents_stay_whole() -> None:
    assert total_of({"totalPaid": 20_000, "balanceDue": 0}, "JPY") == 20_000


@pytest.mark.parametrize(
    "changes",
    [
        {"_id": ""},
        {"stay": [], "checkIn": None},
        {"stay": [{"checkInDateLocalized": "2026-12-09", "checkOutDateLocalized": "2026-12-07"}]},
        {"stay": [{"checkInDateLocalized": "soon", "checkOutDateLocalized": "2026-12-07"}]},
        {"createdAt": "yesterday"},
    ],
)
def test_what_cannot_be_read_names_the_field_and_no_value(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as unreadable:
        booking(**changes)
    assert not any(str(value) in str(unreadable.value) for value in ("soon", "yesterday", "2026-12-09"))


def test_a_booking_can_do_without_a_known_guest_or_listing() -> None:
    stay = [
        {"unitTypeId": "f" * 24, "checkInDateLocalized": "2026-12-04", "checkOutDateLocalized": "2026-12-05"}
    ]
    found = booking_of(of_v3(row(BOOKED, stay=stay)), Told(None, None, "EUR", NOW), Places())
    assert (found.guests[0].external_id, found.guests[0].last_name, found.stays[0].room_type) == (
        MARA,
        "",
        "",
    )


def test_guests_are_read_with_whatever_names_they_come() -> None:
    mara, ravi = guest_of(GUESTS[MARA]), guest_of(GUESTS[RAVI])
    assert mara is not None
    assert (mara.first_name, mara.last_name, mara.country, mara.language) == ("Mara", "Lindqvist", "SE", "sv")
    assert ravi is not None
    assert (ravi.external_id, ravi.first_name, ravi.last_name, ravi.country) == (RAVI, "Ravi", "", "")
    assert (ravi.email, ravi.phone) == ("ravi-relay@guest.example", "")
    assert guest_of({"fullName": "Nobody"}) is None
    bare = guest_of({"_id": MARA, "guestEmail": "m@example.org", "guestPhone": "1"})
    assert bare is not None
    assert (bare.email, bare.phone) == ("m@example.org", "1")
