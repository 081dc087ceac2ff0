"""The rows of sync runs: begins one, names those that died, and ends one."""

from datetime import date, datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session

from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import Booking, Connection, ConnectionRole, Hotel, RunState, SyncRun, SyncRunStream
from webapp.runtime import Runtime

from . import audit, first_load, sync_plan
from .adapters import CallLog, new_trace_id
from .night_audit import audit_of
from .sync_claims import Claim, ClaimLost
from .sync_report import RunReport
from .sync_stopping import StopSwitch

RUNS = SyncRun.metadata.tables["sync_run"]
RUN_STREAMS = SyncRunStream.metadata.tables["sync_run_stream"]


class Run(Value, frozen=True):
    """A run that has begun. `connection` is the row as it was then; nobody writes through it."""

    runtime: Runtime
    claim: Claim
    id: int
    public_id: str
    trace_id: str
    mode: Mode
    started_at: datetime
    connection: Connection
    business_date: date
    calls: CallLog
    stop: StopSwitch
    streams: tuple[Stream, ...]
    is_audit: bool = False  # the hotel's night audit runs, so that what is big waits

    @property
    def announces(self) -> bool:
        """A shadow is only watched."""
        return self.connection.role == ConnectionRole.PRIMARY


def begin(runtime: Runtime, claim: Claim, *, trigger: str | None = None, full: bool = False) -> Run:
    """One transaction. Without `trigger` it follows from who asked. Raises ClaimLost."""
    now = runtime.clock()
    trace_id = new_trace_id(runtime)
    with runtime.writing() as session:
        connection = session.get(Connection, claim.connection_id, with_for_update=True)
        if connection is None or connection.claimed_by != claim.token:
            raise ClaimLost(claim.token)
        _name_the_dead(runtime, session, connection)
        if full or connection.wanted_mode == Mode.BACKFILL:
            sync_plan.want_history(session, connection.id)
        cursors = sync_plan.cursors_of(session, connection.id)
        hotel = session.get(Hotel, 1)
        is_audit = not full and _waits_for_audit(connection, hotel, now)
        streams = sync_plan.streams_now(connection, cursors, is_audit=is_audit)
        mode = sync_plan.run_mode(connection, cursors, now, streams=streams, is_audit=is_audit)
        if is_audit and connection.wanted_mode == Mode.SWEEP:
            connection.next_sweep_at = now  # the wish is kept until the audit is over
        row = SyncRun(
            public_id=runtime.new_id("run"),
            connection_id=connection.id,
            mode=mode,
            trigger=trigger or _trigger(connection),
            state=RunState.RUNNING,
            trace_id=trace_id,
            started_at=now,
            heartbeat_at=now,
        )
        session.add(row)
        connection.last_tried_at = now
        connection.wanted_mode = None
        connection.cancel_requested_at = None
        if Stream.BOOKINGS.value in connection.streams and _has_no_bookings(session, connection.id):
            connection.is_search_stale = True
            first_load.prepare(session.connection())
        session.flush()
        today = sync_plan.business_date(hotel, now)
    return Run(
        runtime=runtime,
        claim=claim,
        id=row.id,
        public_id=row.public_id,
        trace_id=trace_id,
        mode=mode,
        started_at=now,
        connection=connection,
        business_date=today,
        calls=CallLog(connection.id, trace_id),
        stop=StopSwitch(runtime, claim, mode),
        streams=streams,
        is_audit=is_audit,
    )


def finish(db: DatabaseConnection, run: Run, report: RunReport, now: datetime) -> None:
    """The run's own row; streams that still read "running" ended with it."""
    db.execute(
        update(RUNS)
        .where(RUNS.c.id == run.id)
        .values(
            state=report.state,
            verdict=report.verdict,
            fault=msgspec.to_builtins(report.fault) if report.fault else None,
            heartbeat_at=now,
            finished_at=now,
            calls=report.calls,
        )
    )
    db.execute(
        update(RUN_STREAMS)
        .where(RUN_STREAMS.c.run_id == run.id, RUN_STREAMS.c.state == RunState.RUNNING)
        .values(state=report.state, verdict=report.verdict)
    )


def _waits_for_audit(connection: Connection, hotel: Hotel | None, now: datetime) -> bool:
    """A first load and a person who presses "Sync now" wait for nothing."""
    if connection.last_good_at is None or connection.wanted_mode == Mode.DELTA:
        return False
    return audit_of(hotel).is_running(now)


def _trigger(connection: Connection) -> str:
    if connection.wanted_mode is not None:
        return "manual"
    return "schedule" if connection.last_good_at else "first"


def _name_the_dead(runtime: Runtime, session: Session, connection: Connection) -> None:
    """A run that still reads "running" under a new claim lost its process."""
    dead = select(SyncRun).where(SyncRun.connection_id == connection.id, SyncRun.state == RunState.RUNNING)
    for row in session.scalars(dead):
        row.state = RunState.INTERRUPTED
        row.finished_at = row.heartbeat_at
        session.execute(
            update(SyncRunStream)
            .where(SyncRunStream.run_id == row.id, SyncRunStream.state == RunState.RUNNING)
            .values(state=RunState.INTERRUPTED)
        )
        audit.note_run(
            runtime,
            session,
            "run.interrupted",
            f"{connection.name}: the last run ended without a word; this one goes on where it stood",
            connection_id=connection.id,
            trace_id=row.trace_id,
            level="warning",
        )


def _has_no_bookings(session: Session, connection_id: int) -> bool:
    return (
        session.scalars(select(Booking.id).where(Booking.connection_id == connection_id).limit(1)).first()
        is None
    )
