"""What pages see of the ledger: received against missed by the hour, the missed ones, and how much came in time."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.event import FactType
from webapp.domain.value import Value
from webapp.models import Booking, Connection, ConnectionRole, HitWatch, LedgerHour, MissedHit

from . import announcements, tight_polling
from .ledger_hours import hour_of
from .missed_causes import Cause
from .tight_polling import Tightness

HOURS = 24
WEEK = timedelta(days=7)
MOST = 20


class MissedHour(Value, frozen=True):
    """Changes of one hour that a call told of, and those that none did."""

    hour: datetime
    received: int
    missed: int


class MissedLine(Value, frozen=True):
    """A change that no call announced. `occurred_at` is the provider's time, where it says one."""

    type: FactType
    booking: str
    number: str
    occurred_at: datetime | None
    found_at: datetime
    cause: Cause


class Timeliness(Value, frozen=True):
    """Changes of the last week that were here within the interval, and those that were not. `unstamped` ones have no
    time of the provider's, so that nobody can tell."""

    in_time: int = 0
    late: int = 0
    unstamped: int = 0

    @property
    def percent(self) -> float | None:
        """None while nothing is known."""
        known = self.in_time + self.late
        return self.in_time / known * 100 if known else None


class LedgerView(Value, frozen=True):
    """One connection. `hours` are the last 24, the oldest first; `lines` the latest misses, the newest first, out of
    `missed` in thirty days. `is_expecting`: its provider calls, so that a call can be missed at all."""

    public_id: str
    name: str
    frequency_minutes: int
    is_expecting: bool
    hours: tuple[MissedHour, ...]
    by_type: tuple[tuple[FactType, int], ...]
    missed: int
    lines: tuple[MissedLine, ...]
    timeliness: Timeliness
    tightness: Tightness | None


def of_connections(session: Session, now: datetime) -> tuple[LedgerView, ...]:
    """Of every connection that announces facts; a shadow is only watched."""
    rows = session.scalars(
        select(Connection)
        .where(Connection.archived_at.is_(None), Connection.role == ConnectionRole.PRIMARY)
        .order_by(Connection.id)
    ).all()
    watches = {row.connection_id: row for row in session.scalars(select(HitWatch))}
    hours = _hours(session, now)
    timing = _timeliness(session, now)
    return tuple(
        _view(session, row, watches.get(row.id), hours[row.id], timing.get(row.id, Timeliness()))
        for row in rows
    )


def tightness_of(session: Session, connection_id: int) -> Tightness | None:
    """Why a connection is polled more often than its admin chose; None when it is not."""
    connection = session.get(Connection, connection_id)
    return tight_polling.of_watch(connection, session.get(HitWatch, connection_id)) if connection else None


def missed_since(session: Session, since: datetime) -> Mapping[int, int]:
    """How many calls were missed by each connection."""
    statement = (
        select(MissedHit.connection_id, func.count())
        .where(MissedHit.found_at >= since)
        .group_by(MissedHit.connection_id)
    )
    return {key: int(count) for key, count in session.execute(statement)}


def _view(
    session: Session,
    row: Connection,
    watch: HitWatch | None,
    hours: tuple[MissedHour, ...],
    timeliness: Timeliness,
) -> LedgerView:
    by_type = _by_type(session, row.id)
    announces = bool(announcements.words_of(row))
    return LedgerView(
        public_id=row.public_id,
        name=row.name,
        frequency_minutes=row.frequency_minutes,
        is_expecting=announces and watch is not None and watch.set_up_at is not None,
        hours=hours,
        by_type=by_type,
        missed=sum(count for _, count in by_type),
        lines=_lines(session, row.id),
        timeliness=timeliness,
        tightness=tight_polling.of_watch(row, watch),
    )


def _hours(session: Session, now: datetime) -> Mapping[int, tuple[MissedHour, ...]]:
    """The last 24 by connection; quiet ones have zeros."""
    statement = (
        select(
            LedgerHour.connection_id,
            LedgerHour.hour,
            func.sum(LedgerHour.by_hit + LedgerHour.also_heard),
            func.sum(LedgerHour.missed),
        )
        .where(LedgerHour.hour > hour_of(now) - timedelta(hours=HOURS))
        .group_by(LedgerHour.connection_id, LedgerHour.hour)
    )
    found: dict[int, dict[datetime, tuple[int, int]]] = defaultdict(dict)
    for key, hour, received, missed in session.execute(statement):
        found[key][hour] = (int(received), int(missed))
    last = hour_of(now)
    span = [last - timedelta(hours=back) for back in range(HOURS - 1, -1, -1)]

    def day_of(counts: Mapping[datetime, tuple[int, int]]) -> tuple[MissedHour, ...]:
        return tuple(MissedHour(hour, *counts.get(hour, (0, 0))) for hour in span)

    return defaultdict(lambda: day_of({}), {key: day_of(counts) for key, counts in found.items()})


def _timeliness(session: Session, now: datetime) -> Mapping[int, Timeliness]:
    statement = (
        select(
            LedgerHour.connection_id,
            func.sum(LedgerHour.in_time),
            func.sum(LedgerHour.late),
            func.sum(LedgerHour.unstamped),
        )
        .where(LedgerHour.hour > now - WEEK)
        .group_by(LedgerHour.connection_id)
    )
    return {
        key: Timeliness(int(in_time), int(late), int(unstamped))
        for key, in_time, late, unstamped in session.execute(statement)
    }


def _by_type(session: Session, connection_id: int) -> tuple[tuple[FactType, int], ...]:
    statement = (
        select(MissedHit.type, func.count())
        .where(MissedHit.connection_id == connection_id)
        .group_by(MissedHit.type)
    )
    counts = {kind: int(count) for kind, count in session.execute(statement)}
    return tuple((kind, counts[kind]) for kind in FactType if kind in counts)


def _lines(session: Session, connection_id: int) -> tuple[MissedLine, ...]:
    statement = (
        select(MissedHit, Booking.public_id, Booking.confirmation_number, Booking.external_id)
        .join(Booking, Booking.id == MissedHit.booking_id)
        .where(MissedHit.connection_id == connection_id)
        .order_by(MissedHit.found_at.desc(), MissedHit.id.desc())
        .limit(MOST)
    )
    return tuple(
        MissedLine(
            type=FactType(row.type),
            booking=public_id,
            number=number or external_id,
            occurred_at=row.occurred_at,
            found_at=row.found_at,
            cause=Cause(row.cause),
        )
        for row, public_id, number, external_id in session.execute(statement)
    )
