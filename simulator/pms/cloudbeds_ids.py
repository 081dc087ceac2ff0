"""The numbers Cloudbeds gives to what the hotel has: the same hotel always gets the same ones."""

from collections.abc import Iterator
from zlib import crc32

from simulator.hotel import Guest, Hotel, RatePlan, Reservation, Room, RoomType, StayLine


class Ids:
    """Every id is text; those of rooms and stays are unique within the property only."""

    def __init__(self, hotel: Hotel) -> None:
        self._hotel = hotel
        number = crc32(hotel.code.encode())
        self.property_id = str(100_000 + number % 899_999)
        self.sister_id = str(int(self.property_id) + 1)
        self.organization_id = str(5_000 + number % 4_000)
        self.user_id = str(500_000 + number % 90_000)
        self._types = {kind.code: str(30_000 + place) for place, kind in enumerate(hotel.room_types, 1)}
        self._rooms = {
            room.number: f"{self._types[kind.code]}-{place}"
            for kind in hotel.room_types
            for place, room in enumerate(hotel.rooms_of(kind.code), 1)
        }
        self._plans = {plan.code: place for place, plan in enumerate(hotel.rate_plans)}
        self._reservations: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._parts: dict[str, dict[tuple[int, int], int]] = {}

    def room_type(self, code: str) -> str:
        return self._types[code]

    def room(self, number: str) -> str:
        return self._rooms[number]

    def is_base(self, plan: RatePlan) -> bool:
        """The first plan of the hotel is the base rate of its room types, not a plan of its own here."""
        return self._plans[plan.code] == 0

    def rate_plan(self, plan: RatePlan) -> str | None:
        return None if self.is_base(plan) else str(7_000 + self._plans[plan.code])

    def rate(self, plan: RatePlan, kind: RoomType) -> str:
        place = self._plans[plan.code] * len(self._types) + list(self._types).index(kind.code)
        return str(88_000 + place)

    def reservation(self, number: str) -> str:
        if number in self._reservations:
            return self._reservations[number]
        is_plain = number.isascii() and number.isdecimal() and len(number) <= 8
        series, tail = (74, int(number)) if is_plain else (75, crc32(number.encode()) % 10**8)
        while (given := f"{series}{tail:08d}") in self._numbers:
            tail = (tail + 1) % 10**8
        self._reservations[number], self._numbers[given] = given, number
        return given

    def number(self, reservation_id: str) -> str | None:
        """The hotel's own number of a reservation; None for an id never given."""
        return self._numbers.get(reservation_id)

    def guest(self, number: str, place: int) -> str:
        """A guest belongs to a reservation here, so one person has an id in each; `place` 0 is the main guest."""
        return f"55{self.reservation(number)[2:]}{place}"

    def profile(self, guest: Guest) -> str:
        return f"p-{guest.id.lower()}"

    def parts(self, reservation: Reservation) -> Iterator[tuple[tuple[int, int], StayLine, str, str]]:
        """Each line with its place (unit, and count within it), sub-reservation id and reservation room id.

        A place keeps its ids for good, whatever is moved or added beside it.
        """
        given = self._parts.setdefault(reservation.number, {})
        identifier = self.reservation(reservation.number)
        count: dict[int, int] = {}
        for line in reservation.lines:
            count[line.unit] = count.get(line.unit, 0) + 1
            place = (line.unit, count[line.unit])
            part = given.setdefault(place, len(given))
            sub = identifier if part == 0 else f"{identifier}-{part}"
            yield place, line, sub, f"9{identifier[2:]}{part:02d}"

    def source(self, name: str) -> str:
        return f"s-{1 + crc32(name.encode()) % 9_000}"

    def block(self, room: Room, place: int) -> str:
        return f"{600 + place}{room.number}"
