"""The last thirty days of every kind of data, a mark per hotel day, and how long the last runs took."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.models import RunState, SyncRun, SyncRunStream

from .log_hours import hour_from, hour_of

DAYS = 30
RUNS = 30
RECENT = 400


class DayMark(Value, frozen=True):
    """Runs of one hotel day that read the stream to its end, and those that failed."""

    day: date
    good: int = 0
    failed: int = 0


class StreamHistory(Value, frozen=True):
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


def durations(session: Session) -> dict[int, tuple[tuple[datetime, float, int], ...]]:
    """Per connection: (started, seconds, calls) of its last runs that ended, the oldest first."""
    place = func.row_number().over(partition_by=SyncRun.connection_id, order_by=SyncRun.id.desc())
    latest = (
        select(SyncRun.id).where(SyncRun.finished_at.is_not(None)).order_by(SyncRun.id.desc()).limit(RECENT)
    )
    ranked = (
        select(
            SyncRun.connection_id,
            SyncRun.started_at,
            SyncRun.finished_at,
            SyncRun.calls,
            place.label("place"),
        )
        .where(SyncRun.id.in_(latest))
        .subquery()
    )
    found: dict[int, list[tuple[datetime, float, int]]] = defaultdict(list)
    rows = select(ranked).where(ranked.c.place <= RUNS).order_by(ranked.c.place.desc())
    for key, began, ended, calls, _place in session.execute(rows):
        found[key].append((began, (ended - began).total_seconds(), calls))
    return {key: tuple(runs) for key, runs in found.items()}
