"""Ends a run: builds the search index after a first load, writes the run's row, and draws conclusions for its connection."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Mode, Stream
from webapp.models import Connection, ConnectionState, Hotel, LogEntry, RunState
from webapp.models.bulk import bulk_insert

from . import audit, first_load, standing_news, sync_outcome, sync_plan, sync_runs
from .adapters import CallLog
from .night_audit import audit_of
from .sync_bites import give_way
from .sync_claims import CONNECTIONS
from .sync_outcome import Outcome
from .sync_plan import CURSORS
from .sync_report import RunReport
from .sync_runs import CONNECTION_ROW, HOTEL_ROW, Run

LOG = LogEntry.metadata.tables["log_entry"]
_COUNTED = ("seen", "added", "changed")
_SETTLED = (
    "claimed_by", "claimed_until", "cancel_requested_at", "state", "failures", "fault", "fault_since",
    "told_degraded_at", "next_sync_at", "next_sweep_at", "last_good_at",
)  # fmt: skip
_LEVELS = {RunState.FAILED: "error", RunState.INTERRUPTED: "warning"}


def settle(run: Run, report: RunReport) -> None:
    """Frees the claim, whatever the run came to."""
    _finish_search(run)
    runtime, is_due = run.runtime, False
    with runtime.bulk_ending() as db, Session(db, expire_on_commit=False, autoflush=False) as session:
        now = runtime.clock()
        bulk_insert(db, LOG, CallLog.COLUMNS, [*run.calls.drain(), _line(run, report, now)])
        sync_runs.finish(db, run, report, now)
        run.calls.note_headroom(session)
        connection = session.scalars(CONNECTION_ROW, {"of_id": run.claim.connection_id}).one_or_none()
        if connection is not None and connection.claimed_by == run.claim.token:  # else its new holder decides
            session.expunge(connection)  # what changes is written by its columns, as in `begin`
            is_due = _free(run, session, connection, report)
            sync_runs.write_connection(db, connection, _SETTLED)
        session.flush()
    if is_due:
        runtime.nudge.ring()


def _free(run: Run, session: Session, connection: Connection, report: RunReport) -> bool:
    """The connection after the run; True when it is due again at once."""
    now = run.runtime.clock()
    connection.claimed_by = connection.claimed_until = connection.cancel_requested_at = None
    if connection.archived_at is not None or connection.state == ConnectionState.PAUSED:
        return False
    if connection.changed_at != run.connection.changed_at:
        connection.next_sync_at = now  # edited meanwhile: the run speaks of settings that are gone
    else:
        is_audit = run.is_audit or (report.fault is not None and audit_of(_hotel(session)).is_running(now))
        outcome = sync_outcome.judge(connection, report, run.started_at, now, is_audit=is_audit)
        _conclude(run, session, connection, outcome)
    if connection.wanted_mode is not None:
        connection.next_sync_at = now  # asked for during the run
    if sync_outcome.swept(report):
        connection.next_sweep_at = sync_plan.next_sweep(now, _hotel(session))
    return connection.next_sync_at is not None and connection.next_sync_at <= now


def _hotel(session: Session) -> Hotel | None:
    return session.scalars(HOTEL_ROW).one_or_none()


def _line(run: Run, report: RunReport, now: datetime) -> tuple[Any, ...]:
    """One line of the log per run: what it came to, with its calls under the same trace."""
    read, new, changed = (sum(getattr(one, name) for one in report.streams) for name in _COUNTED)
    level = _LEVELS.get(report.state, "warning" if report.fault else "info")
    said = f"{run.connection.name}: {read:,} read, {new:,} new, {changed:,} changed{_reason(report.fault)}"
    return now, "run", level, run.connection.id, run.trace_id, "", f"run.{report.state}", said


def _conclude(run: Run, session: Session, connection: Connection, outcome: Outcome) -> None:
    """State and fault; the log hears of it when the state changes, not of every failure."""
    now = run.runtime.clock()
    connection.next_sync_at = outcome.next_sync_at
    if outcome.is_good:
        connection.last_good_at = now
    if outcome.state is None:
        return
    before, after = connection.state, outcome.state
    known = (connection.fault or {}).get("code")
    connection.state = after.value
    connection.failures = outcome.failures
    connection.fault = msgspec.to_builtins(outcome.fault) if outcome.fault else None
    if outcome.fault is None:
        connection.fault_since = None
    elif outcome.fault.code != known or connection.fault_since is None:
        connection.fault_since = now
    standing_news.tell(run.runtime, session, connection)
    if before != after:
        audit.note_run(
            run.runtime,
            session,
            f"connection.{after}",
            f"{connection.name}: {ConnectionState(before).words} → {after.words}{_reason(outcome.fault)}",
            connection_id=connection.id,
            trace_id=run.trace_id,
            level="info" if after is ConnectionState.HEALTHY else "warning",
        )


def _reason(fault: Fault | None) -> str:
    return f": {fault.message % fault.params}" if fault else ""


def _finish_search(run: Run) -> None:
    """After a first load, and after a part of one, so that what is stored can be found."""
    if not run.connection.is_search_stale:
        return
    *steps, search = first_load.STEPS
    for step in steps:
        give_way(run.runtime)
        with run.runtime.bulk_writing() as db:
            step(db)
    give_way(run.runtime)
    with run.runtime.bulk_writing() as db:
        search(db)
        if _is_loaded(db, run.connection.id):
            statement = update(CONNECTIONS).where(CONNECTIONS.c.id == run.connection.id)
            db.execute(statement.values(is_search_stale=False))


def _is_loaded(db: DatabaseConnection, connection_id: int) -> bool:
    statement = select(CURSORS.c.completed_at).where(
        CURSORS.c.connection_id == connection_id,
        CURSORS.c.stream == Stream.BOOKINGS.value,
        CURSORS.c.mode == Mode.BACKFILL.value,
    )
    return db.execute(statement).scalar() is not None
