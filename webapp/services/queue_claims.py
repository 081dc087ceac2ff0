"""The rows of event queues: which are due, who reads one, and what is owed when a reading broke off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import Connection, EventQueue, LogEntry, StreamCursor
from webapp.models.bulk import bulk_insert
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime

from . import audit
from .adapters import CallLog
from .clock_jumps import LONGEST_PLAN, beyond

QUEUES = EventQueue.metadata.tables["event_queue"]
LOG = LogEntry.metadata.tables["log_entry"]
CLAIM_FOR = timedelta(seconds=90)
"""Longer than one call may take; a reader that shows no end for so long is gone."""
LONGEST_OWNER = 12


class Turn(Value, frozen=True):
    """The right to read one connection's queue; the mark that it is open is set. `token` goes with every write."""

    connection: Connection
    token: str
    trace_id: str


class Reading(Value, frozen=True):
    """What a turn came to. `is_lost`: an answer may have been removed at the provider and never arrived here."""

    events: int
    is_empty: bool
    fault: Fault | None
    is_lost: bool
    next_drain_at: datetime
    calls: Sequence[tuple[Any, ...]] = ()


def is_due(row: EventQueue | None, now: datetime) -> bool:
    """A queue that was never read is due; so is one whose plan or claim a wrong clock made."""
    if row is None:
        return True
    is_free = row.claimed_until is None or not now < row.claimed_until <= beyond(now, CLAIM_FOR)
    return is_free and not now < row.next_drain_at <= beyond(now, LONGEST_PLAN)


def open_turn(runtime: Runtime, connection_id: int, *, owner: str, trace_id: str) -> Turn | None:
    """Claims a due queue and marks it open, in one transaction; None when it is not due or somebody else's.

    A mark that is found set, or a sweep that is still owed, asks for a sweep at once.
    """
    insert = insert_for(runtime.dialect)
    with runtime.writing() as session:
        now = runtime.clock()
        new = insert(EventQueue).values(
            connection_id=connection_id, next_drain_at=now, is_empty=False, events=0, failures=0
        )
        session.execute(new.on_conflict_do_nothing())
        # First the connection, like a sync that ends: two writers never wait for each other crosswise.
        connection = session.get(Connection, connection_id, with_for_update=True)
        row = session.get_one(EventQueue, connection_id, with_for_update=True)
        if connection is None or connection.archived_at is not None or not is_due(row, now):
            return None
        if row.opened_at is not None:
            _owe(runtime, session, connection, row, trace_id)
        _settle_debt(session, connection, row, now)
        row.opened_at = now
        row.claimed_by, row.claimed_until = runtime.new_id(owner[:LONGEST_OWNER]), now + CLAIM_FOR
        return Turn(connection, row.claimed_by, trace_id)


def keep(runtime: Runtime, turn: Turn) -> bool:
    """Extends the claim between two calls; False when somebody else has the turn now."""
    with runtime.writing() as session:
        statement = (
            update(QUEUES)
            .where(QUEUES.c.connection_id == turn.connection.id, QUEUES.c.claimed_by == turn.token)
            .values(claimed_until=runtime.clock() + CLAIM_FOR)
            .returning(QUEUES.c.connection_id)
        )
        return session.execute(statement).first() is not None


def close_turn(runtime: Runtime, turn: Turn, reading: Reading) -> None:
    """Clears the mark, frees the claim, and keeps what the turn came to; nothing of it when the turn was lost."""
    with runtime.writing() as session:
        now = runtime.clock()
        bulk_insert(session.connection(), LOG, CallLog.COLUMNS, reading.calls)
        connection = session.get_one(Connection, turn.connection.id, with_for_update=True)
        row = session.get_one(EventQueue, turn.connection.id, with_for_update=True)
        row.events += reading.events
        if row.claimed_by != turn.token:
            return
        if reading.is_lost:
            _owe(runtime, session, connection, row, turn.trace_id)
            _settle_debt(session, connection, row, now)
        row.opened_at = row.claimed_by = row.claimed_until = None
        row.next_drain_at = reading.next_drain_at
        row.fault = msgspec.to_builtins(reading.fault) if reading.fault else None
        row.failures = row.failures + 1 if reading.fault else 0
        row.is_empty = reading.is_empty
        if reading.fault is None:
            row.drained_at = now


def _owe(runtime: Runtime, session: Session, connection: Connection, row: EventQueue, trace_id: str) -> None:
    row.sweep_owed_since, row.opened_at = runtime.clock(), None
    audit.note_run(
        runtime,
        session,
        "queue.interrupted",
        f"{connection.name}: reading the event queue broke off and an answer may be lost; all bookings are read again",
        connection_id=connection.id,
        trace_id=trace_id,
        level="warning",
    )


def _settle_debt(session: Session, connection: Connection, row: EventQueue, now: datetime) -> None:
    """Asks for a sweep until one is complete that began after the loss: one that ran already may have passed by what was
    lost. A connection that waits for a person sweeps when that person has mended it."""
    if row.sweep_owed_since is None:
        return
    began = select(func.max(StreamCursor.began_at)).where(
        StreamCursor.connection_id == connection.id,
        StreamCursor.stream == Stream.BOOKINGS,
        StreamCursor.mode.in_([Mode.SWEEP.value, Mode.BACKFILL.value]),
    )
    swept_at = session.execute(began).scalar()
    if swept_at is not None and swept_at > row.sweep_owed_since:
        row.sweep_owed_since = None
        return
    connection.next_sweep_at = min(connection.next_sweep_at or now, now)
    if connection.next_sync_at is not None:
        connection.next_sync_at = min(connection.next_sync_at, now)
