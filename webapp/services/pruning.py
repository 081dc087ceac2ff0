"""Deletes history that is older than the retention time, in small bites, so that the disk does not fill."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from webapp.domain.value import Value
from webapp.models import CallHeadroom, LogEntry, LogHour, SyncRun, SyncRunStream
from webapp.runtime import Runtime

from . import diagnostics

RETENTION_DAYS = 30
_BITE = 2_000


class Pruned(Value, frozen=True):
    """Rows that are gone."""

    log_entries: int
    runs: int


def prune(runtime: Runtime, *, days: float = RETENTION_DAYS) -> Pruned:
    """Log entries with their payloads, and sync runs but the last of each connection; ends early when the hub stops."""
    before = runtime.clock() - timedelta(days=days)
    with runtime.writing() as session:
        session.execute(delete(LogHour).where(LogHour.hour < before))
        session.execute(delete(CallHeadroom).where(CallHeadroom.at < before))
        diagnostics.drop_old(session, runtime.clock())
    return Pruned(_log_entries(runtime, before), _runs(runtime, before))


def _log_entries(runtime: Runtime, before: datetime) -> int:
    gone = 0
    while not runtime.stopping.is_set():
        with runtime.writing() as session:
            old = (
                select(LogEntry.id)
                .where(LogEntry.at < before)
                .order_by(LogEntry.at, LogEntry.id)
                .limit(_BITE)
            )
            bite = len(
                session.scalars(delete(LogEntry).where(LogEntry.id.in_(old)).returning(LogEntry.id)).all()
            )
        gone += bite
        if bite < _BITE:
            break
    return gone


def _runs(runtime: Runtime, before: datetime) -> int:
    gone = 0
    while not runtime.stopping.is_set():
        with runtime.writing() as session:
            last = select(func.max(SyncRun.id)).group_by(SyncRun.connection_id)
            old = (
                select(SyncRun.id)
                .where(SyncRun.started_at < before, SyncRun.finished_at.is_not(None), SyncRun.id.not_in(last))
                .limit(_BITE)
            )
            keys = session.scalars(old).all()
            session.execute(delete(SyncRunStream).where(SyncRunStream.run_id.in_(keys)))
            session.execute(delete(SyncRun).where(SyncRun.id.in_(keys)))
        gone += len(keys)
        if len(keys) < _BITE:
            break
    return gone
