"""What the hotel's figures mean: arrivals, departures, in house, sold nights. Screens and the assistant count with these.

A *visit* is what one unit of a booking does from its arrival to its departure. It is one line (`stay` row) in most
bookings; after a room move or in a split stay it is several lines that follow each other without a gap, and the
dates between them are neither arrivals nor departures. Bookings that are gone at the provider count nowhere.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from webapp.domain.booking import ACTIVE, BookingStatus
from webapp.domain.value import Value
from webapp.models import Availability, Booking, Connection, ConnectionRole, Stay


class DeskStay(Value, frozen=True):
    """One visit as the front desk sees it. `arrival` and `departure` are the visit's, half-open nights."""

    booking_id: int
    public_id: str
    confirmation_number: str
    unit: str
    guest_first: str
    guest_last: str
    status: BookingStatus
    arrival: date
    departure: date
    room: str
    room_type: str
    adults: int
    children: int
    balance_minor: int | None
    currency: str

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days

    @property
    def people(self) -> int:
        return self.adults + self.children


def primary_connection_id(session: Session) -> int | None:
    """The connection whose bookings count: the primary one, never a shadow or an archived one."""
    return session.connection().execute(_PRIMARY).scalar()


# Nearly every page asks it: of the plain table, which takes half as long.
_CONNECTION = Connection.metadata.tables["connection"].c
_PRIMARY = (
    select(_CONNECTION.id)
    .where(_CONNECTION.role == ConnectionRole.PRIMARY.value, _CONNECTION.archived_at.is_(None))
    .order_by(_CONNECTION.id)
    .limit(1)
)


def arrives(day: date) -> ColumnElement[bool]:
    """Of a `Stay`: active, and its visit begins on `day`. Confirmed ones are due in, the others have arrived."""
    before = aliased(Stay)
    follows = (
        select(literal(1))
        .where(
            before.booking_id == Stay.booking_id,
            before.unit == Stay.unit,
            before.departure == Stay.arrival,
            before.arrival < Stay.arrival,
            before.status.in_(ACTIVE),
        )
        .exists()
    )
    return and_(Stay.arrival == day, Stay.status.in_(ACTIVE), ~follows)


def departs(day: date) -> ColumnElement[bool]:
    """Of a `Stay`: active, and its visit ends on `day`. Checked-in ones are due out, checked-out ones have left."""
    after = aliased(Stay)
    goes_on = (
        select(literal(1))
        .where(
            after.booking_id == Stay.booking_id,
            after.unit == Stay.unit,
            after.arrival == Stay.departure,
            after.departure > Stay.departure,
            after.status.in_(ACTIVE),
        )
        .exists()
    )
    return and_(Stay.departure == day, Stay.status.in_(ACTIVE), ~goes_on)


def is_in_house() -> ColumnElement[bool]:
    """Of a `Stay`: somebody is checked in. Written into the statement, so that its small index is found."""
    return Stay.status == literal(BookingStatus.CHECKED_IN.value, literal_execute=True)


def sells_a_room() -> ColumnElement[bool]:
    """Of a `Stay` joined with its `Booking`: it takes a room for its nights. An inquiry does so only on hold."""
    return or_(
        Stay.status.in_(ACTIVE), and_(Stay.status == BookingStatus.INQUIRY, Booking.holds_room.is_(True))
    )


def arrivals(session: Session, connection_id: int, day: date) -> tuple[DeskStay, ...]:
    """Every visit that begins on `day`, by name."""
    return _visits_touching(session, connection_id, arrives(day), first=day)


def departures(session: Session, connection_id: int, day: date) -> tuple[DeskStay, ...]:
    """Every visit that ends on `day`, by name."""
    return _visits_touching(session, connection_id, departs(day), last=day)


def in_house(session: Session, connection_id: int, today: date) -> tuple[DeskStay, ...]:
    """Who is checked in now, one visit per unit, by name. The room is the one of `today`."""
    present = select(Stay.booking_id).where(Stay.connection_id == connection_id, is_in_house())
    visits = _visits(session, Stay.booking_id.in_(present))
    found: dict[tuple[int, str], DeskStay] = {}
    for lines in visits:
        if all(line.status != BookingStatus.CHECKED_IN for line in lines):
            continue
        visit = _desk_stay(lines, _line_of(lines, today))
        known = found.get((visit.booking_id, visit.unit))
        # One unit can be in one place: of two visits the later one that has begun.
        if known is None or known.arrival < visit.arrival <= today:
            found[(visit.booking_id, visit.unit)] = visit
    return _by_name(found.values())


def is_stayover(visit: DeskStay, today: date) -> bool:
    """In house, arrived before today, and leaving after it."""
    return visit.status == BookingStatus.CHECKED_IN and visit.arrival < today < visit.departure


def covering(session: Session, connection_id: int, night: date) -> tuple[DeskStay, ...]:
    """Active visits that sleep here in the night that begins on `night`, by name: "in house" of another day."""
    touched = _stays_between(connection_id, night, night + timedelta(days=1)).subquery()
    visits = _visits(session, Stay.booking_id.in_(select(touched.c.booking_id)))
    return _by_name(
        _desk_stay(lines, _line_of(lines, night))
        for lines in visits
        if any(line.arrival <= night < line.departure for line in lines)
    )


