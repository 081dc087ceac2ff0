"""From what Guesty sends to the hub's words: bookings, their people, guests. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.guest import Guest
from webapp.integrations.kit.plain_values import amount, first, text

from .asking import Row
from .house import Listing
from .reading import id_of, moment, planned
from .reservation import Reservation, Segment

STATUSES: Mapping[str, BookingStatus] = {
    "inquiry": BookingStatus.INQUIRY,
    "reserved": BookingStatus.INQUIRY,
    "awaiting_payment": BookingStatus.INQUIRY,
    "confirmed": BookingStatus.CONFIRMED,
    "checked_in": BookingStatus.CHECKED_IN,  # seen in some older accounts
    "checked_out": BookingStatus.CHECKED_OUT,
    "canceled": BookingStatus.CANCELLED,
    "closed": BookingStatus.CANCELLED,
    "declined": BookingStatus.CANCELLED,
    "expired": BookingStatus.CANCELLED,
}
MARKS: Mapping[str, BookingStatus] = {
    "checked_in": BookingStatus.CHECKED_IN,
    "checked_out": BookingStatus.CHECKED_OUT,
    "no_show": BookingStatus.NO_SHOW,
}
DERIVED = "derived"
_HOLDS = "reserved"
_DEFAULT_ARRIVAL, _DEFAULT_DEPARTURE = "15:00", "11:00"


class Places(Protocol):
    """What the ids of a reservation stand for."""

    def listing(self, identity: str) -> Listing | None: ...
    def zone(self, identity: str) -> ZoneInfo: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What is known beside the reservation: its guest and money, the account's currency, and the time at which
    check-ins are derived, None where only marks count."""

    guest: Row | None
    money: Row | None
    currency: str
    derive_at: datetime | None = None
    plans: Mapping[str, str] = field(default_factory=dict)  # names of rate plans by id


@dataclass(frozen=True, slots=True)
class State:
    status: BookingStatus
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    raw: str


def booking_of(found: Reservation, told: Told, places: Places) -> Booking:
    """Raises Unreadable."""
    main = places.listing(found.segments[0].type_id)
    money = told.money or found.money or {}
    currency = first(money.get("currency"), main.currency if main else "", told.currency).upper()
    state = state_of(found, told.derive_at, places)
    return Booking(
        external_id=found.id,
        status=state.status,
        currency=currency,
        stays=_stays(found, state, told.plans, places),
        guests=people_of(found, told.guest or found.guest),
        confirmation_number=found.code,
        group_ref=found.group_id,
        holds_room=found.status == _HOLDS,
        source=found.source,
        total_minor=total_of(money, currency),
        balance_minor=amount(money.get("balanceDue"), currency, "money.balanceDue"),
        notes=found.notes or "",
        created_at=found.created_at,
        updated_at=found.updated_at,
        cancelled_at=found.cancelled_at,
        raw_status=state.raw,
    )


def state_of(found: Reservation, derive_at: datetime | None, places: Places) -> State:
    """A mark of the front desk wins over the word of the booking. A word that Guesty adds later is an inquiry."""
    status = STATUSES.get(found.status, BookingStatus.INQUIRY)
    marked = MARKS.get(found.mark) if status is BookingStatus.CONFIRMED else None
    if marked is not None:
        arrived = found.marked_at if marked is BookingStatus.CHECKED_IN else None
        left = found.marked_at if marked is BookingStatus.CHECKED_OUT else None
        return State(marked, arrived, left, f"{found.status}, {found.mark}")
    if status is BookingStatus.CONFIRMED and derive_at is not None:
        return _derived(found, derive_at, places)
    return State(status, None, None, found.status)


def _derived(found: Reservation, now: datetime, places: Places) -> State:
    """By the planned times, where nothing is marked; the word says so."""
    begin, end = found.segments[0], found.segments[-1]
    arrives = _planned(begin.eta, begin, places, is_arrival=True)
    leaves = _planned(end.etd, end, places, is_arrival=False)
    raw = f"{found.status}, {DERIVED}"
    if now >= leaves:
        return State(BookingStatus.CHECKED_OUT, arrives, leaves, raw)
    if now >= arrives:
        return State(BookingStatus.CHECKED_IN, arrives, None, raw)
    return State(BookingStatus.CONFIRMED, None, None, found.status)


