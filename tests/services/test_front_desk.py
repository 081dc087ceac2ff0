"""The dashboard's day: figures, first rows, nights and ages, with few statements however large the hotel."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.cast import Statements
from tests.hotel_data import TODAY, HotelData
from webapp.domain.booking import BookingStatus
from webapp.runtime import Runtime
from webapp.services import front_desk
from webapp.services.front_desk import Desk, NightView


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    hotel = HotelData(hub)
    hotel.synced("bookings", 3)
    return hotel


def desk_of(hub: Runtime) -> Desk:
    with hub.reading() as session:
        return front_desk.today(session, TODAY, hub.clock())


def test_without_a_primary_connection_nothing_is_claimed(hub: Runtime) -> None:
    HotelData(hub, role="shadow").book()
    desk = desk_of(hub)
    assert (desk.primary, desk.arrivals, desk.nights) == (None, None, ())
    assert len(desk.connections) == 1


def test_the_day_is_told_in_those_who_are_due_and_those_who_are_done(hub: Runtime, hotel: HotelData) -> None:
    hotel.book("Coming", arrival=0)
    hotel.book("Come", arrival=0, status="checked_in")
    hotel.book("Day guest", arrival=0, nights=0, status="checked_out")
    hotel.book("Leaving", arrival=-2, nights=2, status="checked_in")
    hotel.book("Left", arrival=-2, nights=2, status="checked_out")
    hotel.book("Never came", arrival=-2, nights=2, status="confirmed")
    hotel.book("Staying", arrival=-1, nights=3, status="checked_in")
    desk = desk_of(hub)
    assert desk.arrivals is not None
    assert desk.departures is not None
    assert desk.in_house is not None
    assert (desk.arrivals.total, desk.arrivals.waiting, desk.arrivals.done) == (3, 1, 2)
    assert (desk.departures.total, desk.departures.waiting, desk.departures.done) == (4, 1, 2)
    assert (desk.in_house.total, desk.in_house.people, desk.stayovers) == (3, 6, 1)


def test_the_first_rows_are_those_still_to_be_served(hub: Runtime, hotel: HotelData) -> None:
    for number in range(6):
        hotel.book(f"Arrived {number}", status="checked_in")
        hotel.book(f"Waiting {number}")
    arrivals = desk_of(hub).arrivals
    assert arrivals is not None
    assert [row.guest_last for row in arrivals.rows] == [
        *(f"Waiting {number}" for number in range(6)),
        "Arrived 0",
        "Arrived 1",
    ]
    assert arrivals.total == 12
    assert {row.status for row in arrivals.rows} == {BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN}


def test_nights_have_a_percentage_only_where_rooms_are_known(hub: Runtime, hotel: HotelData) -> None:
    hotel.book(arrival=0, nights=3)
    hotel.rooms(8, days=2)
    nights = desk_of(hub).nights
    assert len(nights) == front_desk.NIGHTS
    assert nights[:4] == (
        NightView(hotel.day(0), 1, 8),
        NightView(hotel.day(1), 1, 8),
        NightView(hotel.day(2), 1, None),
        NightView(hotel.day(3), 0, None),
    )
    assert [night.percent for night in nights[:3]] == [12, 12, None]


def test_before_the_first_sync_zeros_are_not_shown_as_knowledge(hub: Runtime) -> None:
    hotel = HotelData(hub)
    hotel.connection(last_good_at=None)
    assert desk_of(hub).is_waiting


def test_each_kind_of_data_has_its_own_age(hub: Runtime, hotel: HotelData) -> None:
    hotel.synced("availability", 20)
    desk = desk_of(hub)
    assert desk.bookings_as_of is not None
    assert desk.rooms_as_of is not None
    assert (desk.bookings_as_of - desk.rooms_as_of).total_seconds() == 17 * 60


def test_a_large_hotel_costs_no_more_statements_than_an_empty_one(
    hub: Runtime, hotel: HotelData, count_queries: Callable[[Runtime], AbstractContextManager[Statements]]
) -> None:
    with count_queries(hub) as empty:
        desk_of(hub)
    hotel.fill(3_000, years=1)
    with count_queries(hub) as full:
        desk = desk_of(hub)
    assert desk.in_house is not None
    assert desk.in_house.total > 10
    assert len(full) == len(empty) <= 8