def sold_rooms(
    session: Session, connection_id: int, first: date, nights: int, *, room_type_id: str | None = None
) -> tuple[int, ...]:
    """Sold rooms of each night from `first` on: active stays and holds that cover it."""
    end = first + timedelta(days=nights)
    touched = _stays_between(connection_id, first, end, room_type_id).subquery()
    counts = session.execute(
        select(touched.c.arrival, touched.c.departure, func.count()).group_by(
            touched.c.arrival, touched.c.departure
        )
    )
    sold = [0] * nights
    for arrival, departure, count in counts:
        for night in range(max((arrival - first).days, 0), min((departure - first).days, nights)):
            sold[night] += count
    return tuple(sold)


def rooms_for_sale(
    session: Session, connection_id: int, first: date, nights: int, *, room_type_id: str | None = None
) -> tuple[int | None, ...]:
    """Rooms the hotel has on each night, by the provider's availability; None where it does not tell them all."""
    statement = (
        select(Availability.day, func.sum(Availability.total), func.count(), func.count(Availability.total))
        .where(
            Availability.connection_id == connection_id,
            Availability.day >= first,
            Availability.day < first + timedelta(days=nights),
            Availability.room_type_id == room_type_id if room_type_id is not None else true(),
        )
        .group_by(Availability.day)
    )
    known = {
        day: int(total)
        for day, total, types, told in session.execute(statement)
        if total is not None and types == told
    }
    return tuple(known.get(first + timedelta(days=night)) for night in range(nights))


def _stays_between(
    connection_id: int, first: date, end: date, room_type_id: str | None = None
) -> Select[int, date, date]:
    """(booking, arrival, departure) of every stay that sells a room in a night of [first, end): two walks, an index each."""

    def walk(*dates: ColumnElement[bool]) -> Select[int, date, date]:
        kind = Stay.room_type_id == room_type_id if room_type_id is not None else true()
        return (
            select(Stay.booking_id, Stay.arrival, Stay.departure)
            .join(Booking, Booking.id == Stay.booking_id)
            .where(
                Stay.connection_id == connection_id, *dates, kind, sells_a_room(), Booking.gone_at.is_(None)
            )
        )

    begins_inside = walk(Stay.arrival >= first, Stay.arrival < end, Stay.departure > first)
    began_before = walk(Stay.departure > first, Stay.arrival < first)
    both = union_all(begins_inside, began_before).subquery()
    return select(both.c.booking_id, both.c.arrival, both.c.departure)


_COLUMNS: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...] = (
    Booking.id.label("booking_id"),
    Booking.public_id,
    Booking.confirmation_number,
    Stay.unit,
    Booking.guest_first,
    Booking.guest_last,
    Stay.status,
    Stay.arrival,
    Stay.departure,
    Stay.room,
    Stay.room_type,
    Stay.adults,
    Stay.children,
    Booking.balance_minor,
    Booking.currency,
)

Line = Row[*tuple[Any, ...]]


def _visits_touching(
    session: Session,
    connection_id: int,
    touches: ColumnElement[bool],
    *,
    first: date | None = None,
    last: date | None = None,
) -> tuple[DeskStay, ...]:
    touched = select(Stay.booking_id).where(Stay.connection_id == connection_id, touches)
    return _by_name(
        _desk_stay(lines, lines[0] if first else lines[-1])
        for lines in _visits(session, Stay.booking_id.in_(touched))
        if first in (None, lines[0].arrival) and last in (None, lines[-1].departure)
    )


def _visits(session: Session, which: ColumnElement[bool]) -> Iterator[list[Line]]:
    """The active lines of the wanted bookings, put together into visits."""
    rows = session.execute(
        select(*_COLUMNS)
        .join(Booking, Booking.id == Stay.booking_id)
        .where(which, Stay.status.in_(ACTIVE), Booking.gone_at.is_(None))
        .order_by(Stay.booking_id, Stay.unit, Stay.arrival, Stay.departure)
    )
    visit: list[Line] = []
    for line in rows:
        if visit and not _follows(visit[-1], line):
            yield visit
            visit = []
        visit.append(line)
    if visit:
        yield visit


def _follows(before: Line, line: Line) -> bool:
    return bool(
        line.booking_id == before.booking_id and line.unit == before.unit and line.arrival == before.departure
    )


def _line_of(lines: list[Line], night: date) -> Line:
    """The line a guest is in on `night`; after the last night it is the last one, before the first the first."""
    begun = [line for line in lines if line.arrival <= night]
    return begun[-1] if begun else lines[0]


def _desk_stay(lines: list[Line], now: Line) -> DeskStay:
    return DeskStay(
        **{
            **now._mapping,
            "status": _status(lines),
            "arrival": lines[0].arrival,
            "departure": lines[-1].departure,
        }
    )


def _status(lines: list[Line]) -> BookingStatus:
    """Of a visit in several lines: who has begun and not ended is in house, whatever the single lines say."""
    found = {line.status for line in lines}
    return BookingStatus(found.pop()) if len(found) == 1 else BookingStatus.CHECKED_IN


def _by_name(visits: Iterable[DeskStay]) -> tuple[DeskStay, ...]:
    return tuple(
        sorted(visits, key=lambda v: (v.guest_last.casefold(), v.guest_first.casefold(), v.public_id, v.unit))
    )
