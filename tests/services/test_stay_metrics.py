"""The hotel's figures, against what one gets by counting day by day on one's fingers."""

import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from simulator.hotel import Reservation, State
from tests.conftest import FixedClock
from tests.connected import aurora_pms
from tests.hotel_data import TODAY, HotelData, Line
from webapp.domain.booking import ACTIVE, BookingStatus
from webapp.models import Booking, Stay
from webapp.runtime import Runtime
from webapp.services import stay_metrics as metrics
from webapp.services import syncing
from webapp.services.stay_metrics import DeskStay


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    return HotelData(hub)


def guests(visits: tuple[DeskStay, ...]) -> list[str]:
    return [visit.guest_last for visit in visits]


def arrivals(hotel: HotelData, offset: int = 0) -> tuple[DeskStay, ...]:
    with hotel.runtime.reading() as session:
        return metrics.arrivals(session, hotel.connection_id, hotel.day(offset))


def departures(hotel: HotelData, offset: int = 0) -> tuple[DeskStay, ...]:
    with hotel.runtime.reading() as session:
        return metrics.departures(session, hotel.connection_id, hotel.day(offset))


def in_house(hotel: HotelData) -> tuple[DeskStay, ...]:
    with hotel.runtime.reading() as session:
        return metrics.in_house(session, hotel.connection_id, hotel.today)


def sold(
    hotel: HotelData, first: int = 0, nights: int = 7, room_type_id: str | None = None
) -> tuple[int, ...]:
    with hotel.runtime.reading() as session:
        return metrics.sold_rooms(
            session, hotel.connection_id, hotel.day(first), nights, room_type_id=room_type_id
        )


def test_only_active_bookings_arrive_and_depart(hotel: HotelData) -> None:
    for status in BookingStatus:
        hotel.book(f"Guest {status.value}", arrival=0, nights=2, status=status)
    expected = [
        f"Guest {status.value}"
        for status in (BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT, BookingStatus.CONFIRMED)
    ]
    assert guests(arrivals(hotel)) == expected
    assert guests(departures(hotel, 2)) == expected
    assert arrivals(hotel, 1) == ()


def test_a_departure_day_is_free_for_the_next_guest(hotel: HotelData) -> None:
    hotel.book(arrival=0, nights=2)
    assert sold(hotel) == (1, 1, 0, 0, 0, 0, 0)


def test_an_option_sells_its_room_only_while_it_holds_one(hotel: HotelData) -> None:
    hotel.book("Asking", status="inquiry", nights=1)
    hotel.book("Holding", status="inquiry", nights=3, holds_room=True)
    assert sold(hotel, nights=4) == (1, 1, 1, 0)
    assert arrivals(hotel) == ()


def test_a_room_move_is_neither_an_arrival_nor_a_departure(hotel: HotelData) -> None:
    moved = (Line(-2, 2, room="204", status="checked_out"), Line(0, 3, room="305", status="checked_in"))
    hotel.book("Mover", status="checked_in", lines=moved)
    assert arrivals(hotel) == ()
    assert departures(hotel) == ()
    assert guests(arrivals(hotel, -2)) == ["Mover"]
    (visit,) = in_house(hotel)
    assert (visit.room, visit.arrival, visit.departure) == ("305", hotel.day(-2), hotel.day(3))
    assert metrics.is_stayover(visit, hotel.today)
    assert sold(hotel, -2, 6) == (1, 1, 1, 1, 1, 0)


def test_a_move_later_in_the_stay_counts_one_room_in_house(hotel: HotelData) -> None:
    hotel.book("Mover", status="checked_in", lines=(Line(-1, 3, room="1"), Line(2, 2, room="2")))
    (visit,) = in_house(hotel)
    assert (visit.room, visit.nights) == ("1", 5)


def test_two_rooms_of_one_booking_are_two_arrivals(hotel: HotelData) -> None:
    hotel.book("Family", lines=(Line(0, 2, room="1"), Line(0, 2, room="2", unit="2", children=2)))
    assert [visit.room for visit in arrivals(hotel)] == ["1", "2"]
    assert sum(visit.people for visit in arrivals(hotel)) == 6


