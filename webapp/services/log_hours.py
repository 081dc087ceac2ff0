"""Counts the log by the hour: closed hours once, by a job; the open one when somebody looks."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, LogEntry, LogHour
from webapp.runtime import Runtime

from .log_views import LogFilter

HOUR = timedelta(hours=1)
SETTLED = timedelta(minutes=10)
"""Calls are written with their page: an hour is closed when its last ones must have arrived."""
BITE = 48
MOST_LIVE = 20_000


class HourCount(Value, frozen=True):
    """`at` is when the hour or the stretch of hours begins."""

    at: datetime
    count: int
    problems: int


def count_closed(runtime: Runtime) -> int:
    """Counts hours that have closed since the last time; returns how many lines that made."""
    made = 0
    while not runtime.stopping.is_set():
        with runtime.writing() as session:
            begin, end = _next_hours(session, runtime.clock())
            if begin is None or begin >= end:
                return made
            until = min(end, begin + BITE * HOUR)
            rows = list(_counted(session, begin, until))
            session.execute(delete(LogHour).where(LogHour.hour >= begin, LogHour.hour < until))
            if not rows:  # a quiet stretch: leave a mark, so that the next look begins behind it
                rows = [{"hour": until - HOUR, "kind": "", "level": "", "connection_id": 0, "count": 0}]
            session.execute(insert(LogHour), rows)
        made += len(rows)
    return made


def histogram(
    session: Session, wanted: LogFilter, since: datetime, until: datetime, hours: int
) -> tuple[HourCount, ...]:
    """Entries per `hours` from `since` (its hour) to `until`, by kind, level and connection of `wanted`."""
    first = _hour(since)
    connection_id = None
    if wanted.connection:
        found = select(Connection.id).where(Connection.public_id == wanted.connection)
        connection_id = session.scalars(found).first() or -1
    totals: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for hour, level, count in _parts(session, wanted, first, until, connection_id):
        slot = totals[(hour - first) // (hours * HOUR)]
        slot[0] += count
        slot[1] += count if level != "info" else 0
    slots = max(-(-(until - first) // (hours * HOUR)), 1)
    return tuple(HourCount(first + index * hours * HOUR, *totals[index]) for index in range(slots))


def _parts(
    session: Session, wanted: LogFilter, first: datetime, until: datetime, connection_id: int | None
) -> Iterator[tuple[datetime, str, int]]:
    conditions: list[ColumnElement[bool]] = [LogHour.kind.in_(wanted.kinds), LogHour.level.in_(wanted.levels)]
    if connection_id is not None:
        conditions.append(LogHour.connection_id == connection_id)
    closed = select(LogHour.hour, LogHour.level, func.sum(LogHour.count)).where(
        LogHour.hour >= first, LogHour.hour < until, *conditions
    )
    for hour, level, count in session.execute(closed.group_by(LogHour.hour, LogHour.level)):
        yield hour, level, int(count)
    last = session.scalar(select(func.max(LogHour.hour)))
    begin = max(first, last + HOUR) if last else first
    if begin < until:
        for row in _counted(session, begin, until, MOST_LIVE):
            is_wanted = row["kind"] in wanted.kinds and row["level"] in wanted.levels
            if is_wanted and connection_id in (None, row["connection_id"]):
                yield row["hour"], row["level"], row["count"]


def _next_hours(session: Session, now: datetime) -> tuple[datetime | None, datetime]:
    last = session.scalar(select(func.max(LogHour.hour)))
    oldest = session.scalar(select(func.min(LogEntry.at))) if last is None else None
    begin = last + HOUR if last else _hour(oldest) if oldest else None
    return begin, _hour(now - SETTLED)


def _counted(
    session: Session, begin: datetime, end: datetime, most: int | None = None
) -> Iterator[dict[str, Any]]:
    """Rows of `log_hour` for a stretch; with `most`, of a flood only the newest entries."""
    some = (
        select(LogEntry.at, LogEntry.kind, LogEntry.level, LogEntry.connection_id)
        .where(LogEntry.at >= begin, LogEntry.at < end)
        .order_by(LogEntry.at.desc())
    )
    part = some.limit(most).subquery()
    hour = hour_of(session, part.c.at)
    found = select(hour, part.c.kind, part.c.level, part.c.connection_id, func.count())
    grouped = found.group_by(hour, part.c.kind, part.c.level, part.c.connection_id)
    for text, kind, level, connection_id, count in session.execute(grouped):
        yield {
            "hour": hour_from(text),
            "kind": kind,
            "level": level,
            "connection_id": connection_id or 0,
            "count": count,
        }


def hour_of(session: Session, column: Any) -> ColumnElement[Any]:
    """`2026-07-14T10` or `2026-07-14 10`: the first thirteen letters of an instant in UTC."""
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(cast(column, Text), 1, 13)
    return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24")


def hour_from(text: str) -> datetime:
    """The hour that `hour_of` names."""
    return datetime.fromisoformat(f"{text}:00:00+00:00")


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
