"""Watches for a test booking: armed by a person, answered from what is stored, so that a restart forgets nothing."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.event import Road
from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import (
    Booking,
    BookingChange,
    BookingWatch,
    HitSubject,
    RunState,
    SyncRun,
    SyncRunStream,
)
from webapp.runtime import Runtime

from . import audit
from .connection_views import row_of

LASTS = timedelta(minutes=30)
FIRST_NAME = "Hub"
_MARK = 4
_LOOKED_THROUGH = 200


class WatchState(StrEnum):
    WAITING = "waiting"
    SEEN = "seen"
    TIMED_OUT = "timed_out"


class OtherRoad(Value, frozen=True):
    """What the road that was slower said. `road` is hit or poll; `agreed_at` is None while it has not come by;
    `differences` are fields it found otherwise."""

    road: Road
    agreed_at: datetime | None
    differences: int = 0


class Sighting(Value, frozen=True):
    """The booking that came. `is_named`: it bears the suggested name, else it is the first new one since the watch was
    armed. `seconds` are counted from `since_made` (when the provider says it was made), else from the arming."""

    booking: str
    number: str
    is_named: bool
    arrived_at: datetime
    road: Road
    seconds: int
    since_made: bool
    other: OtherRoad


class WatchView(Value, frozen=True):
    """`next_sync_at` is when the next poll starts, None when none is planned."""

    state: WatchState
    guest: str
    armed_at: datetime
    ends_at: datetime
    next_sync_at: datetime | None
    sighting: Sighting | None

    @property
    def is_open(self) -> bool:
        """Whether a further look may tell more."""
        if self.sighting is not None:
            return self.sighting.other.agreed_at is None
        return self.state is WatchState.WAITING


def arm(runtime: Runtime, public_id: str, *, actor: str) -> None:
    """A new watch takes the place of an older one. Raises NoSuchConnection."""
    now = runtime.clock()
    with runtime.writing() as session:
        connection = row_of(session, public_id)
        newest = session.scalar(select(func.max(Booking.id)).where(Booking.connection_id == connection.id))
        session.add(
            BookingWatch(
                connection_id=connection.id,
                guest_first=FIRST_NAME,
                guest_last=f"Test-{runtime.new_id('w')[-_MARK:].upper()}",
                after_booking=newest or 0,
                armed_by=actor,
                armed_at=now,
                ends_at=now + LASTS,
            )
        )
        audit.record(
            runtime,
            session,
            actor,
            "watch.armed",
            f"{connection.name}: waits for a test booking for {LASTS.seconds // 60} minutes",
            connection_id=connection.id,
        )


def close(runtime: Runtime, public_id: str) -> None:
    """Ends the watch; without one nothing happens. Raises NoSuchConnection."""
    with runtime.writing() as session:
        watch = _latest(session, row_of(session, public_id).id)
        if watch is not None:
            watch.closed_at = runtime.clock()


def look(session: Session, public_id: str, now: datetime) -> WatchView | None:
    """What the latest watch has seen; None without one, or once it was closed. Raises NoSuchConnection."""
    connection = row_of(session, public_id)
    watch = _latest(session, connection.id)
    if watch is None or watch.closed_at is not None:
        return None
    sighting = _sighting(session, watch)
    state = WatchState.SEEN if sighting else WatchState.WAITING
    if state is WatchState.WAITING and (now >= watch.ends_at or watch.armed_at > now + LASTS):
        state = WatchState.TIMED_OUT
    return WatchView(
        state=state,
        guest=f"{watch.guest_first} {watch.guest_last}",
        armed_at=watch.armed_at,
        ends_at=watch.ends_at,
        next_sync_at=connection.next_sync_at,
        sighting=sighting,
    )


def _latest(session: Session, connection_id: int) -> BookingWatch | None:
    statement = select(BookingWatch).where(BookingWatch.connection_id == connection_id)
    return session.scalars(statement.order_by(BookingWatch.id.desc()).limit(1)).first()


def _sighting(session: Session, watch: BookingWatch) -> Sighting | None:
    """Of the new bookings the one with the name, else the first; a history that is being read brings no news."""
    rows = session.execute(
        select(Booking, BookingChange)
        .join(BookingChange, (BookingChange.booking_id == Booking.id) & (BookingChange.field == "created"))
        .where(
            Booking.connection_id == watch.connection_id,
            Booking.id > watch.after_booking,
            BookingChange.arrived_at <= watch.ends_at,
        )
        .order_by(Booking.id)
        .limit(_LOOKED_THROUGH)
    ).all()
    mark = watch.guest_last.casefold()
    named = [row for row in rows if mark in f"{row[0].guest_first} {row[0].guest_last}".casefold()]
    fresh = [row for row in rows if row[1].road != Road.BACKFILL]
    if not named and not fresh:
        return None
    booking, change = (named or fresh)[0]
    made_at = booking.booked_at
    since_made = made_at is not None and watch.armed_at <= made_at <= change.arrived_at
    since = made_at if since_made and made_at is not None else watch.armed_at
    return Sighting(
        booking=booking.public_id,
        number=booking.confirmation_number or booking.external_id,
        is_named=bool(named),
        arrived_at=change.arrived_at,
        road=Road(change.road),
        seconds=max(round((change.arrived_at - since).total_seconds()), 0),
        since_made=since_made,
        other=_other_road(session, watch, booking, change),
    )


def _other_road(session: Session, watch: BookingWatch, booking: Booking, change: BookingChange) -> OtherRoad:
    if change.road == Road.HIT:
        return _poll_after(session, booking, change)
    called = session.scalars(
        select(HitSubject.received_at)
        .where(
            HitSubject.connection_id == watch.connection_id,
            HitSubject.stream == Stream.BOOKINGS.value,
            HitSubject.external_id == booking.external_id,
        )
        .order_by(HitSubject.received_at)
        .limit(1)
    ).first()
    return OtherRoad(Road.HIT, called)


def _poll_after(session: Session, booking: Booking, change: BookingChange) -> OtherRoad:
    """The first complete walk over the bookings that began after the call had been applied."""
    run = session.execute(
        select(SyncRun.id, SyncRun.finished_at)
        .join(SyncRunStream, SyncRunStream.run_id == SyncRun.id)
        .where(
            SyncRun.connection_id == booking.connection_id,
            SyncRun.started_at >= change.arrived_at,
            SyncRun.finished_at.is_not(None),
            SyncRun.mode.in_([Mode.DELTA.value, Mode.SWEEP.value]),
            SyncRunStream.stream == Stream.BOOKINGS.value,
            SyncRunStream.state == RunState.SUCCEEDED,
        )
        .order_by(SyncRun.id)
        .limit(1)
    ).first()
    if run is None:
        return OtherRoad(Road.POLL, None)
    told_otherwise = select(func.count()).where(
        BookingChange.booking_id == booking.id, BookingChange.run_id == run.id
    )
    return OtherRoad(Road.POLL, run.finished_at, session.scalar(told_otherwise) or 0)
