"""Watches the primary connection for silence: gathers the figures, keeps what was concluded, and logs what changed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from webapp.domain.booking import ACTIVE, BookingStatus
from webapp.domain.event import FactType
from webapp.domain.value import Value
from webapp.models import Booking, Fact, Hotel, Silence, Stay
from webapp.runtime import Runtime

from . import audit, change_hours, freshness, stay_metrics
from .freshness import ConnectionView, Standing
from .night_audit import audit_of
from .silence import Calm, Judgement, PastDay, minute_of, of_arrivals, of_changes, same_weekdays

EVERY = timedelta(minutes=5)
_CAME = (BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT)


class Sign(StrEnum):
    """Of life."""

    ARRIVALS = "arrivals"
    CHANGES = "changes"


class Evidence(msgspec.Struct, frozen=True):
    """What a judgement rests on. `due` are today's arrivals, `last_at` the latest change, `day` the business date."""

    expected: float
    seen: int
    known: int
    is_assumed: bool
    day: date
    due: int = 0
    last_at: datetime | None = None
    quiet_hour: int = 0


class _Found(Value, frozen=True):
    sign: Sign
    judged: Judgement
    evidence: Evidence


class SilenceView(Value, frozen=True):
    """One sign of life as it was last judged. `since` is when its state began."""

    connection: ConnectionView
    sign: Sign
    state: Calm
    since: datetime
    judged_at: datetime
    evidence: Evidence

    @property
    def is_alarm(self) -> bool:
        """While data are old or stopped, what says so speaks instead."""
        is_spoken_for = self.connection.standing not in (Standing.IN_STEP, Standing.LATE)
        return self.state is Calm.QUIET and not is_spoken_for


def watch(runtime: Runtime) -> None:
    """Every few minutes, while the bookings are current: without them another alarm speaks already. One log line when
    silence begins, one when it ends; the night audit is no time to judge."""
    now = runtime.clock()
    with runtime.reading() as session:
        hotel, primary = session.get(Hotel, 1), _primary(session, now)
        if hotel is None or primary is None or not _is_due(session, primary.id, now):
            return
    with runtime.writing() as session:
        tally = change_hours.count(session, primary.id, now)
        if not primary.is_current or primary.standing is not Standing.IN_STEP:
            return
        if audit_of(hotel).is_running(now):
            return
        zone = ZoneInfo(hotel.timezone)
        if _counts_check_ins(session, primary.id):
            _keep(runtime, session, primary, _arrivals(session, primary.id, hotel, zone, now))
        if tally.last_at is not None:
            past = change_hours.closed(session, primary.id, now)
            judged = of_changes(tally.last_at, now, zone, past)
            found = _Found(Sign.CHANGES, judged, _evidence(judged, hotel, last_at=tally.last_at))
            _keep(runtime, session, primary, found)


def views(session: Session, connections: Sequence[ConnectionView]) -> tuple[SilenceView, ...]:
    """Of the primary connection, arrivals first; empty before anything was judged."""
    primary = next((one for one in connections if one.is_primary), None)
    if primary is None:
        return ()
    rows = session.scalars(select(Silence).where(Silence.connection_id == primary.id).order_by(Silence.kind))
    return tuple(
        SilenceView(
            connection=primary,
            sign=Sign(row.kind),
            state=Calm(row.state),
            since=row.since,
            judged_at=row.judged_at,
            evidence=msgspec.convert(row.evidence, Evidence),
        )
        for row in rows
    )


def _primary(session: Session, now: datetime) -> ConnectionView | None:
    return next((one for one in freshness.connections(session, now) if one.is_primary), None)


def _is_due(session: Session, connection_id: int, now: datetime) -> bool:
    latest = select(func.max(Silence.judged_at)).where(Silence.connection_id == connection_id)
    judged_at = session.scalars(latest).first()
    return judged_at is None or not now - EVERY < judged_at <= now


