"""The neutral hotel file: a hotel and its reservations as plain JSON, read into a world and written from one.

Money in the file is in major units as numbers. The file has one room and one run of nights per reservation, so a
world with split stays, groups or sharers loses those when written.
"""

from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import median_low

import msgspec

from simulator.clock import WorldClock
from simulator.hotel import (
    TAKING_A_ROOM,
    Guest,
    Hotel,
    RatePlan,
    Reservation,
    Room,
    RoomType,
    State,
    StayLine,
)
from simulator.money import major_number, minor_units, spread
from simulator.world import World

_STATES = {
    "confirmed": State.CONFIRMED,
    "checked_in": State.IN_HOUSE,
    "checked_out": State.CHECKED_OUT,
    "cancelled": State.CANCELLED,
    "no_show": State.NO_SHOW,
    "inquiry": State.INQUIRY,
}
_WORDS = {state: word for word, state in _STATES.items()} | {
    State.OPTION: "inquiry",
    State.WAITLIST: "inquiry",
}


class FileProperty(msgspec.Struct, kw_only=True):
    code: str
    name: str
    timezone: str
    currency: str
    business_date: date
    now: str
    date_order: str = "DMY"
    week_starts: str = "monday"


class FileRoomType(msgspec.Struct, kw_only=True):
    code: str
    name: str
    rooms: int
    max_occupancy: int


class FileRatePlan(msgspec.Struct, kw_only=True):
    code: str
    name: str
    breakfast: bool
    refundable: bool


class FileGuest(msgspec.Struct, kw_only=True, frozen=True):
    first: str
    last: str
    email: str | None
    phone: str | None
    vip: bool


class FileReservation(msgspec.Struct, kw_only=True):
    confirmation_number: str
    guest: FileGuest
    room_type: str
    room_number: str | None
    arrival: date
    departure: date
    status: str
    adults: int
    children: int
    rate_plan: str
    total_amount: float
    balance_due: float
    currency: str
    source: str
    notes: str
    created_at: str
    updated_at: str


class HotelFile(msgspec.Struct, kw_only=True):
    """The whole file."""

    property: FileProperty
    room_types: list[FileRoomType]
    rooms: list[Room]
    rate_plans: list[FileRatePlan]
    reservations: list[FileReservation]


def read_file(path: Path) -> HotelFile:
    """Raises OSError, or msgspec.ValidationError with the place of what is wrong."""
    return msgspec.json.decode(path.read_bytes(), type=HotelFile)


def load(file: HotelFile, clock: WorldClock | None = None) -> World:
    """The world of a file; without a clock it stands still at the file's own `now`."""
    hotel = _hotel(file)
    clock = clock or WorldClock.fixed(datetime.fromisoformat(file.property.now))
    guests: dict[FileGuest, Guest] = {}
    reservations = [_reservation(hotel, entry, guests) for entry in file.reservations]
    return World(hotel, file.property.business_date, clock, reservations, guests.values())


def export(world: World) -> HotelFile:
    """The file of a world, reservations in order of number."""
    hotel = world.hotel
    now = world.clock.now().astimezone(hotel.zone).isoformat(timespec="seconds")
    return HotelFile(
        property=FileProperty(
            code=hotel.code,
            name=hotel.name,
            timezone=hotel.timezone,
            currency=hotel.currency,
            business_date=world.business_date,
            now=now,
            date_order=hotel.date_order,
            week_starts=hotel.week_starts,
        ),
        room_types=[
            FileRoomType(code=t.code, name=t.name, rooms=t.rooms, max_occupancy=t.max_occupancy)
            for t in hotel.room_types
        ],
        rooms=list(hotel.rooms),
        rate_plans=[
            FileRatePlan(code=p.code, name=p.name, breakfast=p.breakfast, refundable=p.refundable)
            for p in hotel.rate_plans
        ],
        reservations=[_entry(world, found) for found in world.reservations()],
    )


