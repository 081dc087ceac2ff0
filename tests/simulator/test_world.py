from collections import Counter
from datetime import timedelta

import pytest

from simulator.hotel import NewReservation, Reservation, State
from simulator.register import NotPossibleError, Query, UnknownError
from simulator.world import World


def first(
    world: World, state: State, *, arriving: int | None = None, leaving: int | None = None
) -> Reservation:
    """The first plain reservation of one unit and line in a state, arriving or leaving days from today."""
    today = world.business_date
    return next(
        r
        for r in world.reservations()
        if r.state is state
        and len(r.lines) == 1
        and (arriving is None or r.arrival == today + timedelta(arriving))
        and (leaving is None or r.departure == today + timedelta(leaving))
    )


def changed_after(world: World, before: Reservation) -> list[str]:
    return [r.number for _, r in world.select_reservations(Query(changed_since=before.updated_at))]


def test_every_change_is_stamped_later_than_all_before_although_the_clock_stands_still(
    hotel_world: World,
) -> None:
    due = [r for r in hotel_world.reservations() if r.state is State.CONFIRMED][:5]
    last = max(r.updated_at for r in hotel_world.reservations())
    for reservation in due:
        stamp = hotel_world.set_balance(reservation.number, 1).updated_at
        assert stamp > last
        last = stamp


def test_a_booking_is_priced_takes_a_room_and_shows_in_availability_and_changes(hotel_world: World) -> None:
    start = hotel_world.business_date + timedelta(20)
    since = hotel_world.horizon()
    before = {(a.day, a.room_type): a.available for a in hotel_world.availability(start, start)}
    order = NewReservation(
        room_type="DBL", arrival=start, departure=start + timedelta(2), first="Ada", last="Lind"
    )
    booked = hotel_world.book(order)
    after = {(a.day, a.room_type): a.available for a in hotel_world.availability(start, start)}
    assert after[start, "DBL"] == before[start, "DBL"] - 1
    assert booked.total == booked.balance == sum(booked.lines[0].nightly) > 0
    assert booked.number == max(r.number for r in hotel_world.reservations())
    assert hotel_world.guest(booked.guest_id).last == "Lind"
    assert [r for _, r in hotel_world.select_reservations(Query(changed_since=since))] == [booked]


def test_a_full_type_takes_no_booking_and_nothing_changes(hotel_world: World) -> None:
    start = hotel_world.business_date + timedelta(25)
    order = NewReservation(room_type="STE", arrival=start, departure=start + timedelta(1), last="Lind")
    free = {a.room_type: a.available for a in hotel_world.availability(start, start)}["STE"]
    for _ in range(free):
        hotel_world.book(order)
    count, guests = len(hotel_world.reservations()), len(hotel_world.guests())
    with pytest.raises(NotPossibleError, match="no single STE room"):
        hotel_world.book(order)
    assert (len(hotel_world.reservations()), len(hotel_world.guests())) == (count, guests)


def test_an_inquiry_takes_no_room_until_it_is_confirmed(hotel_world: World) -> None:
    start = hotel_world.business_date + timedelta(25)
    asked = hotel_world.book(
        NewReservation(
            room_type="STE", arrival=start, departure=start + timedelta(1), last="Lind", state=State.INQUIRY
        )
    )
    assert asked.lines[0].takes_room is None
    assert hotel_world.confirm(asked.number).lines[0].takes_room is not None


def test_an_unknown_room_type_is_named(hotel_world: World) -> None:
    start = hotel_world.business_date
    with pytest.raises(UnknownError, match="PENTHOUSE"):
        hotel_world.book(
            NewReservation(room_type="PENTHOUSE", arrival=start, departure=start + timedelta(1), last="Lind")
        )


def test_a_guest_checks_in_is_taken_back_and_checks_in_again(hotel_world: World) -> None:
    due = first(hotel_world, State.CONFIRMED, arriving=0)
    inside = hotel_world.check_in(due.number)
    assert inside.state is State.IN_HOUSE
    assert inside.lines[0].room is not None
    assert inside.checked_in_at is not None
    undone = hotel_world.reverse_check_in(due.number)
    assert (undone.state, undone.checked_in_at) == (State.CONFIRMED, None)
    assert hotel_world.check_in(due.number).state is State.IN_HOUSE
    assert changed_after(hotel_world, inside) == [due.number]


def test_nobody_checks_in_before_the_arrival_day(hotel_world: World) -> None:
    later = first(hotel_world, State.CONFIRMED, arriving=3)
    with pytest.raises(NotPossibleError):
        hotel_world.check_in(later.number)
    assert hotel_world.reservation(later.number) == later


