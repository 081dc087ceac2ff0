"""The JSON of the Aurora PMS API: how the vendor words what the hotel has."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import msgspec

from simulator.hotel import Guest, Hotel, Reservation, State, StayLine
from simulator.inventory import AvailabilityDay
from simulator.money import decimal_text
from simulator.pricing import RateDay

STATES: Mapping[State, str] = {
    State.CONFIRMED: "DEF",
    State.IN_HOUSE: "INH",
    State.CHECKED_OUT: "OUT",
    State.CANCELLED: "CXL",
    State.NO_SHOW: "NOS",
    State.INQUIRY: "TEN",
    State.OPTION: "OPT",
    State.WAITLIST: "WLT",
}


class _Row(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    pass


class CodeName(_Row, frozen=True):
    code: str
    name: str


class Persons(_Row, frozen=True):
    adults: int
    children: int


class GuestBrief(_Row, frozen=True):
    id: str
    given: str
    family: str
    email: str | None
    phone: str | None
    vip: bool


class StayRow(_Row, frozen=True):
    line: int
    unit: int
    state: str
    room_type: CodeName
    room: str | None
    start: date = msgspec.field(name="from")
    end: date = msgspec.field(name="to")
    persons: Persons
    rate_plan: CodeName
    daily_cents: tuple[int, ...]


class ReservationRow(_Row, frozen=True):
    reservation_no: str
    group_code: str | None
    group_name: str | None
    state: str
    guest: GuestBrief
    sharers: tuple[str, ...]
    start: date = msgspec.field(name="from")
    end: date = msgspec.field(name="to")
    persons: Persons
    stays: list[StayRow]
    currency: str
    total: str
    balance_cents: int
    channel: str
    remarks: str
    option_until: date | None
    created_at: str
    last_changed: str
    cancelled_at: str | None
    checked_in_at: str | None
    checked_out_at: str | None


class GuestRow(_Row, frozen=True):
    id: str
    given: str
    family: str
    email: str | None
    phone: str | None
    country: str | None
    language: str | None
    vip: bool
    created_at: str
    last_changed: str


class AvailabilityRow(_Row, frozen=True):
    date: date
    room_type: str
    physical: int
    out_of_order: int
    sold: int
    held: int
    available: int


class RateRow(_Row, frozen=True):
    date: date
    room_type: str
    rate_plan: str
    price: str
    currency: str
    min_stay: int
    closed_to_arrival: bool
    closed_to_departure: bool


class MovementRow(_Row, frozen=True):
    """`kind` is arrival, departure or move; `at` is null while it has not happened."""

    date: date
    kind: str
    reservation_no: str
    line: int
    room_type: str
    room: str | None
    guest: GuestBrief
    done: bool
    at: str | None


def reservation_row(hotel: Hotel, reservation: Reservation, guest: Guest) -> ReservationRow:
    found = reservation
    return ReservationRow(
        reservation_no=found.number,
        group_code=found.group_code,
        group_name=found.group_name,
        state=STATES[found.state],
        guest=guest_brief(guest),
        sharers=found.sharer_ids,
        start=found.arrival,
        end=found.departure,
        persons=Persons(adults=found.adults, children=found.children),
        stays=[_stay_row(hotel, line) for line in found.lines],
        currency=found.currency,
        total=decimal_text(found.total, found.currency),
        balance_cents=found.balance,
        channel=found.source,
        remarks=found.notes,
        option_until=found.option_until,
        created_at=utc_text(found.created_at),
        last_changed=local_text(hotel, found.updated_at),
        cancelled_at=utc_text_or_none(found.cancelled_at),
        checked_in_at=utc_text_or_none(found.checked_in_at),
        checked_out_at=utc_text_or_none(found.checked_out_at),
    )


def guest_row(hotel: Hotel, guest: Guest) -> GuestRow:
    return GuestRow(
        id=guest.id,
        given=guest.first,
        family=guest.last,
        email=guest.email,
        phone=guest.phone,
        country=guest.country,
        language=guest.language,
        vip=guest.vip,
        created_at=utc_text(guest.created_at),
        last_changed=local_text(hotel, guest.updated_at),
    )


def availability_row(day: AvailabilityDay) -> AvailabilityRow:
    return AvailabilityRow(
        date=day.day,
        room_type=day.room_type,
        physical=day.rooms,
        out_of_order=day.out_of_order,
        sold=day.sold,
        held=day.held,
        available=day.available,
    )


def rate_row(hotel: Hotel, rate: RateDay) -> RateRow:
    return RateRow(
        date=rate.day,
        room_type=rate.room_type,
        rate_plan=rate.rate_plan,
        price=decimal_text(rate.price, hotel.currency),
        currency=hotel.currency,
        min_stay=rate.min_stay,
        closed_to_arrival=rate.closed_to_arrival,
        closed_to_departure=rate.closed_to_departure,
    )


def property_row(hotel: Hotel, business_date: date) -> dict[str, object]:
    """The short form, as the list of properties has it."""
    return {
        "id": hotel.code,
        "name": hotel.name,
        "timeZone": hotel.timezone,
        "currency": hotel.currency,
        "businessDate": business_date,
    }


def property_sheet(hotel: Hotel, business_date: date) -> dict[str, object]:
    """The long form: the hotel's set-up."""
    return property_row(hotel, business_date) | {
        "roomTypes": [
            {"code": t.code, "name": t.name, "rooms": t.rooms, "maxPersons": t.max_occupancy}
            for t in hotel.room_types
        ],
        "rooms": [{"number": r.number, "roomType": r.room_type, "floor": r.floor} for r in hotel.rooms],
        "ratePlans": [
            {"code": p.code, "name": p.name, "breakfast": p.breakfast, "refundable": p.refundable}
            for p in hotel.rate_plans
        ],
        "outOfOrder": [
            {"room": o.room, "from": o.start, "to": o.end, "reason": o.reason} for o in hotel.out_of_order
        ],
    }


def guest_brief(guest: Guest) -> GuestBrief:
    return GuestBrief(
        id=guest.id,
        given=guest.first,
        family=guest.last,
        email=guest.email,
        phone=guest.phone,
        vip=guest.vip,
    )


def utc_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def utc_text_or_none(at: datetime | None) -> str | None:
    return None if at is None else utc_text(at)


def local_text(hotel: Hotel, at: datetime) -> str:
    """An instant to the millisecond with the hotel's own offset, as the vendor writes `lastChanged`."""
    return at.astimezone(hotel.zone).isoformat(timespec="milliseconds")


def _stay_row(hotel: Hotel, line: StayLine) -> StayRow:
    return StayRow(
        line=line.line,
        unit=line.unit,
        state=STATES[line.state],
        room_type=CodeName(code=line.room_type, name=hotel.room_type(line.room_type).name),
        room=line.room,
        start=line.arrival,
        end=line.departure,
        persons=Persons(adults=line.adults, children=line.children),
        rate_plan=CodeName(code=line.rate_plan, name=hotel.rate_plan(line.rate_plan).name),
        daily_cents=line.nightly,
    )