def _hotel(file: HotelFile) -> Hotel:
    return Hotel(
        code=file.property.code,
        name=file.property.name,
        timezone=file.property.timezone,
        currency=file.property.currency,
        room_types=tuple(
            RoomType(t.code, t.name, t.rooms, t.max_occupancy, _usual_price(file, t.code))
            for t in file.room_types
        ),
        rooms=tuple(file.rooms),
        rate_plans=tuple(RatePlan(p.code, p.name, p.breakfast, p.refundable) for p in file.rate_plans),
        date_order=file.property.date_order,
        week_starts=file.property.week_starts,
    )


def _usual_price(file: HotelFile, room_type: str) -> int:
    """The file has no prices; the median night of the type's reservations stands in."""
    nights = [
        minor_units(entry.total_amount, entry.currency) // max(1, (entry.departure - entry.arrival).days)
        for entry in file.reservations
        if entry.room_type == room_type
    ]
    return median_low(nights) if nights else minor_units(100, file.property.currency)


def _reservation(hotel: Hotel, entry: FileReservation, guests: dict[FileGuest, Guest]) -> Reservation:
    state = _STATES[entry.status]
    created = datetime.fromisoformat(entry.created_at).astimezone(UTC)
    updated = datetime.fromisoformat(entry.updated_at).astimezone(UTC)
    total = minor_units(entry.total_amount, entry.currency)
    line = StayLine(
        line=1,
        unit=1,
        state=state,
        room_type=entry.room_type,
        room=entry.room_number,
        arrival=entry.arrival,
        departure=entry.departure,
        adults=entry.adults,
        children=entry.children,
        rate_plan=entry.rate_plan,
        nightly=spread(total, (entry.departure - entry.arrival).days),
    )
    afternoon = datetime.combine(entry.arrival, time(15), tzinfo=hotel.zone).astimezone(UTC)
    return Reservation(
        number=entry.confirmation_number,
        state=state,
        guest_id=_guest(entry.guest, created, guests).id,
        lines=(line,),
        currency=entry.currency,
        total=total,
        balance=minor_units(entry.balance_due, entry.currency),
        source=entry.source,
        notes=entry.notes,
        created_at=created,
        updated_at=updated,
        cancelled_at=updated if state is State.CANCELLED else None,
        checked_in_at=min(afternoon, updated) if state in TAKING_A_ROOM - {State.CONFIRMED} else None,
        checked_out_at=updated if state is State.CHECKED_OUT else None,
    )


def _guest(entry: FileGuest, seen_at: datetime, guests: dict[FileGuest, Guest]) -> Guest:
    """One profile per person, known since the first reservation that names it.

    The file marks a VIP per reservation, so a person marked only sometimes has two profiles; the marks stay true.
    """
    known = guests.get(entry)
    if known is None:
        known = guests[entry] = Guest(
            id=f"G{100_001 + len(guests)}",
            first=entry.first,
            last=entry.last,
            email=entry.email,
            phone=entry.phone,
            country=None,
            language=None,
            vip=entry.vip,
            created_at=seen_at,
            updated_at=seen_at,
        )
    return known


def _entry(world: World, found: Reservation) -> FileReservation:
    guest, line = world.guest(found.guest_id), found.current_line(world.business_date)
    return FileReservation(
        confirmation_number=found.number,
        guest=FileGuest(
            first=guest.first, last=guest.last, email=guest.email, phone=guest.phone, vip=guest.vip
        ),
        room_type=line.room_type,
        room_number=line.room,
        arrival=found.arrival,
        departure=found.departure,
        status=_WORDS[found.state],
        adults=found.adults,
        children=found.children,
        rate_plan=line.rate_plan,
        total_amount=major_number(found.total, found.currency),
        balance_due=major_number(found.balance, found.currency),
        currency=found.currency,
        source=found.source,
        notes=found.notes,
        created_at=_stamp(found.created_at),
        updated_at=_stamp(found.updated_at),
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