def test_a_stay_with_a_gap_is_two_visits(hotel: HotelData) -> None:
    hotel.book("Twice", status="checked_in", lines=(Line(-2, 2), Line(3, 2, status="confirmed")))
    assert guests(departures(hotel)) == ["Twice"]
    assert guests(arrivals(hotel, 3)) == ["Twice"]


def test_in_house_is_who_is_checked_in_even_past_the_departure_date(hotel: HotelData) -> None:
    hotel.book("Overdue", arrival=-3, nights=2, status="checked_in")
    hotel.book("Late", arrival=-1, nights=3, status="confirmed")
    assert guests(in_house(hotel)) == ["Overdue"]


def test_bookings_gone_at_the_provider_count_nowhere(hotel: HotelData) -> None:
    hotel.book("Gone", status="checked_in", gone=True)
    assert (arrivals(hotel), departures(hotel, 2), in_house(hotel)) == ((), (), ())
    assert sum(sold(hotel)) == 0


def test_a_shadow_is_counted_by_nobody(hub: Runtime, hotel: HotelData) -> None:
    shadow = HotelData(hub, name="New PMS", role="shadow")
    shadow.book("Shadow")
    with hub.reading() as session:
        assert metrics.primary_connection_id(session) == hotel.connection_id
    assert arrivals(hotel) == ()


def test_an_archived_connection_is_no_primary(hub: Runtime, hotel: HotelData) -> None:
    hotel.connection(archived_at=hub.clock())
    with hub.reading() as session:
        assert metrics.primary_connection_id(session) is None


def test_a_long_stay_is_sold_wherever_the_window_lies(hotel: HotelData) -> None:
    hotel.book("Resident", arrival=-400, nights=800, status="checked_in")
    assert sold(hotel, -500, 3) == (0, 0, 0)
    assert sold(hotel, -401, 3) == (0, 1, 1)
    assert sold(hotel, 0, 2) == (1, 1)
    assert sold(hotel, 398, 4) == (1, 1, 0, 0)


def test_rooms_are_known_only_when_every_type_tells_its_number(hotel: HotelData) -> None:
    hotel.rooms(20, days=3, room_type="Double")
    hotel.rooms(10, days=2, room_type="Suite")
    with hotel.runtime.reading() as session:
        known = metrics.rooms_for_sale(session, hotel.connection_id, hotel.today, 4)
        suites = metrics.rooms_for_sale(session, hotel.connection_id, hotel.today, 3, room_type_id="Suite")
    assert known == (30, 30, 20, None)
    assert suites == (10, 10, None)


def test_a_provider_that_does_not_tell_totals_leaves_them_unknown(hotel: HotelData) -> None:
    hotel.rooms(20, days=2, room_type="Double")
    hotel.rooms(None, days=2, room_type="Suite", available=3)
    with hotel.runtime.reading() as session:
        assert metrics.rooms_for_sale(session, hotel.connection_id, hotel.today, 2) == (None, None)


