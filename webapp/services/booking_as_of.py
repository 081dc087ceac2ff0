"""One booking as this hub knew it at a moment, beside what it knows now."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Booking, BookingChange, BookingGuest, Connection, Stay

from .booking_changes import Content
from .booking_past import PastBooking, StoredChange, present, rewound
from .booking_rows import BOOKINGS, FIELDS, PEOPLE, PEOPLE_FIELDS, STAY_FIELDS, STAYS

_JUST_BEFORE = timedelta(microseconds=1)
_USUAL_ARRIVAL = time(15)
_EVENING = time(18)


class AsOf(Value, frozen=True):
    """`then` is None when the booking had not been seen yet at `at`. `changes` fields were undone to get there."""

    at: datetime
    then: PastBooking | None
    now: PastBooking
    changes: int


class QuickPicks(Value, frozen=True):
    """Moments worth a look; None where there is no such moment, or it is still to come."""

    first_seen_at: datetime
    yesterday: datetime | None
    last_change: datetime | None
    arrival: datetime | None


def as_of(session: Session, public_id: str, at: datetime) -> AsOf | None:
    """None for an unknown booking. What arrived at `at` itself counts."""
    booking = _booking(session, public_id)
    if booking is None:
        return None
    now = _present(session, booking)
    undone = list(_changes_after(session, booking.id, at))
    then = rewound(now, undone) if at >= booking.stored_at else None
    return AsOf(at, then, now, len(undone))


def quick_picks(session: Session, public_id: str, zone: ZoneInfo, now: datetime) -> QuickPicks | None:
    """None for an unknown booking."""
    booking = _booking(session, public_id)
    if booking is None:
        return None
    last = session.scalar(
        select(func.max(BookingChange.arrived_at)).where(
            BookingChange.booking_id == booking.id, BookingChange.field != "created"
        )
    )
    came = session.scalar(select(func.min(Stay.checked_in_at)).where(Stay.booking_id == booking.id))
    arrival = came or datetime.combine(booking.arrival, _USUAL_ARRIVAL, zone)
    yesterday = datetime.combine((now.astimezone(zone) - timedelta(days=1)).date(), _EVENING, zone)
    return QuickPicks(
        first_seen_at=booking.stored_at,
        yesterday=yesterday if yesterday >= booking.stored_at else None,
        last_change=last - _JUST_BEFORE if last else None,
        arrival=arrival if booking.stored_at <= arrival <= now else None,
    )


def before_change(session: Session, public_id: str, change_id: int) -> datetime | None:
    """The moment just before a change of the booking arrived; None when it has no such change."""
    found = session.scalar(
        select(BookingChange.arrived_at)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(BookingChange.id == change_id, Booking.public_id == public_id)
    )
    return found - _JUST_BEFORE if found else None


def _booking(session: Session, public_id: str) -> Booking | None:
    statement = select(Booking).join(Connection, Connection.id == Booking.connection_id)
    statement = statement.where(Booking.public_id == public_id, Connection.archived_at.is_(None))
    return session.scalars(statement).one_or_none()


def _present(session: Session, booking: Booking) -> PastBooking:
    key = booking.id
    row = session.execute(select(*(BOOKINGS.c[name] for name in FIELDS)).where(BOOKINGS.c.id == key)).one()
    stays = select(*(STAYS.c[name] for name in STAY_FIELDS)).where(STAYS.c.booking_id == key)
    people = select(*(PEOPLE.c[name] for name in PEOPLE_FIELDS)).where(PEOPLE.c.booking_id == key)
    content = Content(
        tuple(row),
        [tuple(stay) for stay in session.execute(stays.order_by(Stay.arrival, Stay.line))],
        [tuple(person) for person in session.execute(people.order_by(BookingGuest.position))],
    )
    return present(content, is_gone=booking.gone_at is not None)


def _changes_after(session: Session, booking_id: int, at: datetime) -> Iterator[StoredChange]:
    statement = (
        select(BookingChange.stay_line, BookingChange.field, BookingChange.old, BookingChange.snapshot)
        .where(BookingChange.booking_id == booking_id, BookingChange.arrived_at > at)
        .order_by(BookingChange.id.desc())
    )
    for row in session.execute(statement):
        yield StoredChange(*row)
