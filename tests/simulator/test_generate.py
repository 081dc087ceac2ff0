from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from simulator.clock import WorldClock
from simulator.generate import HTML_NOTE, INJECTION_NOTE, _records, build_world
from simulator.hotel import SOLD, TAKING_A_ROOM, State
from simulator.people import REMARKABLE
from simulator.world import World

# Around the clock changes, a leap day and a turn of the year; each weekday is among them.
DAYS = [date(2024, 2, 29), date(2026, 3, 28), date(2026, 10, 25), date(2026, 12, 29)]
DAYS += [date(2026, 6, 1), date(2026, 6, 3), date(2026, 6, 5)]


@pytest.fixture(scope="module", params=DAYS, ids=str)
def built(request: pytest.FixtureRequest) -> World:
    return build_world(request.param)


def test_no_room_is_sold_twice_on_a_night(built: World) -> None:
    nights = Counter(
        (line.takes_room, night)
        for r in built.reservations()
        for line in r.lines
        if line.state in TAKING_A_ROOM
        for night in line.nights()
    )
    assert None not in {room for room, _ in nights}
    assert max(nights.values()) == 1


def test_nobody_sleeps_in_a_room_that_is_out_of_order_and_rooms_fit_their_type(built: World) -> None:
    for reservation in built.reservations():
        for line in reservation.lines:
            if line.takes_room and line.state in TAKING_A_ROOM:
                assert built.hotel.room(line.takes_room).room_type == line.room_type
                for broken in built.hotel.out_of_order:
                    assert broken.room != line.takes_room or not any(map(broken.covers, line.nights()))


def test_availability_is_rooms_less_sold_held_and_out_of_order(built: World) -> None:
    first, last = built.business_date - timedelta(30), built.business_date + timedelta(30)
    sold = Counter(
        (night, line.room_type)
        for r in built.reservations()
        for line in r.lines
        if line.state in SOLD
        for night in line.nights()
    )
    for day in built.availability(first, last):
        assert day.sold == sold[day.day, day.room_type]
        assert day.available == day.rooms - day.sold - day.held - day.out_of_order >= 0


def test_it_has_about_four_hundred_reservations_of_three_to_four_nights(built: World) -> None:
    assert len(built.hotel.rooms) == 60
    assert 380 <= len(built.reservations()) <= 440
    slept = [r for r in built.reservations() if r.state in SOLD]
    assert 3.5 <= sum((r.departure - r.arrival).days for r in slept) / len(slept) <= 4.0
    rooms = Counter(max(line.unit for line in r.lines) for r in slept)
    assert rooms[1] > rooms[2] > rooms[3] > rooms[4] > 0


def test_somebody_comes_and_goes_every_day(built: World) -> None:
    sold = [r for r in built.reservations() if r.state in SOLD]
    days = {built.business_date + timedelta(offset) for offset in range(-29, 31)}
    assert days <= {r.arrival for r in sold}
    assert days <= {r.departure for r in sold}


def test_today_looks_like_a_working_hotel(built: World) -> None:
    today = built.business_date
    sold = [r for r in built.reservations() if r.state in SOLD]
    arriving = Counter(r.state for r in sold if r.arrival == today)
    leaving = Counter(r.state for r in sold if r.departure == today)
    assert 9 <= arriving.total() <= 16
    assert arriving[State.IN_HOUSE] >= 3
    assert arriving[State.CONFIRMED] >= 6
    assert 10 <= leaving.total() <= 14
    assert leaving[State.CHECKED_OUT] >= 3
    assert leaving[State.IN_HOUSE] >= 5
    assert sum(r.state is State.IN_HOUSE for r in sold) >= 20


