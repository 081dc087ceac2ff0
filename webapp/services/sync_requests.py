"""What a person asks of a sync: now, stop, or forget what is cached and try again. Each leaves an audit line."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true
from sqlalchemy.orm import Session

from webapp.domain.stream import Mode
from webapp.domain.value import Value
from webapp.integrations.kit.contract import LASTING
from webapp.models import CachedSetup, CachedToken, Connection, StreamCursor, SyncRun, SyncRunStream
from webapp.runtime import Runtime

from . import audit
from .token_caches import emptied

RETRY_OVERLAP = timedelta(days=1)
"""How much of what was read already is read again after a cleared cache."""


class Cleared(Value, frozen=True):
    """What "Clear cache and retry" dropped, and about how many calls the run that follows costs."""

    tokens: int
    setups: int
    walks: int  # half-done walks and high waters that were set back
    calls: int


def request_sync(runtime: Runtime, connection_id: int, *, actor: str, mode: Mode | None = None) -> None:
    """Sync now: the connection is due at once, at the latest when its running sync ends.

    BACKFILL reads the history again and announces nothing; the default is what the plan says.
    Raises LookupError for an unknown or archived connection.
    """
    with runtime.writing() as session:
        connection = _connection(session, connection_id)
        connection.wanted_mode = (mode or Mode.DELTA).value
        connection.next_sync_at = runtime.clock()
        what = {Mode.BACKFILL: "the whole history", Mode.SWEEP: "a sweep"}.get(mode or Mode.DELTA, "a sync")
        audit.record(
            runtime,
            session,
            actor,
            "sync.requested",
            f"{actor} asked for {what} of {connection.name}",
            connection_id=connection_id,
        )
    runtime.nudge.ring()


def request_cancel(runtime: Runtime, connection_id: int, *, actor: str) -> bool:
    """Ends the running sync after its page; what is stored stays, and the next run goes on from there.

    False when none is running. Raises LookupError for an unknown or archived connection.
    """
    with runtime.writing() as session:
        connection = _connection(session, connection_id)
        now = runtime.clock()
        if connection.claimed_until is None or connection.claimed_until <= now:
            return False
        connection.cancel_requested_at = now
        audit.record(
            runtime,
            session,
            actor,
            "sync.cancelled",
            f"{actor} cancelled the sync of {connection.name}",
            connection_id=connection_id,
        )
    return True


def clear_cache_and_retry(runtime: Runtime, connection_id: int, *, actor: str) -> Cleared:
    """Drops tokens, cached set-up and the places where walks stand, keeps all data, and asks for a run.

    The run reads the last day again. It also accepts an empty answer that was called suspicious.
    Raises LookupError for an unknown or archived connection.
    """
    with runtime.writing() as session:
        connection = _connection(session, connection_id)
        tokens = len(session.scalars(emptied(connection_id)).all())
        setups = _emptied_setups(session, connection_id)
        walks = _set_back(session, connection_id)
        cleared = Cleared(tokens, setups, walks, _usual_calls(session, connection_id) + tokens + setups)
        connection.wanted_mode = Mode.DELTA.value
        connection.next_sync_at = runtime.clock()
        audit.record(
            runtime,
            session,
            actor,
            "sync.cache_cleared",
            f"{actor} cleared the cache of {connection.name}: {tokens} tokens, {setups} set-up documents, {walks} cursors",
            connection_id=connection_id,
        )
    runtime.nudge.ring()
    return cleared


def cost_of_clearing(session: Session, connection_id: int) -> Cleared:
    """What `clear_cache_and_retry` would drop and cost now; changes nothing."""
    tokens = _count(session, CachedToken, CachedToken.name.not_like(f"{LASTING}%"), connection_id)
    setups = _count(session, CachedSetup, true(), connection_id)
    walks = session.scalars(
        select(func.count())
        .select_from(StreamCursor)
        .where(
            StreamCursor.connection_id == connection_id,
            or_(
                StreamCursor.position.is_not(None),
                StreamCursor.last_seen.is_not(None),
                and_(StreamCursor.mode == Mode.DELTA, StreamCursor.high_water.is_not(None)),
            ),
        )
    ).one()
    return Cleared(tokens, setups, walks, _usual_calls(session, connection_id) + tokens + setups)


def _count(
    session: Session,
    table: type[CachedToken | CachedSetup],
    condition: ColumnElement[bool],
    connection_id: int,
) -> int:
    statement = select(func.count()).select_from(table)
    return session.scalars(statement.where(table.connection_id == connection_id, condition)).one()


def _connection(session: Session, connection_id: int) -> Connection:
    found = session.get(Connection, connection_id, with_for_update=True)
    if found is None or found.archived_at is not None:
        raise LookupError(f"no connection {connection_id}")
    return found


def _emptied_setups(session: Session, connection_id: int) -> int:
    cache = CachedSetup
    statement = delete(cache).where(cache.connection_id == connection_id).returning(cache.name)
    return len(session.scalars(statement).all())


def _set_back(session: Session, connection_id: int) -> int:
    """History that was read stays read: only where a walk stands, and how far a delta had come, is forgotten."""
    rows = session.scalars(select(StreamCursor).where(StreamCursor.connection_id == connection_id)).all()
    changed = 0
    for row in rows:
        had = (row.position, row.high_water, row.last_seen)
        row.position = None
        row.last_seen = None
        if row.mode == Mode.DELTA and row.high_water is not None:
            row.high_water -= RETRY_OVERLAP
        changed += had != (row.position, row.high_water, row.last_seen)
    return changed


def _usual_calls(session: Session, connection_id: int) -> int:
    """The pages of the last run that had any, at least one call per stream."""
    last = (
        select(func.max(SyncRunStream.run_id))
        .join(SyncRun, SyncRun.id == SyncRunStream.run_id)
        .where(SyncRun.connection_id == connection_id, SyncRunStream.pages > 0)
        .scalar_subquery()
    )
    pages = session.scalars(select(SyncRunStream.pages).where(SyncRunStream.run_id == last)).all()
    return sum(max(count, 1) for count in pages)
