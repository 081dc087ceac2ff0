"""Tight polling: asks a provider more often while its webhook calls do not come, and relaxes when they do."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.event import Road
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.models import Booking, Connection, ConnectionState, Fact, HitWatch
from webapp.runtime import Runtime

from . import audit, call_budget
from .clock_jumps import beyond

SHARE = 3
"""Into how many parts the usual interval is divided."""
TIGHTEST = 2
"""Minutes."""
QUIET = timedelta(hours=1)
"""Without a missed call for this long, the usual interval is enough again."""
IN_A_ROW = 3
"""Changes told by calls, none missed between them, after which the calls are taken to work again."""
_LOOKED_THROUGH = 50


class Tightness(Value, frozen=True):
    """Polling every `minutes` since `since` because `misses` calls did not come; ends at `until` unless more are missed."""

    minutes: int
    since: datetime
    until: datetime
    misses: int


def minutes_between_runs(connection: Connection) -> int:
    """What is polled now; never slower than what the admin chose."""
    return min(connection.frequency_minutes, connection.tight_minutes or connection.frequency_minutes)


def of_watch(connection: Connection, watch: HitWatch | None) -> Tightness | None:
    """None while the usual interval is kept."""
    if watch is None or watch.tight_since is None or watch.tight_until is None:
        return None
    minutes = minutes_between_runs(connection)
    if minutes >= connection.frequency_minutes:
        return None
    return Tightness(minutes, watch.tight_since, watch.tight_until, watch.tight_misses)


def tighten(
    runtime: Runtime,
    session: Session,
    connection: Connection,
    watch: HitWatch,
    *,
    misses: int,
    last_fact: int,
) -> None:
    """In the transaction that counts the misses. The log hears of it once, not of every further miss."""
    now = runtime.clock()
    watch.last_missed_fact = last_fact
    minutes = affordable_minutes(connection)
    if minutes is None:
        return
    watch.tight_until = now + QUIET
    if connection.tight_minutes is not None and watch.tight_since is not None:
        watch.tight_misses += misses
        return
    watch.tight_since, watch.tight_misses, connection.tight_minutes = now, misses, minutes
    if connection.next_sync_at is not None and connection.state != ConnectionState.PAUSED:
        connection.next_sync_at = min(connection.next_sync_at, now + timedelta(minutes=minutes))
    why = "1 webhook call did not come" if misses == 1 else f"{misses} webhook calls did not come"
    usual = connection.frequency_minutes
    audit.note_run(
        runtime,
        session,
        "polling.tightened",
        f"{connection.name}: polled every {minutes} min instead of {usual}, because {why}",
        connection_id=connection.id,
        trace_id="",
        level="warning",
    )


def affordable_minutes(connection: Connection) -> int | None:
    """A third of the interval, not under two minutes and within what the provider allows; None when that is no gain."""
    try:
        manifest = registry.manifest(connection.provider)
    except registry.UnknownProvider:
        return None
    least = max(TIGHTEST, connection.frequency_minutes // SHARE)
    for minutes in range(least, connection.frequency_minutes):
        budget = call_budget.per_hour(manifest, connection.options, connection.streams, minutes)
        if budget.allowed is None or budget.calls <= budget.allowed:
            return minutes
    return None


def relax_due(runtime: Runtime) -> int:
    """Ends what has lasted long enough, or whose calls are back; returns how many connections."""
    now = runtime.clock()
    tight = select(HitWatch.connection_id).where(HitWatch.tight_since.is_not(None))
    with runtime.reading() as session:
        keys = session.scalars(tight).all()
    relaxed = 0
    for key in keys:
        with runtime.writing() as session:
            connection = session.get_one(Connection, key, with_for_update=True)
            watch = session.get_one(HitWatch, key)
            why = _reason_to_relax(session, watch, now)
            if why is None:
                continue
            _relax(runtime, session, connection, watch, why)
            relaxed += 1
    return relaxed


def _reason_to_relax(session: Session, watch: HitWatch, now: datetime) -> str | None:
    until = watch.tight_until
    if until is None or until <= now or until > beyond(now, QUIET):
        return "no webhook call was missed for an hour"
    if _calls_in_a_row(session, watch) >= IN_A_ROW:
        return f"{IN_A_ROW} webhook calls came in a row"
    return None


def _calls_in_a_row(session: Session, watch: HitWatch) -> int:
    """Changes told by calls since the last one that only a poll told, judged or not."""
    roads = session.scalars(
        select(Fact.road)
        .join(Booking, Booking.id == Fact.booking_id)
        .where(Booking.connection_id == watch.connection_id, Fact.id > (watch.last_missed_fact or 0))
        .order_by(Fact.id.desc())
        .limit(_LOOKED_THROUGH)
    )
    count = 0
    for road in roads:
        if road != Road.HIT:
            break
        count += 1
    return count


def _relax(runtime: Runtime, session: Session, connection: Connection, watch: HitWatch, why: str) -> None:
    connection.tight_minutes = watch.tight_since = watch.tight_until = None
    watch.tight_misses = 0
    audit.note_run(
        runtime,
        session,
        "polling.relaxed",
        f"{connection.name}: polled every {connection.frequency_minutes} min again, because {why}",
        connection_id=connection.id,
        trace_id="",
    )