def _counts_check_ins(session: Session, connection_id: int) -> bool:
    """A hotel whose provider never tells of check-ins would be quiet for ever."""
    came = select(Stay.id).where(Stay.connection_id == connection_id, Stay.status.in_(_CAME)).limit(1)
    return session.scalars(came).first() is not None


def _arrivals(session: Session, connection_id: int, hotel: Hotel, zone: tzinfo, now: datetime) -> _Found:
    day = hotel.business_date
    today = stay_metrics.arrivals(session, connection_id, day)
    seen = sum(1 for visit in today if visit.status in _CAME)
    past = _past_days(session, connection_id, same_weekdays(day), zone)
    judged = of_arrivals(len(today), seen, minute_of(now, day, zone), past, hotel.quiet_hour)
    return _Found(Sign.ARRIVALS, judged, _evidence(judged, hotel, due=len(today)))


def _past_days(
    session: Session, connection_id: int, days: tuple[date, ...], zone: tzinfo
) -> tuple[PastDay, ...]:
    """The time of a check-in is the provider's, else when the hub heard of it."""
    heard = (
        select(func.min(Fact.recorded_at))
        .where(Fact.booking_id == Stay.booking_id, Fact.type == FactType.GUEST_CHECKIN)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Stay.arrival, Stay.checked_in_at, heard)
        .join(Booking, Booking.id == Stay.booking_id)
        .where(
            Stay.connection_id == connection_id,
            Stay.arrival.in_(days),
            _arrives_on_one_of(days),
            Stay.status.in_(ACTIVE),
            Booking.gone_at.is_(None),
        )
    )
    due: dict[date, int] = {}
    minutes: dict[date, list[int]] = {}
    for day, told_at, heard_at in rows:
        due[day] = due.get(day, 0) + 1
        at = told_at or heard_at
        if at is not None:
            minutes.setdefault(day, []).append(minute_of(at, day, zone))
    return tuple(PastDay(day, count, tuple(minutes.get(day, ()))) for day, count in due.items())


def _arrives_on_one_of(days: tuple[date, ...]) -> ColumnElement[bool]:
    return or_(*(stay_metrics.arrives(day) for day in days))


def _evidence(judged: Judgement, hotel: Hotel, *, due: int = 0, last_at: datetime | None = None) -> Evidence:
    return Evidence(
        expected=round(judged.expected, 1),
        seen=judged.seen,
        known=judged.known,
        is_assumed=judged.is_assumed,
        day=hotel.business_date,
        due=due,
        last_at=last_at,
        quiet_hour=hotel.quiet_hour,
    )


def _keep(runtime: Runtime, session: Session, connection: ConnectionView, found: _Found) -> None:
    now = runtime.clock()
    row = session.get(Silence, (connection.id, found.sign.value))
    before, after = row.state if row is not None else None, found.judged.state
    if row is None:
        row = Silence(connection_id=connection.id, kind=found.sign.value, since=now)
        session.add(row)
    if before != after:
        row.state, row.since = after.value, now
        if Calm.QUIET in (before, after):
            _log(runtime, session, connection, found)
    row.judged_at = now
    row.evidence = msgspec.to_builtins(found.evidence)


def _log(runtime: Runtime, session: Session, connection: ConnectionView, found: _Found) -> None:
    is_quiet, facts = found.judged.state is Calm.QUIET, found.evidence
    if not is_quiet:
        words = f"the silence has ended ({found.sign.value})"
    elif found.sign is Sign.ARRIVALS:
        words = f"{facts.due} arrivals are due and none has checked in; by now {facts.expected:g} are usual"
    else:
        words = f"no booking was made or changed; since the last one {facts.expected:g} changes are usual"
    audit.note_run(
        runtime,
        session,
        "silence.began" if is_quiet else "silence.ended",
        f"{connection.name}: {words}",
        connection_id=connection.id,
        trace_id="",
        level="warning" if is_quiet else "info",
    )
