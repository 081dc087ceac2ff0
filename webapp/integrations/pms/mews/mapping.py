"""From what Mews sends to the hub's words: bookings, people and guests. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.guest import Guest

from .prices import Prices, prices_of
from .shapes import Customer, OrderItem, Reservation, maybe_utc, utc

STATUSES: Mapping[str, BookingStatus] = {
    "Inquired": BookingStatus.INQUIRY,
    "Requested": BookingStatus.INQUIRY,  # on the waiting list
    "Optional": BookingStatus.INQUIRY,  # the hotel holds a room that the guest has not confirmed
    "Confirmed": BookingStatus.CONFIRMED,
    "Started": BookingStatus.CHECKED_IN,
    "Processed": BookingStatus.CHECKED_OUT,
    "Canceled": BookingStatus.CANCELLED,
}
_HOLDS = "Optional"
_CANCELED = "Canceled"
_NO_SHOW = "NoShow"
_SOURCES: Mapping[str, str] = {
    "Distributor": "Booking engine",
    "ChannelManager": "Channel manager",
    "Commander": "Front desk",
    "Import": "Import",
    "Connector": "API",
    "Navigator": "Guest portal",
}
_NOT_A_PERSON = "PaymasterAccount"
_VIP = "VeryImportant"


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of a reservation stand for, and the hotel's zone and currency."""

    zone: ZoneInfo
    currency: str
    categories: Mapping[str, str] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)
    children: frozenset[str] = frozenset()

    def lacks(self, reservation: Reservation) -> bool:
        """Whether the reservation refers to a room or category that came after these names were read."""
        room, category = reservation.assigned_resource_id, reservation.requested_resource_category_id
        return (room is not None and room not in self.rooms) or (
            category is not None and category not in self.categories
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs to reservations but comes by other calls, by reservation id; customers by their own id, those
    merged away under both ids."""

    items: Mapping[str, Sequence[OrderItem]]
    companions: Mapping[str, Sequence[str]]
    customers: Mapping[str, Customer]


def booking_of(reservation: Reservation, parts: Parts, names: Names) -> Booking:
    """One Mews reservation is one room; what was booked together shares the group."""
    status, holds_room = status_of(reservation)
    arrival = utc(reservation.scheduled_start_utc).astimezone(names.zone).date()
    departure = max(_departure(reservation, status, names.zone), arrival)
    prices = prices_of(
        parts.items.get(reservation.id, ()), _nights(arrival, departure), names.zone, names.currency
    )
    return Booking(
        external_id=reservation.id,
        status=status,
        currency=prices.currency,
        stays=(_stay(reservation, status, (arrival, departure), prices, names),),
        guests=people_of(reservation, parts),
        confirmation_number=reservation.number or "",
        group_ref=reservation.group_id or "",
        holds_room=holds_room,
        source=_source(reservation),
        total_minor=prices.total_minor,
        created_at=maybe_utc(reservation.created_utc),
        updated_at=maybe_utc(reservation.updated_utc),
        cancelled_at=maybe_utc(reservation.cancelled_utc),
        raw_status=_raw_status(reservation),
    )


def status_of(reservation: Reservation) -> tuple[BookingStatus, bool]:
    """The status, and whether a room is held; a state that Mews adds later is an inquiry until it is known."""
    if reservation.state == _CANCELED and reservation.cancellation_reason == _NO_SHOW:
        return BookingStatus.NO_SHOW, False
    return STATUSES.get(reservation.state, BookingStatus.INQUIRY), reservation.state == _HOLDS


def people_of(reservation: Reservation, parts: Parts) -> tuple[BookingGuest, ...]:
    """The main guest first, then companions, then whoever booked for them. A company that owns the reservation is
    no person."""
    options = reservation.options
    found: dict[str, BookingGuest] = {}

    def add(customer_id: str | None, role: str, *, is_checked_in: bool | None = None) -> None:
        if not customer_id:
            return
        person = parts.customers.get(customer_id)
        identity = person.id if person else customer_id
        if identity not in found:
            found[identity] = _person(identity, person, role, is_checked_in)

    if reservation.account_type in (None, "Customer"):
        add(reservation.account_id, "guest", is_checked_in=options.owner_checked_in if options else None)
    all_in = None
    if options is not None and options.all_companions_checked_in:
        all_in = True
    elif options is not None and options.any_companion_checked_in is False:
        all_in = False
    for companion in parts.companions.get(reservation.id, ()):
        add(companion, "guest", is_checked_in=all_in)
    add(reservation.booker_id, "booker")
    return tuple(found.values())


def _person(identity: str, customer: Customer | None, role: str, is_checked_in: bool | None) -> BookingGuest:
    if customer is None or is_erased(customer):
        return BookingGuest(identity, role=role, is_checked_in=is_checked_in)
    return BookingGuest(
        external_id=identity,
        first_name=customer.first_name or "",
        last_name=_last_name(customer),
        email=customer.email or "",
        phone=customer.phone or "",
        role=role,
        is_checked_in=is_checked_in,
    )


def guest_of(customer: Customer) -> Guest | None:
    """A profile; None for house accounts, which are no persons. Of a deleted customer only the id is left, without a
    stamp, so that it overwrites whatever is known."""
    if is_erased(customer):
        return Guest(customer.id)
    classifications = customer.classifications or ()
    if _NOT_A_PERSON in classifications:
        return None
    country = (customer.nationality_code or "").upper()
    return Guest(
        external_id=customer.id,
        first_name=customer.first_name or "",
        last_name=_last_name(customer),
        email=customer.email or "",
        phone=customer.phone or "",
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        language=customer.preferred_language_code or customer.language_code or "",
        is_vip=_VIP in classifications,
        notes=customer.notes or "",
        updated_at=maybe_utc(customer.updated_utc),
    )


def is_erased(customer: Customer) -> bool:
    """Deleted at the hotel's wish or the guest's; one that was merged away lives on as another."""
    return not customer.is_active and customer.merge_target_id is None


def _stay(
    reservation: Reservation,
    status: BookingStatus,
    dates: tuple[date, date],
    prices: Prices,
    names: Names,
) -> Stay:
    # The category that was sold, not that of the assigned room: inventory and prices hang on it.
    category = reservation.requested_resource_category_id or ""
    counts = reservation.person_counts or ()
    children = sum(item.count for item in counts if item.age_category_id in names.children)
    return Stay(
        line="1",
        arrival=dates[0],
        departure=dates[1],
        status=status,
        room_type_id=category,
        room_type=names.categories.get(category, ""),
        room=names.rooms.get(reservation.assigned_resource_id or "", ""),
        adults=sum(item.count for item in counts) - children,
        children=children,
        rate_plan_id=reservation.rate_id or "",
        rate_plan=names.plans.get(reservation.rate_id or "", ""),
        nights=prices.nights,
        checked_in_at=maybe_utc(reservation.actual_start_utc),
        checked_out_at=maybe_utc(reservation.actual_end_utc),
    )


def _departure(reservation: Reservation, status: BookingStatus, zone: ZoneInfo) -> date:
    """The scheduled one, unless the guest left before: the nights that are left were not slept."""
    end = utc(reservation.scheduled_end_utc)
    left = maybe_utc(reservation.actual_end_utc)
    if status is BookingStatus.CHECKED_OUT and left is not None:
        end = min(end, left)
    return end.astimezone(zone).date()


def _nights(arrival: date, departure: date) -> list[date]:
    return [arrival + timedelta(number) for number in range((departure - arrival).days)]


def _raw_status(reservation: Reservation) -> str:
    reason = reservation.cancellation_reason if reservation.state == _CANCELED else None
    return f"{reservation.state} ({reason})" if reason else reservation.state


def _source(reservation: Reservation) -> str:
    """The channel where Mews names it, else the kind of origin."""
    origin = reservation.origin or ""
    if origin == "ChannelManager" and reservation.origin_details:
        return reservation.origin_details
    return _SOURCES.get(origin, origin)


def _last_name(customer: Customer) -> str:
    return " ".join(part for part in (customer.last_name, customer.second_last_name) if part)


def begins(reservation: Reservation) -> datetime:
    """The latest moment at which the stay can be said to begin, whichever of its two times Mews filters by."""
    scheduled = utc(reservation.scheduled_start_utc)
    return max(scheduled, maybe_utc(reservation.actual_start_utc) or datetime.min.replace(tzinfo=UTC))
