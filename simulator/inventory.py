"""What is sold, held, out of order and free: pure counting over reservations."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from simulator.hotel import HELD, SOLD, TAKING_A_ROOM, Hotel, Reservation

# Room nights are kept as bits, the first for this day.
_FIRST_DAY = date(1990, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class AvailabilityDay:
    """Rooms of one type on one night; `available` is never below zero."""

    day: date
    room_type: str
    rooms: int
    out_of_order: int
    sold: int
    held: int

    @property
    def available(self) -> int:
        return max(0, self.rooms - self.out_of_order - self.sold - self.held)


def availability(
    hotel: Hotel, reservations: Iterable[Reservation], first: date, last: date
) -> Iterator[AvailabilityDay]:
    """Each day of `first` to `last`, both included, each room type, by date."""
    sold: Counter[tuple[date, str]] = Counter()
    held: Counter[tuple[date, str]] = Counter()
    for reservation in reservations:
        for line in reservation.lines:
            tally = sold if line.state in SOLD else held if line.state in HELD else None
            if tally is None or line.departure <= first or line.arrival > last:
                continue
            for night in line.nights():
                tally[night, line.room_type] += 1
    day = first
    while day <= last:
        broken = Counter(hotel.room(o.room).room_type for o in hotel.out_of_order if o.covers(day))
        for kind in hotel.room_types:
            key = (day, kind.code)
            yield AvailabilityDay(day, kind.code, kind.rooms, broken[kind.code], sold[key], held[key])
        day += timedelta(1)


class RoomLedger:
    """Which nights of which room are taken; the one place that answers "is it free"."""

    def __init__(self, hotel: Hotel) -> None:
        self._hotel = hotel
        self._taken: dict[str, int] = {room.number: 0 for room in hotel.rooms}
        for broken in hotel.out_of_order:
            self.take(broken.room, broken.start, broken.end)

    @classmethod
    def of(
        cls, hotel: Hotel, reservations: Iterable[Reservation], leaving_out: str | None = None
    ) -> "RoomLedger":
        """The ledger of all lines that take a room, planned ones included."""
        ledger = cls(hotel)
        for reservation in reservations:
            if reservation.number == leaving_out:
                continue
            for line in reservation.lines:
                if line.state in TAKING_A_ROOM and line.takes_room is not None:
                    ledger.take(line.takes_room, line.arrival, line.departure)
        return ledger

    def take(self, room: str, arrival: date, departure: date) -> None:
        self._taken[room] |= _nights(arrival, departure)

    def is_free(self, room: str, arrival: date, departure: date) -> bool:
        return not self._taken[room] & _nights(arrival, departure)

    def free_rooms(self, room_type: str, arrival: date, departure: date) -> list[str]:
        """Rooms of the type that are free for every night, by number."""
        nights = _nights(arrival, departure)
        rooms = self._hotel.rooms_of(room_type)
        return [room.number for room in rooms if not self._taken[room.number] & nights]

    def roomiest_type(self, arrival: date, departure: date) -> str:
        """The room type with most rooms free for every night, perhaps with none."""
        kinds = self._hotel.room_types
        return max(kinds, key=lambda kind: len(self.free_rooms(kind.code, arrival, departure))).code


def _nights(arrival: date, departure: date) -> int:
    """A bit per night, counted from the start of the calendar."""
    return ((1 << (departure - arrival).days) - 1) << (arrival.toordinal() - _FIRST_DAY)
