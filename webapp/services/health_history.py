"""The last thirty days of every kind of data, a mark per hotel day, and how long the last runs took."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.models import RunState, SyncRun, SyncRunStream

from .log_hours import hour_from, hour_of

DAYS = 30
RUNS = 30


@dataclass(frozen=True, slots=True)
class DayMark:
    """Runs of one hotel day that read the stream to its end, and those that failed."""

    day: date
    good: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class StreamHistory:
    connection_id: int
    stream: Stream
    days: tuple[DayMark, ...]  # the oldest first, today last


def days_of(session: Session, zone: ZoneInfo, now: datetime) -> tuple[StreamHistory, ...]:
    """Of streams that were tried at all; days without a run have zeros."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    hour = hour_of(session, SyncRun.started_at)
    counted = (
        select(
            SyncRun.connection_id,
            SyncRunStream.stream,
            hour,
            func.sum(case((SyncRunStream.state == RunState.SUCCEEDED, 1), else_=0)),
            func.sum(case((SyncRunStream.state == RunState.FAILED, 1), else_=0)),
        )
        .join(SyncRunStream, SyncRunStream.run_id == SyncRun.id)
        .where(SyncRun.started_at >= now - timedelta(days=DAYS))
        .group_by(SyncRun.connection_id, SyncRunStream.stream, hour)
    )

    @lru_cache
    def day_of(text: str) -> date:
        return hour_from(text).astimezone(zone).date()

    totals: dict[tuple[int, str], dict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for connection_id, stream, text, good, failed in session.execute(counted):
        slot = totals[connection_id, stream][day_of(text)]
        slot[0] += int(good)
        slot[1] += int(failed)
    order = list(Stream)
    return tuple(
        StreamHistory(key, Stream(stream), tuple(DayMark(day, *found.get(day, (0, 0))) for day in days))
        for (key, stream), found in sorted(
            totals.items(), key=lambda one: (one[0][0], order.index(Stream(one[0][1])))
        )
    )


def durations(session: Session, connection_id: int) -> tuple[tuple[datetime, float, int], ...]:
    """(started, seconds, calls) of the last runs that ended, the oldest first."""
    ended = (
        select(SyncRun.started_at, SyncRun.finished_at, SyncRun.calls)
        .where(SyncRun.connection_id == connection_id, SyncRun.finished_at.is_not(None))
        .order_by(SyncRun.started_at.desc(), SyncRun.id.desc())
        .limit(RUNS)
    )
    return tuple(
        (began, (ended_at - began).total_seconds(), calls)
        for began, ended_at, calls in reversed(session.execute(ended).all())
        if ended_at is not None
    )
