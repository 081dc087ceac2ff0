"""Compares what the hub stored with what the pretend hotel knows, field by field, in one neutral shape."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from simulator.hotel import Reservation, State
from simulator.register import Register
from webapp.models import Availability, Booking, BookingGuest, Guest, Rate, Stay
from webapp.runtime import Runtime

_STATUS = {
    State.INQUIRY: "inquiry",
    State.OPTION: "inquiry",  # and holds its room
    State.WAITLIST: "inquiry",  # a word the recipe does not know
    State.CONFIRMED: "confirmed",
    State.IN_HOUSE: "checked_in",
    State.CHECKED_OUT: "checked_out",
    State.CANCELLED: "cancelled",
    State.NO_SHOW: "no_show",
}
Records = dict[str, Any]


def told(register: Register, first: date, last: date) -> Records:
    """Every reservation of the pretend hotel whose stay touches the days from `first` to `last`."""
    return {
        one.number: _told(register, one)
        for one in register.reservations()
        if one.arrival <= last and one.departure >= first
    }


def _told(register: Register, one: Reservation) -> Records:
    hotel, guest = register.hotel, register.guest(one.guest_id)
    come, gone = one.checked_in_at, one.checked_out_at
    return {
        "status": _STATUS[one.state],
        "holds": one.state is State.OPTION,
        "number": one.number,
        "group": one.group_code or "",
        "total": one.total,
        "balance": one.balance,
        "currency": one.currency,
        "source": one.source,
        "notes": one.notes,
        "booked_at": one.created_at.replace(microsecond=0),
        "updated_at": one.updated_at,
        "cancelled_at": one.cancelled_at and one.cancelled_at.replace(microsecond=0),
        "guest": (guest.id, guest.first, guest.last),
        "stays": [
            {
                "line": str(line.line),
                "unit": str(line.unit),
                "status": _STATUS[line.state],
                "type": (line.room_type, hotel.room_type(line.room_type).name),
                "room": line.room or "",
                "days": (line.arrival, line.departure),
                "people": (line.adults, line.children),
                "plan": (line.rate_plan, hotel.rate_plan(line.rate_plan).name),
                "nights": "[" + ",".join(f"[{night},null]" for night in line.nightly) + "]",
                "come": come.replace(microsecond=0) if come and line.arrival == one.arrival else None,
                "gone": gone.replace(microsecond=0) if gone and line.departure == one.departure else None,
            }
            for line in one.lines
        ],
    }


def stored(hub: Runtime, connection_id: int) -> Records:
    """The same shape out of the hub's tables."""
    with hub.reading() as session:
        bookings = session.scalars(select(Booking).where(Booking.connection_id == connection_id)).all()
        stays: dict[int, list[Stay]] = {}
        for row in session.scalars(select(Stay).order_by(Stay.booking_id, Stay.line)):
            stays.setdefault(row.booking_id, []).append(row)
        people: dict[int, list[BookingGuest]] = {}
        for person in session.scalars(
            select(BookingGuest).order_by(BookingGuest.booking_id, BookingGuest.position)
        ):
            people.setdefault(person.booking_id, []).append(person)
        assert len({row.external_id for row in bookings}) == len(bookings)
        return {row.external_id: _stored(row, stays[row.id], people[row.id]) for row in bookings}


def _stored(row: Booking, stays: list[Stay], people: list[BookingGuest]) -> Records:
    return {
        "status": row.status,
        "holds": row.holds_room,
        "number": row.confirmation_number,
        "group": row.group_ref,
        "total": row.total_minor,
        "balance": row.balance_minor,
        "currency": row.currency,
        "source": row.source,
        "notes": row.notes,
        "booked_at": row.booked_at,
        "updated_at": row.updated_at,
        "cancelled_at": row.cancelled_at,
        "guest": (people[0].guest_external_id, people[0].first_name, people[0].last_name),
        "stays": [
            {
                "line": stay.line,
                "unit": stay.unit,
                "status": stay.status,
                "type": (stay.room_type_id, stay.room_type),
                "room": stay.room,
                "days": (stay.arrival, stay.departure),
                "people": (stay.adults, stay.children),
                "plan": (stay.rate_plan_id, stay.rate_plan),
                "nights": stay.nights,
                "come": stay.checked_in_at,
                "gone": stay.checked_out_at,
            }
            for stay in stays
        ],
    }


def told_guests(register: Register) -> Records:
    return {
        one.id: (one.first, one.last, one.email or "", one.phone or "", one.country or "", one.vip, True)
        for one in register.guests()
    }


def stored_guests(hub: Runtime) -> Records:
    with hub.reading() as session:
        return {
            row.external_id: (
                row.first_name, row.last_name, row.email, row.phone, row.country, row.is_vip, row.is_profile,
            )
            for row in session.scalars(select(Guest))
        }  # fmt: skip


def told_inventory(register: Register, first: date, days: int) -> tuple[Records, Records]:
    """Availability and rates of `days` days from `first`."""
    last = first + timedelta(days - 1)
    currency = register.hotel.currency
    return (
        {f"{one.day} {one.room_type}": (one.available, one.rooms) for one in register.availability(first, last)},
        {
            f"{one.day} {one.room_type} {one.rate_plan}": (
                one.price, currency, one.min_stay, one.closed_to_arrival, one.closed_to_departure,
            )
            for one in register.rates(first, last)
        },
    )  # fmt: skip


def stored_inventory(hub: Runtime) -> tuple[Records, Records]:
    with hub.reading() as session:
        return (
            {
                f"{row.day} {row.room_type_id}": (row.available, row.total)
                for row in session.scalars(select(Availability))
            },
            {
                f"{row.day} {row.room_type_id} {row.rate_plan_id}": (
                    row.price_minor, row.currency, row.min_stay, row.closed_to_arrival, row.closed_to_departure,
                )
                for row in session.scalars(select(Rate))
            },
        )  # fmt: skip
