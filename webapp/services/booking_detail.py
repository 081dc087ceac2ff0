"""One booking with everything known about it now: people, the story of its rooms, money, and what was told of it."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from webapp.domain.booking import BookingStatus
from webapp.domain.value import Value
from webapp.models import Booking, BookingGuest, Connection, Guest, Stay

from . import booking_history
from .booking_history import FactView


class GuestView(Value, frozen=True):
    """A person on the booking, with the profile where the provider gave one. `stay_line` is empty for all lines."""

    first_name: str
    last_name: str
    role: str
    stay_line: str
    is_checked_in: bool | None
    email: str
    phone: str
    country: str
    language: str
    is_vip: bool
    notes: str
    is_anonymised: bool


class NightView(Value, frozen=True):
    """What a night costs, minor units; `net_minor` is None where the provider does not tell taxes apart."""

    night: date
    gross_minor: int
    net_minor: int | None


class LineView(Value, frozen=True):
    """One line of a unit's story: a room from arrival to departure."""

    line: str
    status: BookingStatus
    arrival: date
    departure: date
    room: str
    room_type: str
    rate_plan: str
    adults: int
    children: int
    nights: tuple[NightView, ...]
    are_nights_spread: bool
    checked_in_at: datetime | None
    checked_out_at: datetime | None

    @property
    def length(self) -> int:
        return (self.departure - self.arrival).days


class UnitView(Value, frozen=True):
    """One room sold, and the rooms its guests are in one after the other."""

    unit: str
    lines: tuple[LineView, ...]


class BookingDetail(Value, frozen=True):
    """Amounts are minor units of `currency`; instants are aware UTC."""

    id: int
    public_id: str
    external_id: str
    confirmation_number: str
    group_ref: str
    status: BookingStatus
    raw_status: str
    holds_room: bool
    guest_first: str
    guest_last: str
    arrival: date
    departure: date
    source: str
    currency: str
    total_minor: int | None
    balance_minor: int | None
    notes: str
    booked_at: datetime | None
    updated_at: datetime | None
    cancelled_at: datetime | None
    gone_at: datetime | None
    stored_at: datetime
    changed_at: datetime
    revision: int
    connection_id: int
    connection_name: str
    guests: tuple[GuestView, ...]
    units: tuple[UnitView, ...]
    facts: tuple[FactView, ...]

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days

    @property
    def paid_minor(self) -> int | None:
        if self.total_minor is None or self.balance_minor is None:
            return None
        return self.total_minor - self.balance_minor

    @property
    def has_spread_nights(self) -> bool:
        return any(line.nights and line.are_nights_spread for unit in self.units for line in unit.lines)


def detail(session: Session, public_id: str) -> BookingDetail | None:
    """None when there is no such booking, or its connection was archived."""
    row = session.execute(
        select(Booking, Connection.name)
        .join(Connection, Connection.id == Booking.connection_id)
        .where(Booking.public_id == public_id, Connection.archived_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    booking, connection_name = row
    plain = {
        name: getattr(booking, name)
        for name in BookingDetail.__struct_fields__
        if name not in {"status", "connection_name", "guests", "units", "facts"}
    }
    return BookingDetail(
        **plain,
        status=BookingStatus(booking.status),
        connection_name=connection_name,
        guests=_guests(session, booking),
        units=_units(session, booking.id),
        facts=booking_history.facts(session, booking.id),
    )


def _guests(session: Session, booking: Booking) -> tuple[GuestView, ...]:
    rows = session.execute(
        select(BookingGuest, Guest)
        .outerjoin(
            Guest,
            and_(
                Guest.connection_id == booking.connection_id,
                Guest.external_id == BookingGuest.guest_external_id,
            ),
        )
        .where(BookingGuest.booking_id == booking.id)
        .order_by(BookingGuest.position)
    )
    return tuple(_guest(named, profile) for named, profile in rows)


def _guest(named: BookingGuest, profile: Guest | None) -> GuestView:
    known = profile if profile is not None and profile.anonymised_at is None else None
    return GuestView(
        first_name=named.first_name,
        last_name=named.last_name,
        role=named.role,
        stay_line=named.stay_line,
        is_checked_in=named.is_checked_in,
        email=known.email if known else "",
        phone=known.phone if known else "",
        country=known.country if known else "",
        language=known.language if known else "",
        is_vip=known.is_vip if known else False,
        notes=known.notes if known else "",
        is_anonymised=profile is not None and known is None,
    )


def _units(session: Session, booking_id: int) -> tuple[UnitView, ...]:
    lines: dict[str, list[LineView]] = {}
    for stay in session.scalars(
        select(Stay).where(Stay.booking_id == booking_id).order_by(Stay.arrival, Stay.id)
    ):
        lines.setdefault(stay.unit, []).append(_line(stay))
    return tuple(
        UnitView(unit, tuple(lines[unit])) for unit in sorted(lines, key=lambda unit: (len(unit), unit))
    )


def _line(stay: Stay) -> LineView:
    return LineView(
        line=stay.line,
        status=BookingStatus(stay.status),
        arrival=stay.arrival,
        departure=stay.departure,
        room=stay.room,
        room_type=stay.room_type,
        rate_plan=stay.rate_plan,
        adults=stay.adults,
        children=stay.children,
        nights=_nights(stay),
        are_nights_spread=stay.nights_are_spread,
        checked_in_at=stay.checked_in_at,
        checked_out_at=stay.checked_out_at,
    )


def _nights(stay: Stay) -> tuple[NightView, ...]:
    stored: list[tuple[int, int | None]] = msgspec.json.decode(stay.nights or "[]")
    return tuple(
        NightView(stay.arrival + timedelta(days=place), gross, net)
        for place, (gross, net) in enumerate(stored)
    )
