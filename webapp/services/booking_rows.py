"""Turns a booking into the tuples of its tables; pure, and the hot path of a sync."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from webapp.domain.booking import Booking, BookingGuest, Stay
from webapp.domain.money import spread
from webapp.domain.wording import N_, Sentence
from webapp.models import Booking as BookingTable
from webapp.models import BookingGuest as BookingGuestTable
from webapp.models import Stay as StayTable

from .applying import TOO_LONG

Row = tuple[Any, ...]

BOOKINGS = BookingTable.metadata.tables["booking"]
STAYS = StayTable.metadata.tables["stay"]
PEOPLE = BookingGuestTable.metadata.tables["booking_guest"]

FIELDS = (
    "external_id",
    "confirmation_number",
    "group_ref",
    "status",
    "raw_status",
    "holds_room",
    "arrival",
    "departure",
    "guest_first",
    "guest_last",
    "source",
    "currency",
    "total_minor",
    "balance_minor",
    "notes",
    "booked_at",
    "updated_at",
    "cancelled_at",
)  # fmt: skip
STAY_FIELDS = (
    "line",
    "unit",
    "status",
    "arrival",
    "departure",
    "room_type_id",
    "room_type",
    "room",
    "adults",
    "children",
    "rate_plan_id",
    "rate_plan",
    "nights",
    "nights_are_spread",
    "checked_in_at",
    "checked_out_at",
)
PEOPLE_FIELDS = ("guest_external_id", "first_name", "last_name", "role", "stay_line", "is_checked_in")

_encode = msgspec.json.Encoder().encode
_NOBODY = BookingGuest(external_id="")
_NO_STAY = Sentence(N_("no stay"))
_ENDS_FIRST = Sentence(N_("departure is before arrival"))


def unfit(booking: Booking) -> Sentence | None:
    """Why a booking cannot be stored; None when it can."""
    if not booking.stays:
        return _NO_STAY
    if len(booking.external_id) > 100:
        return TOO_LONG
    if any(stay.departure < stay.arrival for stay in booking.stays):
        return _ENDS_FIRST
    return None


def booking_row(booking: Booking) -> Row:
    """In the order of FIELDS. Texts are cut to their columns, which PostgreSQL would otherwise refuse."""
    person = first_guest(booking)
    return (
        booking.external_id,
        booking.confirmation_number[:100],
        booking.group_ref[:100],
        booking.status._value_,
        booking.raw_status[:60],
        booking.holds_room,
        booking.arrival,
        booking.departure,
        person.first_name[:120],
        person.last_name[:120],
        booking.source[:80],
        booking.currency,
        booking.total_minor,
        booking.balance_minor,
        booking.notes or "",
        booking.created_at,
        booking.updated_at,
        booking.cancelled_at,
    )


def stay_rows(booking: Booking) -> list[Row]:
    """In the order of STAY_FIELDS, one per line; a line that comes twice is kept once, the later wins."""
    prices = _prices(booking)
    rows = {
        stay.line: (
            stay.line[:60],
            stay.unit[:60],
            stay.status._value_,
            stay.arrival,
            stay.departure,
            stay.room_type_id[:100],
            stay.room_type[:120],
            stay.room[:60],
            stay.adults,
            stay.children,
            stay.rate_plan_id[:100],
            stay.rate_plan[:120],
            nights,
            is_spread,
            stay.checked_in_at,
            stay.checked_out_at,
        )
        for stay, (nights, is_spread) in zip(booking.stays, prices, strict=True)
    }
    return list(rows.values())


def people_rows(booking: Booking) -> list[Row]:
    """In the order of PEOPLE_FIELDS."""
    return [
        (
            guest.external_id[:100],
            guest.first_name[:120],
            guest.last_name[:120],
            guest.role[:8],
            guest.stay_line[:60],
            guest.is_checked_in,
        )
        for guest in booking.guests
    ]


def first_guest(booking: Booking) -> BookingGuest:
    """Whom lists show: the first who stays, else whoever booked."""
    guests = booking.guests
    if guests and guests[0].role == "guest":
        return guests[0]
    return next((guest for guest in guests if guest.role == "guest"), guests[0] if guests else _NOBODY)


def _prices(booking: Booking) -> list[tuple[str, bool]]:
    """Per stay: the nights as stored, and whether the hub spread the booking's total over them.

    What is left of the total after the priced stays is shared evenly by the nights without a price.
    """
    if len(booking.stays) == 1 and booking.stays[0].nights:  # most bookings, and a third of the cost
        return [(_encode(booking.stays[0].nights).decode(), False)]
    unpriced = sum(_nights(stay) for stay in booking.stays if not stay.nights)
    if not unpriced or booking.total_minor is None:
        return [(_encode(stay.nights).decode(), False) for stay in booking.stays]
    priced = sum(gross for stay in booking.stays for gross, _ in stay.nights)
    shares = iter(spread(booking.total_minor - priced, unpriced))
    return [
        (_encode(stay.nights).decode(), False) if stay.nights else (_shared(shares, _nights(stay)), True)
        for stay in booking.stays
    ]


def _nights(stay: Stay) -> int:
    return nights_between(stay.arrival, stay.departure)


def nights_between(arrival: date, departure: date) -> int:
    """A stay of no night (a day room) still has one price."""
    return max((departure - arrival).days, 1)


def _shared(shares: Any, count: int) -> str:
    amounts: Sequence[tuple[int, None]] = [(next(shares), None) for _ in range(count)]
    return _encode(amounts).decode()