def test_names_are_in_order_and_rooms_of_one_type_can_be_counted_alone(hotel: HotelData) -> None:
    hotel.book("Zweig", room_type="Suite", nights=1)
    hotel.book("adler", nights=1)
    hotel.book("Berg", nights=1)
    assert guests(arrivals(hotel)) == ["adler", "Berg", "Zweig"]
    assert sold(hotel, nights=1) == (3,)
    assert sold(hotel, nights=1, room_type_id="suite") == (1,)


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_agrees_with_a_count_day_by_day(hub: Runtime, seed: int) -> None:
    hotel = HotelData(hub)
    _fill_at_random(hotel, random.Random(seed))  # noqa: S311  # only to be repeatable
    with hub.reading() as session:
        lines = session.execute(
            select(Stay, Booking.holds_room)
            .join(Booking, Booking.id == Stay.booking_id)
            .where(Booking.gone_at.is_(None), Stay.connection_id == hotel.connection_id)
        ).all()
        for offset in range(-6, 7):
            day = hotel.day(offset)
            covered = [
                stay for stay, _ in lines if stay.arrival <= day < stay.departure and stay.status in ACTIVE
            ]
            coming = metrics.arrivals(session, hotel.connection_id, day)
            here = metrics.covering(session, hotel.connection_id, day)
            staying = [visit for visit in here if visit.arrival < day]
            assert len(here) == len(covered)
            # Day rooms arrive without staying the night.
            assert len([visit for visit in coming if visit.nights]) + len(staying) == len(here)
            yesterday = metrics.covering(session, hotel.connection_id, day - timedelta(days=1))
            leaving = [
                visit for visit in metrics.departures(session, hotel.connection_id, day) if visit.nights
            ]
            assert len(yesterday) - len(leaving) == len(staying)
        expected = tuple(_sold_by_hand(lines, hotel.day(offset)) for offset in range(-6, 8))
        assert metrics.sold_rooms(session, hotel.connection_id, hotel.day(-6), 14) == expected
        present = metrics.in_house(session, hotel.connection_id, TODAY)
        units = {(stay.booking_id, stay.unit) for stay, _ in lines if stay.status == "checked_in"}
    assert {(visit.booking_id, visit.unit) for visit in present} == units


def _sold_by_hand(lines: list[tuple[Stay, bool]], night: date) -> int:
    return sum(
        stay.arrival <= night < stay.departure
        and (stay.status in ACTIVE or (stay.status == "inquiry" and holds))
        for stay, holds in lines
    )


def _fill_at_random(hotel: HotelData, chance: random.Random) -> None:
    """Single rooms, moves, splits with a gap, several units, options and day rooms, in every status."""
    for _ in range(60):
        start, nights = chance.randint(-9, 7), chance.randint(0, 5)
        status = chance.choice([*BookingStatus, BookingStatus.CONFIRMED])
        lines: list[Line] = []
        for unit in range(1, chance.choice([1, 1, 1, 2]) + 1):
            at = start
            for part in range(chance.choice([1, 1, 2, 3])):
                length = nights if part == 0 else chance.randint(1, 3)
                lines.append(Line(at, length, room=f"{part}", unit=str(unit)))
                at += max(length, 1) + chance.choice([0, 0, 2]) if length else 1
        hotel.book(
            status=status.value, lines=lines, gone=chance.random() < 0.1, holds_room=chance.random() < 0.5
        )


def test_a_synced_hotel_has_the_figures_of_the_pretend_one(hub: Runtime, clock: FixedClock) -> None:
    clock.advance(minutes=1)
    with aurora_pms() as aurora:
        aurora.connect(hub)
        with hub.reading() as session:
            connection_id = metrics.primary_connection_id(session)
        assert connection_id is not None
        syncing.sync_once(hub, connection_id, trigger="first")
        told = aurora.server.world.reservations()
    with hub.reading() as session:
        for offset in range(-7, 8):
            day = TODAY + timedelta(days=offset)
            found = (
                metrics.arrivals(session, connection_id, day),
                metrics.departures(session, connection_id, day),
            )
            assert tuple(map(len, found)) == _comings_and_goings(told, day)
        here = {(one.number, line.unit) for one in told for line in one.lines if line.state is State.IN_HOUSE}
        assert len(metrics.in_house(session, connection_id, TODAY)) == len(here)
        expected = [
            sum(
                line.state in PRESENT | {State.OPTION} and line.covers(hotel_night)
                for one in told
                for line in one.lines
            )
            for hotel_night in (TODAY + timedelta(days=place) for place in range(14))
        ]
        assert list(metrics.sold_rooms(session, connection_id, TODAY, 14)) == expected


PRESENT = {State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT}


def _comings_and_goings(told: list[Reservation], day: date) -> tuple[int, int]:
    """Lines that begin or end on `day`, less those where a guest only changes rooms."""
    coming = going = 0
    for one in told:
        lines = [line for line in one.lines if line.state in PRESENT]
        begins = {line.unit for line in lines if line.arrival == day}
        ends = {line.unit for line in lines if line.departure == day}
        coming += len(begins - ends)
        going += len(ends - begins)
    return coming, going