def test_occupancy_is_plausible_and_thins_out_ahead(built: World) -> None:
    today = built.business_date
    sold: Counter[date] = Counter()
    for day in built.availability(today - timedelta(29), today + timedelta(30)):
        sold[day.day] += day.sold
    shares = {day: rooms / 60 for day, rooms in sold.items()}
    assert all(0.45 <= shares[today + timedelta(n)] <= 0.72 for n in range(-29, 8))
    assert shares[today + timedelta(30)] < 0.35
    by_weekday = [
        [shares[today + timedelta(n)] for n in range(-28, 0) if (today + timedelta(n)).weekday() == weekday]
        for weekday in range(7)
    ]
    means = [sum(found) / len(found) for found in by_weekday]
    assert max(means) == means[5], "Saturday"
    assert min(means) == min(means[6], means[0]), "Sunday or Monday"


def test_every_state_and_oddity_occurs(built: World) -> None:
    reservations = built.reservations()
    states = Counter(r.state for r in reservations)
    assert set(states) == set(State)
    assert states[State.WAITLIST] == 2
    groups = Counter(r.group_code for r in reservations if r.group_code)
    assert len(groups) == 3
    assert all(6 <= size <= 14 for size in groups.values())
    lines = [r.lines for r in reservations if len(r.lines) > 1 and r.lines[0].unit == r.lines[1].unit]
    assert any(a.room_type != b.room_type for a, b in lines), "split stays"
    assert any(a.room_type == b.room_type and a.room != b.room for a, b in lines), "room moves"
    assert any(r.lines[-1].unit == 2 for r in reservations), "two rooms in one reservation"
    notes = {r.notes for r in reservations}
    assert {HTML_NOTE, INJECTION_NOTE} <= notes
    names = {(g.first, g.last) for g in built.guests()}
    assert {(p.first, p.last) for p in REMARKABLE} <= names
    assert any(g.email is None for g in built.guests())
    assert any(g.phone is None for g in built.guests())
    assert len({r.source for r in reservations}) >= 6
    assert {line.rate_plan for r in reservations for line in r.lines} == {
        p.code for p in built.hotel.rate_plans
    }


def test_lines_of_a_unit_follow_each_other_and_prices_add_up(built: World) -> None:
    for reservation in built.reservations():
        assert [line.line for line in reservation.lines] == list(range(1, len(reservation.lines) + 1))
        for one, other in zip(reservation.lines, reservation.lines[1:], strict=False):
            assert one.unit != other.unit or one.departure == other.arrival
        assert all(len(line.nightly) == len(line.nights()) >= 1 for line in reservation.lines)
        assert reservation.total == sum(sum(line.nightly) for line in reservation.lines)
        assert 0 <= reservation.balance <= reservation.total


def test_the_past_is_in_order(built: World) -> None:
    now = built.clock.now()
    for r in built.reservations():
        assert r.created_at <= r.updated_at <= now
        assert (r.cancelled_at is not None) == (r.state is State.CANCELLED)
        assert (r.checked_out_at is not None) == (r.state is State.CHECKED_OUT)
        assert (r.checked_in_at is not None) == (r.state in (State.IN_HOUSE, State.CHECKED_OUT))
        for at in (r.cancelled_at, r.checked_in_at, r.checked_out_at):
            assert at is None or r.created_at <= at <= r.updated_at


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    day = date(2026, 5, 13)
    one, other = build_world(day), build_world(day, seed=8)
    _records.cache_clear()
    same = build_world(day)
    assert one.reservations() == same.reservations()
    assert one.guests() == same.guests()
    assert one.reservations() != other.reservations()
    one.advance(2)
    same.advance(2)
    assert one.reservations() == same.reservations()


def test_a_currency_without_cents_has_plausible_prices() -> None:
    world = build_world(date(2026, 5, 13), currency="JPY")
    nightly = [price for r in world.reservations() for line in r.lines for price in line.nightly]
    assert 5_000 < min(nightly) < max(nightly) < 120_000


def test_a_world_made_just_after_midnight_has_no_future_in_its_past() -> None:
    at = datetime(2026, 5, 12, 21, 5, tzinfo=UTC)
    world = build_world(date(2026, 5, 13), clock=WorldClock.fixed(at))
    assert max(r.updated_at for r in world.reservations()) <= at