def _planned(given: str, segment: Segment, places: Places, *, is_arrival: bool) -> datetime:
    listing, zone = places.listing(segment.type_id), places.zone(segment.type_id)
    on = segment.arrival if is_arrival else segment.departure
    usual = "" if listing is None else listing.check_in_time if is_arrival else listing.check_out_time
    fallback = _DEFAULT_ARRIVAL if is_arrival else _DEFAULT_DEPARTURE
    found = planned(given, on, zone) or planned(usual, on, zone) or planned(fallback, on, zone)
    assert found is not None  # noqa: S101 - the last one is ours
    return found


def _stays(found: Reservation, state: State, plans: Mapping[str, str], places: Places) -> tuple[Stay, ...]:
    """A line for each segment; one that begins before another ends is another unit."""
    stays: list[Stay] = []
    ends: list[Segment] = []  # the last segment of each unit
    for number, segment in enumerate(found.segments, 1):
        unit = next(
            (place for place, last in enumerate(ends) if last.departure <= segment.arrival), len(ends)
        )
        ends[unit : unit + 1] = [segment]
        listing, room = places.listing(segment.type_id), places.listing(segment.unit_id)
        stays.append(
            Stay(
                line=str(number),
                unit=str(unit + 1),
                arrival=segment.arrival,
                departure=segment.departure,
                status=state.status,
                room_type_id=segment.type_id,
                room_type=listing.name if listing else "",
                room=(room.nickname or room.name) if room else "",
                adults=segment.adults,
                children=segment.children,
                rate_plan_id=segment.plan_id,
                rate_plan=plans.get(segment.plan_id, ""),
                checked_in_at=state.checked_in_at,
                checked_out_at=state.checked_out_at,
            )
        )
    return tuple(stays)


def total_of(money: Mapping[str, Any], currency: str) -> int | None:
    """What the guest pays: what is paid and what is due; before anything is known of payments, the prices."""

    def value(name: str) -> int | None:
        return amount(money.get(name), currency, f"money.{name}")

    paid, due = value("totalPaid"), value("balanceDue")
    if paid is not None and due is not None:
        return paid + due
    subtotal, taxes = value("subTotalPrice"), value("totalTaxes")
    if subtotal is not None:
        return subtotal + (taxes or 0)
    fare = value("fareAccommodation")
    return None if fare is None else fare + (value("fareCleaning") or 0) + (taxes or 0)


def people_of(found: Reservation, guest: Row | None) -> tuple[BookingGuest, ...]:
    """One person: Guesty knows whoever booked."""
    identity = found.guest_id or (id_of(guest) if guest else "")
    if not identity:
        return ()
    if guest is None:
        return (BookingGuest(identity),)
    names = _names(guest)
    return (BookingGuest(identity, names[0], names[1], email=_email(guest), phone=_phone(guest)),)


def guest_of(row: Row) -> Guest | None:
    """A profile; None without an id. Addresses of booking channels are kept as they are, and identify nobody."""
    identity = id_of(row)
    if not identity:
        return None
    given, family = _names(row)
    address = row.get("address")
    country = (
        first(*(address.get(name) for name in ("countryCode", "country")))
        if isinstance(address, dict)
        else ""
    )
    return Guest(
        external_id=identity,
        first_name=given,
        last_name=family,
        email=_email(row),
        phone=_phone(row),
        country=country.upper() if len(country) == 2 and country.isascii() and country.isalpha() else "",
        language=text(row.get("preferredLanguage")),
        notes=text(row.get("notes")),
        updated_at=moment(first(row.get("lastUpdatedAt"), row.get("updatedAt")), "updatedAt"),
    )


def _names(row: Row) -> tuple[str, str]:
    given, family = text(row.get("firstName")), text(row.get("lastName"))
    if given or family:
        return given, family
    head, _, rest = text(row.get("fullName")).partition(" ")
    return head, rest.strip()


def _email(row: Row) -> str:
    return first(row.get("email"), row.get("guestEmail"), *_listed(row.get("emails")))


def _phone(row: Row) -> str:
    return first(row.get("phone"), row.get("guestPhone"), *_listed(row.get("phones")))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
