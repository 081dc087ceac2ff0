"""How one day passes in the pretend hotel, from the last departures to the next morning."""

from datetime import date, timedelta
from random import Random
from zlib import crc32

from simulator.hotel import PREPAID_SOURCES, NewReservation, Reservation, State
from simulator.people import someone
from simulator.register import NotPossibleError
from simulator.world import World

_STEP = timedelta(minutes=4)
_DAY = timedelta(days=1)


def live_one_day(world: World) -> None:
    """Finishes today, rolls the business date and lives the next morning; the clock moves by one day.

    The same world always lives the same days.
    """
    day = world.business_date
    rng = Random(crc32(f"{world.hotel.code}:{day.isoformat()}".encode()))
    until = world.clock.now() + _DAY
    clock = _Pace(world)
    _finish(world, day, rng, clock)
    world.roll_business_date()
    _morning(world, day + _DAY, clock)
    _phone_rings(world, day + _DAY, rng, clock)
    world.clock.shift(until - world.clock.now())


class _Pace:
    """Moves the clock a little before each act, never past the end of the day."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._left = 300

    def step(self) -> None:
        if self._left:
            self._left -= 1
            self._world.clock.shift(_STEP)


def _finish(world: World, day: date, rng: Random, clock: _Pace) -> None:
    for found in _due_out(world, day):
        _leave(world, found, clock)
    for found in _due_in(world, day):
        clock.step()
        if rng.random() < 0.03:
            world.mark_no_show(found.number)
        else:
            _arrive(world, found)
    for found in world.reservations():
        if _has_lapsed(found, day):
            clock.step()
            world.cancel(found.number)


def _has_lapsed(found: Reservation, day: date) -> bool:
    """An option nobody confirmed, or a wish for a day that has come."""
    if found.state is State.OPTION:
        return found.option_until is not None and found.option_until <= day
    return found.state in (State.INQUIRY, State.WAITLIST) and found.arrival <= day


def _morning(world: World, day: date, clock: _Pace) -> None:
    leaving, arriving = _due_out(world, day), _due_in(world, day)
    for found in leaving[: len(leaving) * 2 // 5]:
        _leave(world, found, clock)
    for found in arriving[: len(arriving) * 3 // 10]:
        clock.step()
        _arrive(world, found)
    for found in world.reservations():
        if found.state is State.IN_HOUSE and any(
            line.state is State.CONFIRMED and line.arrival == day for line in found.lines
        ):
            clock.step()
            world.enter_next_line(found.number)


def _phone_rings(world: World, day: date, rng: Random, clock: _Pace) -> None:
    """A dozen people book, one or two change their mind."""
    for _ in range(rng.randint(10, 15)):
        clock.step()
        _book_somebody(world, day, rng)
    later = [r for r in world.reservations() if r.state is State.CONFIRMED and r.arrival > day]
    for found in rng.sample(later, min(len(later), rng.randint(1, 2))):
        clock.step()
        world.cancel(found.number)


def _book_somebody(world: World, day: date, rng: Random) -> None:
    kinds = world.hotel.room_types
    kind = rng.choices(kinds, weights=[kind.rooms for kind in kinds])[0]
    arrival = day + timedelta(int(min(40, rng.expovariate(1 / 12))) + 1)
    person = someone(rng)
    order = NewReservation(
        room_type=kind.code,
        arrival=arrival,
        departure=arrival + timedelta(rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 5, 7))),
        first=person.first,
        last=person.last,
        email=person.email,
        phone=person.phone,
        adults=rng.randint(1, min(2, kind.max_occupancy)),
        rate_plan=rng.choice(world.hotel.rate_plans).code,
        source=rng.choice(("Direct", "Website", "Booking.com", "Booking.com", "Expedia", "Phone")),
    )
    try:
        world.book(order)
    except NotPossibleError:
        return  # Full for those nights; whoever rang tries elsewhere.


def _leave(world: World, found: Reservation, clock: _Pace) -> None:
    clock.step()
    if found.balance and found.source not in PREPAID_SOURCES:
        world.set_balance(found.number, 0)
    world.check_out(found.number)


def _arrive(world: World, found: Reservation) -> None:
    try:
        world.check_in(found.number)
    except NotPossibleError:
        # A hotel read from a file may have sold more rooms of a type than it has.
        world.mark_no_show(found.number)


def _due_out(world: World, day: date) -> list[Reservation]:
    return [r for r in world.reservations() if r.state is State.IN_HOUSE and r.departure <= day]


def _due_in(world: World, day: date) -> list[Reservation]:
    return [r for r in world.reservations() if r.state is State.CONFIRMED and r.arrival <= day]
