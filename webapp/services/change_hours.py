"""Counts the changes of bookings by the hour, so that a hotel's habit is known. Calls that bring no change count nothing."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.domain.event import Road
from webapp.models import Booking, BookingChange, ChangeHour, ChangeTally

from .silence import WEEKS

HOUR = timedelta(hours=1)
KEPT = timedelta(weeks=WEEKS + 1)


def count(session: Session, connection_id: int, now: datetime) -> ChangeTally:
    """Brings the hours up to `now`; in the caller's writing transaction. A pause of the hub leaves a gap, not zeros.

    History that a first load reads is no sign of life.
    """
    tally = session.get(ChangeTally, connection_id)
    if tally is None:
        newest = session.scalars(select(func.max(BookingChange.id))).first() or 0
        tally = ChangeTally(connection_id=connection_id, change_id=newest, last_at=now, counted_at=now)
        session.add(tally)
        return tally
    statement = (
        select(BookingChange.id, BookingChange.arrived_at)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(
            BookingChange.id > tally.change_id,
            Booking.connection_id == connection_id,
            BookingChange.road != Road.BACKFILL,
        )
        .order_by(BookingChange.id)
    )
    rows = session.execute(statement).all()
    if now - tally.counted_at <= HOUR:
        for hour in _hours(tally.counted_at, now):
            _row(session, connection_id, hour)
    for key, at in rows:
        tally.change_id = key
        tally.last_at = max(tally.last_at or at, at)
        _row(session, connection_id, _floor(at)).changes += 1
    tally.counted_at = now
    old = delete(ChangeHour).where(ChangeHour.connection_id == connection_id, ChangeHour.hour < now - KEPT)
    session.execute(old)
    return tally


def closed(session: Session, connection_id: int, now: datetime) -> dict[datetime, int]:
    """Changes of each hour that is over and was watched, by its UTC beginning."""
    statement = select(ChangeHour.hour, ChangeHour.changes).where(
        ChangeHour.connection_id == connection_id, ChangeHour.hour < _floor(now)
    )
    return {row.hour: row.changes for row in session.execute(statement)}


def _hours(since: datetime, now: datetime) -> list[datetime]:
    first = _floor(since)
    return [first + place * HOUR for place in range(int((_floor(now) - first) / HOUR) + 1)]


def _row(session: Session, connection_id: int, hour: datetime) -> ChangeHour:
    row = session.get(ChangeHour, (connection_id, hour))
    if row is None:
        row = ChangeHour(connection_id=connection_id, hour=hour, changes=0)
        session.add(row)
    return row


def _floor(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
