"""The words of the pretend Guesty for what the hotel has: statuses, channels, hours and money."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from zlib import crc32

from simulator.hotel import Guest, Reservation, State, StayLine
from simulator.money import major_number
from simulator.pms.guesty_calls import Json

CHECK_IN, CHECK_OUT = time(15), time(11)
STATUSES: Mapping[State, str] = {
    State.INQUIRY: "inquiry",
    State.OPTION: "reserved",
    State.WAITLIST: "awaiting_payment",
    State.CANCELLED: "canceled",
}
# What was never confirmed does not end as `canceled`.
ENDINGS: Mapping[State, str] = {
    State.INQUIRY: "closed",
    State.OPTION: "expired",
    State.WAITLIST: "declined",
}
# The source and the platform as this vendor writes them.
CHANNELS: Mapping[str, tuple[str, str]] = {
    "Booking.com": ("booking.com", "bookingCom"),
    "Expedia": ("expedia", "expedia"),
    "Website": ("website", "direct"),
}
_MANUAL = ("manual", "manual")


def channel(record: Reservation) -> tuple[str, str]:
    """The source and the platform of a booking."""
    return CHANNELS.get(record.source, _MANUAL)


def full_name(guest: Guest) -> str:
    return f"{guest.first} {guest.last}".strip()


def planned_arrival(record: Reservation) -> time:
    """The guest's own word, which is not the hour of check-in."""
    minutes = crc32(record.number.encode()) % 14 * 30
    return (datetime.combine(record.arrival, CHECK_IN) + timedelta(minutes=minutes)).time()


def guest_stay(record: Reservation, lines: tuple[StayLine, ...]) -> str:
    states = {line.state for line in lines}
    if record.state is State.NO_SHOW:
        return "no_show"
    if State.IN_HOUSE in states or states == {State.CHECKED_OUT, State.CONFIRMED}:
        return "checked_in"
    return "checked_out" if states == {State.CHECKED_OUT} else "not_set"


def money(currency: str, total: int, balance: int, is_live: bool) -> Json:
    """The amounts of a booking, as JSON numbers in major units."""

    def number(minor: int) -> int | float:
        major = major_number(minor, currency)
        return int(major) if major.is_integer() else major

    return {
        "currency": currency,
        "fareAccommodation": number(total),
        "fareCleaning": 0,
        "subTotalPrice": number(total),
        "hostPayout": number(total),
        "totalTaxes": 0,
        "totalRefunded": 0,
        "totalPaid": number(max(0, total - balance)) if is_live else 0,
        "balanceDue": number(balance),
        "isFullyPaid": balance == 0,
        "invoiceItems": [],
        "payments": [],
    }
