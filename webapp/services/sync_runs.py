"""The rows of sync runs: begins one, names those that died, and ends one."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session

from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import Connection, ConnectionRole, Hotel, RunState, SyncRun, SyncRunStream
from webapp.models.bulk import bulk_update
from webapp.runtime import Runtime

from . import audit, first_load, sync_plan
from .adapters import CallLog, new_trace_id
from .booking_rows import BOOKINGS
from .night_audit import audit_of
from .sync_claims import CONNECTIONS, Claim, ClaimLost
from .sync_report import RunReport
from .sync_stopping import StopSwitch

RUNS = SyncRun.metadata.tables["sync_run"]
RUN_STREAMS = SyncRunStream.metadata.tables["sync_run_stream"]
# Statements of every run are put together once: that costs more than to run them.
CONNECTION_ROW = select(Connection).where(Connection.id == bindparam("of_id")).with_for_update()
HOTEL_ROW = select(Hotel).where(Hotel.id == 1)
_NEW_RUN = insert(RUNS).returning(RUNS.c.id)
_RUNNING = select(RUNS.c.id, RUNS.c.trace_id).where(
    RUNS.c.connection_id == bindparam("of_id"),
    text("sync_run.state = 'running'"),  # as the index of these says it
)
_END_STREAMS = (
    update(RUN_STREAMS)
    .where(RUN_STREAMS.c.run_id == bindparam("of_run"), RUN_STREAMS.c.state == RunState.RUNNING.value)
    .values(state=bindparam("ended"), verdict=bindparam("judged"))
)
_ANY_BOOKING = select(BOOKINGS.c.id).where(BOOKINGS.c.connection_id == bindparam("of_id")).limit(1)
_BEGUN = ("last_tried_at", "wanted_mode", "cancel_requested_at", "next_sweep_at", "is_search_stale")


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
    cursors: sync_plan.Cursors  # as they stood then
    is_audit: bool = False  # the hotel's night audit runs, so that what is big waits

    @property
    def announces(self) -> bool:
        """A shadow is only watched."""
        return self.connection.role == ConnectionRole.PRIMARY


def begin(runtime: Runtime, claim: Claim, *, trigger: str | None = None, full: bool = False) -> Run:
    """One transaction. Without `trigger` it follows from who asked. Raises ClaimLost."""
    now = runtime.clock()
    trace_id, public_id = new_trace_id(runtime), runtime.new_id("run")
    with runtime.bulk_writing() as db, Session(db, expire_on_commit=False, autoflush=False) as session:
        connection = session.scalars(CONNECTION_ROW, {"of_id": claim.connection_id}).one_or_none()
        if connection is None or connection.claimed_by != claim.token:
            raise ClaimLost(claim.token)
        _name_the_dead(runtime, session, connection)
        if full or connection.wanted_mode == Mode.BACKFILL:
            sync_plan.want_history(session, connection.id)
        cursors = sync_plan.cursors_of(session, connection.id)
        hotel = session.scalars(HOTEL_ROW).one_or_none()
        is_audit = not full and _waits_for_audit(connection, hotel, now)
        streams = sync_plan.streams_now(connection, cursors, is_audit=is_audit)
        mode = sync_plan.run_mode(connection, cursors, now, streams=streams, is_audit=is_audit)
        row = {
            "public_id": public_id,
            "connection_id": connection.id,
            "mode": mode.value,
            "trigger": trigger or _trigger(connection),
            "state": RunState.RUNNING.value,
            "trace_id": trace_id,
            "started_at": now,
            "heartbeat_at": now,
        }
        key = int(db.execute(_NEW_RUN, row).scalar_one())
        session.flush()
        # What changes is written by its columns, past the mapper, which costs more.
        session.expunge(connection)
        _note_begun(db, connection, now, is_audit=is_audit)
    return Run(
        runtime=runtime,
        claim=claim,
        id=key,
        public_id=public_id,
        trace_id=trace_id,
        mode=mode,
        started_at=now,
        connection=connection,
        business_date=sync_plan.business_date(hotel, now),
        calls=CallLog(connection.id, trace_id),
        stop=StopSwitch(runtime, claim, mode),
        streams=streams,
        cursors=cursors,
        is_audit=is_audit,
    )


def _note_begun(db: DatabaseConnection, connection: Connection, now: datetime, *, is_audit: bool) -> None:
    """The wish is granted by this run; what follows from an empty hub."""
    if is_audit and connection.wanted_mode == Mode.SWEEP:
        connection.next_sweep_at = now  # the wish is kept until the audit is over
    connection.last_tried_at = now
    connection.wanted_mode = connection.cancel_requested_at = None
    if Stream.BOOKINGS.value in connection.streams and _has_no_bookings(db, connection.id):
        connection.is_search_stale = True
        first_load.prepare(db)
    write_connection(db, connection, _BEGUN)


def write_connection(db: DatabaseConnection, connection: Connection, names: Sequence[str]) -> None:
    """Those columns of a row that is locked in this transaction."""
    values = {name: getattr(connection, name) for name in names}
    bulk_update(db, CONNECTIONS, ("id",), [((connection.id,), values)])


def finish(db: DatabaseConnection, run: Run, report: RunReport, now: datetime) -> None:
    """The run's own row; streams that still read "running" ended with it."""
    state, verdict = report.state.value, report.verdict.value if report.verdict else None
    end = {
        "state": state,
        "verdict": verdict,
        "fault": msgspec.to_builtins(report.fault) if report.fault else None,
        "heartbeat_at": now,
        "finished_at": now,
        "calls": report.calls,
    }
    bulk_update(db, RUNS, ("id",), [((run.id,), end)])
    db.execute(_END_STREAMS, {"of_run": run.id, "ended": state, "judged": verdict})


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
    db, ended = session.connection(), RunState.INTERRUPTED.value
    for key, trace_id in db.execute(_RUNNING, {"of_id": connection.id}).all():
        statement = update(RUNS).where(RUNS.c.id == key)
        db.execute(statement.values(state=ended, finished_at=RUNS.c.heartbeat_at))
        db.execute(_END_STREAMS, {"of_run": key, "ended": ended, "judged": None})
        audit.note_run(
            runtime,
            session,
            "run.interrupted",
            f"{connection.name}: the last run ended without a word; this one goes on where it stood",
            connection_id=connection.id,
            trace_id=trace_id,
            level="warning",
        )


def _has_no_bookings(db: DatabaseConnection, connection_id: int) -> bool:
    return db.execute(_ANY_BOOKING, {"of_id": connection_id}).first() is None
