"""Whether each kind of data of each connection may be relied on now, and since when its last walks were good."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.models import RunState, SyncRun, SyncRunStream, Verdict

from .freshness import LEAST_GRACE, ConnectionView, Standing
from .night_audit import Audit
from .run_views import fault_of
from .sync_plan import BULKY

VERY_LATE = 4
"""Intervals after which late data are called stale."""
RECENT = 400


class Reliance(StrEnum):
    SAFE = "safe"
    AGING = "aging"  # a little past its interval
    STALE = "stale"
    EMPTY = "empty"  # the last answer was a zero that cannot be true
    FROZEN = "frozen"  # runs say they succeed, and the data do not move
    NEVER = "never"  # nothing has been read yet
    OFF = "off"  # not ticked


class StreamHealth(Value, frozen=True):
    """`as_of` is the last good walk, `tried_at` the last try, `fault` what was wrong with it, if anything."""

    stream: Stream
    reliance: Reliance
    as_of: datetime | None
    tried_at: datetime | None
    fault: Fault | None

    @property
    def is_safe(self) -> bool:
        return self.reliance is Reliance.SAFE


class LastTry(Value, frozen=True):
    """A stream's part in the latest run that reached it."""

    at: datetime
    state: str
    verdict: str | None
    fault: Fault | None


Tries = Mapping[tuple[int, Stream], LastTry]


def last_tries(session: Session) -> Tries:
    """The latest part of each stream. A run leaves streams out after a wall, so a few hundred runs are looked through."""
    recent = (
        select(SyncRun.id).where(SyncRun.state != RunState.RUNNING).order_by(SyncRun.id.desc()).limit(RECENT)
    )
    latest = (
        select(SyncRun.connection_id, SyncRunStream.stream, func.max(SyncRunStream.run_id).label("run_id"))
        .join(SyncRun, SyncRun.id == SyncRunStream.run_id)
        .where(SyncRun.id.in_(recent))
        .group_by(SyncRun.connection_id, SyncRunStream.stream)
        .subquery()
    )
    parts = (
        select(SyncRun.connection_id, SyncRun.started_at, SyncRunStream)
        .join(latest, (latest.c.run_id == SyncRunStream.run_id) & (latest.c.stream == SyncRunStream.stream))
        .join(SyncRun, SyncRun.id == latest.c.run_id)
    )
    return {
        (connection_id, Stream(part.stream)): LastTry(at, part.state, part.verdict, fault_of(part.fault))
        for connection_id, at, part in session.execute(parts)
    }


def of_connection(
    view: ConnectionView,
    streams: tuple[Stream, ...],
    tries: Tries,
    now: datetime,
    audit: Audit | None = None,
) -> tuple[StreamHealth, ...]:
    """Every kind of data; those that are not in `streams` are off. What waits for the night audit is not called old."""
    return tuple(
        _of_stream(view, stream, tries.get((view.id, stream)), now, audit)
        if stream in streams
        else StreamHealth(stream, Reliance.OFF, view.stream_ages.get(stream), None, None)
        for stream in Stream
    )


def _of_stream(
    view: ConnectionView, stream: Stream, last: LastTry | None, now: datetime, audit: Audit | None
) -> StreamHealth:
    as_of = view.stream_ages.get(stream)
    waited = audit.share_of(as_of, now) if audit and as_of and stream in BULKY else timedelta(0)
    return StreamHealth(
        stream=stream,
        reliance=_reliance(view, as_of, last, now - waited),
        as_of=as_of,
        tried_at=last.at if last else None,
        fault=last.fault if last else None,
    )


def _reliance(view: ConnectionView, as_of: datetime | None, last: LastTry | None, now: datetime) -> Reliance:
    if as_of is None:
        return Reliance.NEVER
    if last is not None and last.verdict == Verdict.SUSPICIOUS_ZERO:
        return Reliance.EMPTY
    interval = timedelta(minutes=view.frequency_minutes)
    age = now - as_of
    if age <= interval + max(LEAST_GRACE, interval / 2):
        return Reliance.SAFE
    did_not_move = last is not None and last.state == RunState.SUCCEEDED and last.at - as_of > interval
    if did_not_move and view.standing is not Standing.PAUSED:
        return Reliance.FROZEN
    return Reliance.AGING if age <= VERY_LATE * interval else Reliance.STALE