def test_leaving_early_gives_the_nights_back(hotel_world: World) -> None:
    today = hotel_world.business_date
    staying = next(
        r
        for r in hotel_world.reservations()
        if r.state is State.IN_HOUSE and len(r.lines) == 1 and r.arrival < today < r.departure
    )
    gone = hotel_world.check_out(staying.number)
    assert gone.state is State.CHECKED_OUT
    assert gone.departure == today
    assert len(gone.lines[0].nightly) == (today - gone.arrival).days
    assert gone.total == staying.total


def test_a_cancelled_booking_frees_its_room_and_stays_in_the_books(hotel_world: World) -> None:
    later = first(hotel_world, State.CONFIRMED, arriving=7)
    day = later.arrival
    kind = later.lines[0].room_type
    before = {a.room_type: a.available for a in hotel_world.availability(day, day)}[kind]
    cancelled = hotel_world.cancel(later.number)
    assert (cancelled.state, cancelled.balance) == (State.CANCELLED, 0)
    assert cancelled.cancelled_at is not None
    assert {a.room_type: a.available for a in hotel_world.availability(day, day)}[kind] == before + 1
    with pytest.raises(NotPossibleError):
        hotel_world.cancel(later.number)


def test_a_move_after_the_first_night_is_a_further_line_of_the_same_unit(hotel_world: World) -> None:
    today = hotel_world.business_date
    staying = next(
        r
        for r in hotel_world.reservations()
        if r.state is State.IN_HOUSE and len(r.lines) == 1 and r.arrival < today < r.departure
    )
    free = next(
        room.number
        for room in hotel_world.hotel.rooms
        if room.number != staying.lines[0].room and _is_free(hotel_world, room.number, staying)
    )
    moved = hotel_world.move_room(staying.number, free)
    old, new = moved.lines
    assert (old.departure, new.arrival, new.room) == (today, today, free)
    assert (old.state, new.state) == (State.CHECKED_OUT, State.IN_HOUSE)
    assert old.unit == new.unit
    assert old.nightly + new.nightly == staying.lines[0].nightly
    with pytest.raises(NotPossibleError, match="moved"):
        hotel_world.reverse_check_in(staying.number)


def _is_free(world: World, room: str, stay: Reservation) -> bool:
    from simulator.inventory import RoomLedger

    ledger = RoomLedger.of(world.hotel, world.reservations())
    return ledger.is_free(room, world.business_date, stay.departure)


def test_a_longer_stay_keeps_old_prices_and_adds_to_what_is_owed(hotel_world: World) -> None:
    later = first(hotel_world, State.CONFIRMED, arriving=20)
    longer = hotel_world.change_stay(later.number, departure=later.departure + timedelta(1))
    assert longer.lines[0].nightly[:-1] == later.lines[0].nightly
    assert longer.total == later.total + longer.lines[0].nightly[-1]
    assert longer.balance == later.balance + longer.lines[0].nightly[-1]


def test_a_list_frozen_by_an_until_does_not_move_when_a_record_changes(hotel_world: World) -> None:
    frozen = Query(changed_until=hotel_world.horizon())
    before = [(stamp, r.number) for stamp, r in hotel_world.select_reservations(frozen)]
    hotel_world.set_balance(before[3][1], 77)
    after = hotel_world.select_reservations(frozen)
    assert [(stamp, r.number) for stamp, r in after] == before
    assert after[3][1].balance == 77


def test_a_guest_edit_changes_the_guest_list_only(hotel_world: World) -> None:
    since = hotel_world.horizon()
    guest = hotel_world.guests()[0]
    edited = hotel_world.edit_guest(guest.id, email="new@example.org")
    assert [g for _, g in hotel_world.select_guests(Query(changed_since=since))] == [edited]
    assert hotel_world.select_reservations(Query(changed_since=since)) == []


def test_days_go_by_without_selling_a_room_twice(hotel_world: World) -> None:
    started, today = hotel_world.clock.now(), hotel_world.business_date
    hotel_world.advance(10)
    assert hotel_world.business_date == today + timedelta(10)
    assert hotel_world.clock.now() == started + timedelta(10)
    nights = Counter(
        (line.room, night)
        for r in hotel_world.reservations()
        for line in r.lines
        if line.room and line.state in (State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT, State.OPTION)
        for night in line.nights()
    )
    assert max(nights.values()) == 1
    for reservation in hotel_world.reservations():
        if reservation.state is State.IN_HOUSE:
            assert reservation.departure >= hotel_world.business_date
        if reservation.state is State.CONFIRMED:
            assert reservation.arrival >= hotel_world.business_date
        assert reservation.updated_at <= hotel_world.clock.now()


def test_options_and_wishes_lapse_with_time(hotel_world: World) -> None:
    hotel_world.advance(14)
    waiting = {State.OPTION, State.INQUIRY, State.WAITLIST}
    today = hotel_world.business_date
    assert all(r.arrival >= today for r in hotel_world.reservations() if r.state in waiting)
