"""The adapter over the pretend Mews: a hotel and its days arrive as they are."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from simulator.hotel import NewReservation, State
from tests.conftest import FixedClock
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.mews.samples import (
    records,
)
from tests.integrations.providers import BUSINESS_DATE, Running, mews
from webapp.domain.booking import BookingStatus
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Caches
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.pms.mews.adapter import Adapter


@pytest.fixture
def running(clock: FixedClock) -> Iterator[Running]:
    with mews() as pretend:
        clock.now = pretend.world.clock.now()
        yield pretend


@pytest.fixture
def live(running: Running, make_client: MakeClient, caches: Caches) -> Adapter:
    return Adapter(running.good, make_client(running.base_url), caches)


def wide(clock: FixedClock) -> Window:
    days = timedelta(days=400)
    return Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE - days, BUSINESS_DATE + days)


def test_rooms_of_one_reservation_arrive_as_a_group(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    found = {
        booking.external_id: booking for booking in records(live.fetch(Stream.BOOKINGS, wide(clock), None))
    }
    together = [item for item in running.world.reservations() if running.telling.further_ids(item)]
    assert together
    for reservation in together:
        bookings = [
            found[one]
            for one in (
                running.telling.booking_id(reservation.number),
                *running.telling.further_ids(reservation),
            )
        ]
        assert len({booking.group_ref for booking in bookings}) == 1
        assert sum(booking.total_minor or 0 for booking in bookings) == reservation.total
        assert min(booking.arrival for booking in bookings) == reservation.arrival
        assert max(booking.departure for booking in bookings) == reservation.departure


def test_amounts_rooms_and_people_arrive_as_they_are(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    found = {
        booking.external_id: booking for booking in records(live.fetch(Stream.BOOKINGS, wide(clock), None))
    }
    hotel = running.world.hotel
    plain = [
        item
        for item in running.world.reservations()
        if len(item.lines) == 1
        and item.state in {State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT, State.OPTION}
    ]
    assert len(plain) > 100
    for reservation in plain:
        booking = found[running.telling.booking_id(reservation.number)]
        (stay,), (line,) = booking.stays, reservation.lines
        assert booking.total_minor == reservation.total
        assert (stay.adults, stay.children, stay.room or None) == (line.adults, line.children, line.room)
        assert stay.room_type_id == running.telling.room_type_id(line.room_type)
        assert len(booking.guests) == 1 + len(reservation.sharer_ids)
        if not hotel.rate_plan(line.rate_plan).breakfast:  # breakfast is an extra beside the night
            assert tuple(gross for gross, _ in stay.nights) == line.nightly


def test_what_the_front_desk_does_comes_with_the_next_delta(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    world, since = running.world, clock()
    world.clock.shift(timedelta(hours=1))
    made = world.book(
        NewReservation(arrival=BUSINESS_DATE, departure=BUSINESS_DATE + timedelta(days=2), last="Lind")
    )
    world.check_in(made.number)
    clock.now = world.horizon()
    delta = Window(Mode.DELTA, since, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=1))
    news = {booking.external_id: booking for booking in records(live.fetch(Stream.BOOKINGS, delta, None))}
    arrived = news[running.telling.booking_id(made.number)]
    assert arrived.status is BookingStatus.CHECKED_IN
    assert arrived.stays[0].checked_in_at is not None
    guests = records(live.fetch(Stream.GUESTS, delta, None))
    assert "Lind" in {guest.last_name for guest in guests}


def test_guests_of_the_chain_that_never_came_stay_away(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    ours = running.telling.guest_ids(running.world)
    for mode, since in ((Mode.BACKFILL, None), (Mode.DELTA, clock() - timedelta(days=60))):
        asked = Window(mode, since, clock(), BUSINESS_DATE - timedelta(400), BUSINESS_DATE + timedelta(400))
        assert {guest.external_id for guest in records(live.fetch(Stream.GUESTS, asked, None))} <= ours


def test_free_rooms_are_those_of_the_hotel(running: Running, live: Adapter, clock: FixedClock) -> None:
    asked = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=20))
    days = records(live.fetch(Stream.AVAILABILITY, asked, None))
    kinds = {running.telling.room_type_id(kind.code): kind for kind in running.world.hotel.room_types}
    assert {day.room_type_id for day in days} == set(kinds)
    for day in days:
        assert day.total == kinds[day.room_type_id].rooms
        assert day.available <= day.total


def test_a_foreign_cursor_starts_at_the_beginning(live: Adapter, clock: FixedClock) -> None:
    asked = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=20))
    for stream in Stream:
        assert records(live.fetch(stream, asked, "12|page:3")) == records(live.fetch(stream, asked, None))


def test_an_expired_cursor_is_refused_and_not_taken_for_the_end(live: Adapter, clock: FixedClock) -> None:
    asked = wide(clock)
    place = '{"p":"stays","s":"2026-07-01T00:00:00Z","d":2592000.0,"t":"not-a-cursor"}'
    with pytest.raises(ContractBroken):
        list(live.fetch(Stream.BOOKINGS, asked, place))
