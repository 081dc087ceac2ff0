"""Bookings, their stays and their people, in the hub's words."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class BookingStatus(StrEnum):
    INQUIRY = "inquiry"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


ACTIVE = (BookingStatus.CONFIRMED, BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT)
"""What occupies a room. An inquiry never does, unless its booking says `holds_room`."""

# A sync makes hundreds of thousands of the values below, which cannot refer to themselves: `gc=False` spares the
# collector from looking through all of them again and again.


class Stay(msgspec.Struct, frozen=True, gc=False):
    """One line of a booking: one room (or unit) from arrival to departure, nights half-open.

    `unit` joins the lines of one room's story: a room move or a split stay is several lines of one unit.
    `nights` holds (gross, net or None) minor units per night; empty when the provider does not price nights.
    A time that a provider does not tell (any more) is None; one that is stored then stays while it can be true.
    """

    line: str
    arrival: date
    departure: date
    status: BookingStatus
    unit: str = "1"
    room_type_id: str = ""
    room_type: str = ""
    room: str = ""
    adults: int = 1
    children: int = 0
    rate_plan_id: str = ""
    rate_plan: str = ""
    nights: tuple[tuple[int, int | None], ...] = ()
    checked_in_at: datetime | None = None
    checked_out_at: datetime | None = None


class BookingGuest(msgspec.Struct, frozen=True, gc=False):
    """A person on a booking. `external_id` is always set: adapters compose one where a provider has none."""

    external_id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    role: str = "guest"  # "booker" or "guest"; the first guest is the one lists show
    stay_line: str = ""  # empty: all lines
    is_checked_in: bool | None = None


class Booking(msgspec.Struct, frozen=True, gc=False):
    """A provider's reservation. Amounts are minor units of `currency`; instants are aware UTC."""

    external_id: str
    status: BookingStatus
    currency: str
    stays: tuple[Stay, ...]
    guests: tuple[BookingGuest, ...] = ()
    confirmation_number: str = ""
    group_ref: str = ""
    holds_room: bool = False
    source: str = ""
    total_minor: int | None = None
    balance_minor: int | None = None
    notes: str | None = ""  # None: not asked for, so that what is stored stays
    created_at: datetime | None = None
    updated_at: datetime | None = None
    cancelled_at: datetime | None = None
    raw_status: str = ""  # the provider's own word, so that an unmapped one can be shown

    @property
    def arrival(self) -> date:
        stays = self.stays
        return stays[0].arrival if len(stays) == 1 else min(stay.arrival for stay in stays)

    @property
    def departure(self) -> date:
        stays = self.stays
        return stays[0].departure if len(stays) == 1 else max(stay.departure for stay in stays)
