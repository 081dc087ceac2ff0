"""How much of a provider's call limit is used: by its own headers where it sends any, else by its documents."""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.models import CallHeadroom, Connection, SyncRun

from .call_budget import per_hour

SAMPLES = 48
HOUR = timedelta(hours=1)


class Sample(Value, frozen=True):
    """What the headers said at a moment."""

    at: datetime
    allowed: int | None
    remaining: int | None
    resets_at: datetime | None


class Allowance(Value, frozen=True):
    """`last_hour` counts our own calls; `documented` is the provider's published limit per hour, if it names one.

    `samples` are the oldest first. `runs_out_at` is set when the calls left end before they are given back, at the
    pace of the last hour.
    """

    connection_id: int
    name: str
    last_hour: int
    documented: int | None
    samples: tuple[Sample, ...] = ()
    runs_out_at: datetime | None = None

    @property
    def told(self) -> Sample | None:
        return self.samples[-1] if self.samples else None


def of_connections(session: Session, now: datetime) -> tuple[Allowance, ...]:
    """Of every connection that is not archived."""
    rows = session.scalars(
        select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.role, Connection.id)
    ).all()
    ids = [row.id for row in rows]
    made = select(SyncRun.connection_id, func.sum(SyncRun.calls)).where(
        SyncRun.connection_id.in_(ids), SyncRun.started_at >= now - HOUR
    )
    calls = {key: int(count or 0) for key, count in session.execute(made.group_by(SyncRun.connection_id))}
    samples: dict[int, list[Sample]] = defaultdict(list)
    told = select(CallHeadroom).where(CallHeadroom.connection_id.in_(ids), CallHeadroom.at >= now - 24 * HOUR)
    for one in session.scalars(told.order_by(CallHeadroom.at.desc()).limit(SAMPLES * max(len(ids), 1))):
        samples[one.connection_id].append(Sample(one.at, one.allowed, one.remaining, one.resets_at))
    return tuple(_allowance(row, calls.get(row.id, 0), samples[row.id][:SAMPLES][::-1], now) for row in rows)


def _allowance(row: Connection, last_hour: int, samples: list[Sample], now: datetime) -> Allowance:
    return Allowance(
        connection_id=row.id,
        name=row.name,
        last_hour=last_hour,
        documented=_documented(row),
        samples=tuple(samples),
        runs_out_at=runs_out(samples[-1], last_hour, now) if samples else None,
    )


def runs_out(told: Sample, last_hour: int, now: datetime) -> datetime | None:
    """When the calls that are left are used up at the pace of the last hour; None when they come back before."""
    if told.remaining is None or told.resets_at is None or told.resets_at <= now:
        return None
    if told.remaining == 0:
        return now
    if not last_hour:
        return None
    at = told.at + HOUR * (told.remaining / last_hour)
    return max(at, now) if at < told.resets_at else None


def _documented(row: Connection) -> int | None:
    try:
        manifest = registry.manifest(row.provider)
    except registry.UnknownProvider:
        return None
    return per_hour(manifest, row.options, row.streams, row.frequency_minutes).allowed
