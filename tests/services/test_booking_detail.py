"""One booking: its people, the story of its rooms, its money, and what was told of it."""

import pytest

from tests.conftest import FixedClock
from tests.hotel_data import HotelData, Line
from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType
from webapp.runtime import Runtime
from webapp.services import bookings
from webapp.services.booking_detail import BookingDetail, NightView


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    return HotelData(hub)


def detail(hotel: HotelData, public_id: str) -> BookingDetail:
    with hotel.runtime.reading() as session:
        found = bookings.detail(session, public_id)
    assert found is not None
    return found


def test_an_unknown_id_is_nobody(hotel: HotelData) -> None:
    with hotel.runtime.reading() as session:
        assert bookings.detail(session, "bk_none") is None


def test_a_booking_of_an_archived_connection_is_not_shown(hotel: HotelData, clock: FixedClock) -> None:
    booking = hotel.book()
    hotel.connection(archived_at=clock.now)
    with hotel.runtime.reading() as session:
        assert bookings.detail(session, booking) is None


def test_the_rooms_are_told_as_a_story_per_unit(hotel: HotelData) -> None:
    booking = hotel.book(
        status="checked_in",
        lines=(
            Line(2, 2, room="305", status="confirmed"),
            Line(0, 2, room="204"),
            Line(0, 4, room="206", unit="2", children=1),
        ),
    )
    first, second = detail(hotel, booking).units
    assert [(line.room, line.length, line.status) for line in first.lines] == [
        ("204", 2, BookingStatus.CHECKED_IN),
        ("305", 2, BookingStatus.CONFIRMED),
    ]
    assert [(line.room, line.children) for line in second.lines] == [("206", 1)]


def test_money_is_told_per_night_and_as_a_whole(hotel: HotelData) -> None:
    booking = hotel.book(nights=2, total=30_000, balance=10_000, money=[(20_000, 18_000), (10_000, None)])
    found = detail(hotel, booking)
    assert (found.total_minor, found.paid_minor, found.balance_minor) == (30_000, 20_000, 10_000)
    assert found.units[0].lines[0].nights == (
        NightView(hotel.day(0), 20_000, 18_000),
        NightView(hotel.day(1), 10_000, None),
    )
    assert not found.has_spread_nights


def test_amounts_the_provider_does_not_tell_stay_unknown(hotel: HotelData) -> None:
    found = detail(hotel, hotel.book(total=None, balance=None))
    assert (found.paid_minor, found.units[0].lines[0].nights) == (None, ())


def test_nights_that_were_spread_are_flagged(hotel: HotelData) -> None:
    assert detail(hotel, hotel.book(money=[(100, None), (100, None)], spread=True)).has_spread_nights


def test_people_come_with_their_profile_where_there_is_one(hotel: HotelData) -> None:
    booking = hotel.book(
        "Keller", "Anna", guests=[("Karl", "Keller")], email="a@example.org", phone="+41", vip=True
    )
    anna, karl = detail(hotel, booking).guests
    assert (anna.first_name, anna.email, anna.phone, anna.is_vip, anna.role) == (
        "Anna", "a@example.org", "+41", True, "booker",
    )  # fmt: skip
    assert (karl.first_name, karl.email, karl.is_vip, karl.role) == ("Karl", "", False, "guest")


def test_facts_are_told_newest_first_with_their_occurrence(hotel: HotelData) -> None:
    booking = hotel.book()
    hotel.fact(booking, "guest.checkin")
    hotel.fact(booking, "guest.checkin", occurrence=2)
    assert [(fact.type, fact.occurrence) for fact in detail(hotel, booking).facts] == [
        (FactType.GUEST_CHECKIN, 2),
        (FactType.GUEST_CHECKIN, 1),
    ]
