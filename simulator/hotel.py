"""What the pretend hotel is made of: rooms, plans, guests and reservations, as frozen records.

Money is whole minor units of the hotel's currency, nights are half-open `[arrival, departure)`,
instants are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class State(StrEnum):
    """Where a reservation stands."""

    INQUIRY = "inquiry"
    OPTION = "option"
    WAITLIST = "waitlist"
    CONFIRMED = "confirmed"
    IN_HOUSE = "in_house"
    CHECKED_OUT = "checked_out"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


SOLD = frozenset({State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT})
HELD = frozenset({State.OPTION})
TAKING_A_ROOM = SOLD | HELD

# Sources that have collected the money themselves.
PREPAID_SOURCES = frozenset({"Expedia", "Hotelbeds"})


@dataclass(frozen=True, slots=True)
class RoomType:
    """A category of rooms; `base_price` is the flexible price of a plain midweek night."""

    code: str
    name: str
    rooms: int
    max_occupancy: int
    base_price: int


@dataclass(frozen=True, slots=True)
class Room:
    """One physical room."""

    number: str
    room_type: str
    floor: int


@dataclass(frozen=True, slots=True)
class RatePlan:
    """A price list; `percent` of the base price, plus `per_person` a night when breakfast is in."""

    code: str
    name: str
    breakfast: bool
    refundable: bool
    percent: int = 100
    per_person: int = 0


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """A room that cannot be sold for the nights `[start, end)`."""

    room: str
    start: date
    end: date
    reason: str

    def covers(self, night: date) -> bool:
        return self.start <= night < self.end


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest profile; e-mail and phone may be missing, and the first name may be empty."""

    id: str
    first: str
    last: str
    email: str | None
    phone: str | None
    country: str | None
    language: str | None
    vip: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StayLine:
    """One unit in one room (or room type) for a run of nights.

    A split stay or a room move is a further line of the same unit. `nightly` has one gross amount per
    night. `planned_room` keeps the house from being sold twice before a room is assigned; no vendor
    shows it.
    """

    line: int
    unit: int
    state: State
    room_type: str
    room: str | None
    arrival: date
    departure: date
    adults: int
    children: int
    rate_plan: str
    nightly: tuple[int, ...]
    planned_room: str | None = None

    @property
    def takes_room(self) -> str | None:
        return self.room or self.planned_room

    def covers(self, night: date) -> bool:
        return self.arrival <= night < self.departure

    def nights(self) -> list[date]:
        return [self.arrival + timedelta(n) for n in range((self.departure - self.arrival).days)]


@dataclass(frozen=True, slots=True)
class Reservation:
    """One reservation with one or more stay lines."""

    number: str
    state: State
    guest_id: str
    lines: tuple[StayLine, ...]
    currency: str
    total: int
    balance: int
    source: str
    notes: str
    created_at: datetime
    updated_at: datetime
    group_code: str | None = None
    group_name: str | None = None
    sharer_ids: tuple[str, ...] = ()
    cancelled_at: datetime | None = None
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None
    option_until: date | None = None

    @property
    def arrival(self) -> date:
        return min(line.arrival for line in self.lines)

    @property
    def departure(self) -> date:
        return max(line.departure for line in self.lines)

    @property
    def adults(self) -> int:
        return sum(line.adults for line in self._first_lines())

    @property
    def children(self) -> int:
        return sum(line.children for line in self._first_lines())

    def current_line(self, day: date) -> StayLine:
        """The line of the first unit that covers `day`, else the nearest one."""
        mine = [line for line in self.lines if line.unit == self.lines[0].unit]
        for line in mine:
            if line.covers(day):
                return line
        return mine[0] if day < mine[0].arrival else mine[-1]

    def _first_lines(self) -> list[StayLine]:
        seen: dict[int, StayLine] = {}
        for line in self.lines:
            seen.setdefault(line.unit, line)
        return list(seen.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReservation:
    """What somebody books.

    Without a room type it is the one with most rooms free; a `guest_id` takes the place of the names.
    """

    arrival: date
    departure: date
    last: str
    room_type: str | None = None
    first: str = ""
    email: str | None = None
    phone: str | None = None
    adults: int = 1
    children: int = 0
    rate_plan: str | None = None
    source: str = "Direct"
    notes: str = ""
    state: State = State.CONFIRMED
    group_code: str | None = None
    group_name: str | None = None
    guest_id: str | None = None


@dataclass(frozen=True)
class Hotel:
    """The set-up of one hotel: what changes slowly."""

    code: str
    name: str
    timezone: str
    currency: str
    room_types: tuple[RoomType, ...]
    rooms: tuple[Room, ...]
    rate_plans: tuple[RatePlan, ...]
    out_of_order: tuple[OutOfOrder, ...] = ()
    date_order: str = "DMY"
    week_starts: str = "monday"
    _types: dict[str, RoomType] = field(init=False, repr=False, compare=False)
    _plans: dict[str, RatePlan] = field(init=False, repr=False, compare=False)
    _rooms: dict[str, Room] = field(init=False, repr=False, compare=False)
    _rooms_of: dict[str, list[Room]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_types", {kind.code: kind for kind in self.room_types})
        object.__setattr__(self, "_plans", {plan.code: plan for plan in self.rate_plans})
        object.__setattr__(self, "_rooms", {room.number: room for room in self.rooms})
        by_type: dict[str, list[Room]] = {}
        for room in self.rooms:
            by_type.setdefault(room.room_type, []).append(room)
        object.__setattr__(self, "_rooms_of", by_type)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def room_type(self, code: str) -> RoomType:
        """Raises KeyError for an unknown code."""
        return self._types[code]

    def rate_plan(self, code: str) -> RatePlan:
        """Raises KeyError for an unknown code."""
        return self._plans[code]

    def room(self, number: str) -> Room:
        """Raises KeyError for an unknown number."""
        return self._rooms[number]

    def rooms_of(self, room_type: str) -> list[Room]:
        return self._rooms_of.get(room_type, [])
