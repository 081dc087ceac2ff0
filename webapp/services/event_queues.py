"""Reads the event queues of providers that call nobody: every answer is on disk as hits before the next is asked for.

From there on they are hits like those that providers send, and what they speak of is read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from webapp.domain.fault import Fault
from webapp.integrations import registry
from webapp.integrations.kit.contract import Hit
from webapp.integrations.kit.errors import (
    AnswerTooLarge,
    AnswerTruncated,
    Cancelled,
    ContractBroken,
    ProviderError,
    ProviderUnavailable,
)
from webapp.integrations.kit.event_queue import EventQueue as Queue
from webapp.models import Connection, ConnectionState, EventQueue, HitTrust
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import hit_parcels, queue_claims
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .clock_jumps import LONGEST_PLAN
from .inbox import Arrival, Inbox
from .queue_claims import Reading, Turn
from .sync_outcome import WALLS
from .syncing import KEY_MISSING, PROVIDER_UNKNOWN

EVERY = timedelta(minutes=1)
MOST_ANSWERS = 200
"""Of one turn; then others come first, and this one is due again at once."""
BACKOFF = tuple(timedelta(minutes=number) for number in (1, 2, 5, 15, 60))


@dataclass(slots=True)
class _Yield:
    """What a turn has brought so far."""

    events: int = 0
    answers: int = 0
    is_empty: bool = False
    fault: Fault | None = None
    is_lost: bool = False


def has_queue(provider: str) -> bool:
    try:
        return issubclass(registry.adapter_class(provider), Queue)
    except registry.UnknownProvider:
        return False


def queue_of(provider: str, options: Mapping[str, Any]) -> str:
    """Which queue a connection reads; empty when its provider has none or none was entered."""
    try:
        found = registry.adapter_class(provider)
    except registry.UnknownProvider:
        return ""
    return found.queue_of(options) if issubclass(found, Queue) else ""


def due_connections(runtime: Runtime) -> list[int]:
    """Those with a queue to read now; paused ones and those that wait for a person leave theirs alone, since the
    provider keeps it for days."""
    now = runtime.clock()
    live = (
        select(Connection, EventQueue)
        .outerjoin(EventQueue, EventQueue.connection_id == Connection.id)
        .where(Connection.archived_at.is_(None), Connection.state != ConnectionState.PAUSED)
        .order_by(EventQueue.next_drain_at, Connection.id)
    )
    with runtime.reading() as session:
        rows = session.execute(live).all()
    return [
        connection.id
        for connection, row in rows
        if queue_claims.is_due(row, now)
        and not _is_walled(connection)
        and queue_of(connection.provider, connection.options)
    ]


def drain(runtime: Runtime, connection_id: int, *, owner: str = "queue") -> int:
    """Reads one connection's queue to its end; returns how many events came. Raises nothing a provider could cause.

    What the database raises comes through: the mark stays set then, and the next turn asks for a sweep.
    """
    trace_id = new_trace_id(runtime)
    turn = queue_claims.open_turn(runtime, connection_id, owner=owner, trace_id=trace_id)
    if turn is None:
        return 0
    calls = CallLog(connection_id, trace_id)
    brought = _Yield()
    try:
        _read(runtime, turn, calls, brought)
    except ProviderError as error:
        brought.fault = None if isinstance(error, Cancelled) else error.fault
        brought.is_lost = _may_be_lost(error)
    except VaultError:
        brought.fault = KEY_MISSING
    except registry.UnknownProvider:
        brought.fault = PROVIDER_UNKNOWN
    _close(runtime, turn, calls, brought)
    if brought.events:
        runtime.nudge.ring()
    return brought.events


def _read(runtime: Runtime, turn: Turn, calls: CallLog, brought: _Yield) -> None:
    inbox = Inbox(runtime)
    connection = turn.connection
    opened = open_adapter(
        runtime,
        connection.provider,
        credentials_of(runtime, connection),
        connection_id=connection.id,
        record=calls,
        should_stop=runtime.stopping.is_set,
    )
    with opened as adapter:
        if not isinstance(adapter, Queue):
            brought.fault = PROVIDER_UNKNOWN
            return
        for answer in adapter.drain():
            arrivals = [_arrival(runtime, turn, part) for part in adapter.split(answer)]
            inbox.put(*arrivals)
            brought.events += len(arrivals)
            brought.answers += 1
            is_ours = queue_claims.keep(runtime, turn)
            if brought.answers >= MOST_ANSWERS or runtime.stopping.is_set() or not is_ours:
                return
        brought.is_empty = True


def _arrival(runtime: Runtime, turn: Turn, body: bytes) -> Arrival:
    now = runtime.clock()
    return Arrival(
        public_id=runtime.new_id("hi"),
        connection_id=turn.connection.id,
        address_id=None,
        trace_id=new_trace_id(runtime),
        received_at=now,
        sender="",
        trust=HitTrust.QUEUE,
        reason="",
        sealed=hit_parcels.seal(runtime, Hit({}, {}, body, now)),
        size=len(body),
        digest=hit_parcels.digest_of(body),
    )


def _close(runtime: Runtime, turn: Turn, calls: CallLog, brought: _Yield) -> None:
    now = runtime.clock()
    wait = EVERY if brought.is_empty else timedelta(0)
    if brought.fault is not None:
        asked = min(timedelta(seconds=brought.fault.retry_after or 0), LONGEST_PLAN)
        wait = max(BACKOFF[min(_failures(runtime, turn), len(BACKOFF) - 1)], asked)
    queue_claims.close_turn(
        runtime,
        turn,
        Reading(brought.events, brought.is_empty, brought.fault, brought.is_lost, now + wait, calls.drain()),
    )


def _failures(runtime: Runtime, turn: Turn) -> int:
    with runtime.reading() as session:
        return session.get_one(EventQueue, turn.connection.id).failures


def _may_be_lost(error: ProviderError) -> bool:
    """Whether the provider may have taken the events out of its queue although its answer never arrived whole."""
    if isinstance(error, ProviderUnavailable):
        return error.kind != "connect_timeout"
    return isinstance(error, AnswerTruncated | AnswerTooLarge | ContractBroken | Cancelled)


def _is_walled(connection: Connection) -> bool:
    """Behind a wall every further call is a refused login more."""
    code = (connection.fault or {}).get("code")
    return connection.state == ConnectionState.NEEDS_ATTENTION and code in WALLS
