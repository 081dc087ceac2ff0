"""The inbox: every webhook call is on disk before it is answered, and calls that come together share one commit."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from webapp.models import HitState, HitTrust, LogEntry, WebhookHit
from webapp.models.bulk import insert_at_once
from webapp.runtime import Runtime

from . import hit_addresses
from .adapters import CallLog
from .hit_addresses import Found

HITS = WebhookHit.metadata.tables["webhook_hit"]
LOG = LogEntry.metadata.tables["log_entry"]
MOST_AT_ONCE = 64
_COLUMNS = (
    "public_id", "connection_id", "address_id", "trace_id", "received_at", "sender", "trust", "reason", "sealed",
    "size", "digest", "events", "state", "next_try_at", "tries", "lags", "replays", "changed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """A hit on its way into the table. `sealed` is all that is kept of headers and body."""

    public_id: str
    connection_id: int
    address_id: int | None
    trace_id: str
    received_at: datetime
    sender: str
    trust: HitTrust
    reason: str
    sealed: bytes = field(repr=False)
    size: int
    digest: str
    remembered: Found | None = None  # what the process knew of its address; the commit confirms it

    @property
    def row(self) -> tuple[Any, ...]:
        is_rejected = self.trust is HitTrust.REJECTED
        state = HitState.REJECTED if is_rejected else HitState.WAITING
        return (
            self.public_id, self.connection_id, self.address_id, self.trace_id, self.received_at, self.sender,
            self.trust.value, self.reason[:200], self.sealed, self.size, self.digest, "", state.value,
            None if is_rejected else self.received_at, 0, 0, 0, 0,
        )  # fmt: skip

    @property
    def log_line(self) -> tuple[Any, ...] | None:
        """What is accepted gets its line when it was read; a rejected hit ends here."""
        if self.trust is not HitTrust.REJECTED:
            return None
        summary = f"A webhook call was rejected: {self.reason}"
        return (
            self.received_at, "hit", "warning", self.connection_id, self.trace_id, "", "hit.rejected", summary,
        )  # fmt: skip


class AddressChanged(Exception):
    """What was remembered of the call's address is no longer so: it must be looked up anew."""


class Interrupted(SQLAlchemyError):
    """Whoever wrote for those who waited was ended in the middle of it: nothing of theirs is stored."""


class _Place:
    """One caller's place in the queue. `turn` is let go when its arrivals are stored, or when it is to lead."""

    __slots__ = ("arrivals", "error", "is_done", "turn")

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.is_done = False
        self.error: Exception | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class Inbox:
    """One per process. Whoever comes while nobody writes leads: it commits for all that wait by then, and the first of
    those who came meanwhile leads next. Only they are woken: each thread that wakes for nothing costs the others time.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._queue: list[_Place] = []
        self._is_writing = False
        self.commits = 0

    def put(self, *arrivals: Arrival) -> None:
        """Returns once they are durable. Raises AddressChanged, or what the database raised; then none is stored."""
        with self._runtime.right_of_way.taken():
            self._put(_Place(arrivals))

    def _put(self, mine: _Place) -> None:
        with self._lock:
            self._queue.append(mine)
            leads, self._is_writing = not self._is_writing, True
        if not leads:
            mine.turn.acquire()
        if not mine.is_done:
            self._lead()
        if mine.error is not None:
            raise mine.error

    def _lead(self) -> None:
        """Its own place is the first of the queue: nobody else takes from it while somebody writes."""
        with self._lock:
            batch, self._queue = self._queue[:MOST_AT_ONCE], self._queue[MOST_AT_ONCE:]
        error: Exception | None = Interrupted()
        try:
            self._write(batch)
            error = None
        except Exception as problem:  # every caller that waits is told, each answers its own sender
            error = problem
        finally:
            self._hand_on(batch, error)

    def _hand_on(self, batch: Sequence[_Place], error: Exception | None) -> None:
        self.commits += error is None
        with self._lock:
            following = self._queue[0] if self._queue else None
            self._is_writing = following is not None
        for place in batch:
            place.error = error or place.error
            place.is_done = True
            place.turn.release()
        if following is not None:
            following.turn.release()

    def _write(self, batch: Sequence[_Place]) -> None:
        """Leaves AddressChanged in the places that are to ask anew, and stores the others."""
        remembered = {
            arrival.remembered for place in batch for arrival in place.arrivals if arrival.remembered
        }
        arrivals: list[Arrival] = []
        with self._runtime.writing() as session:
            db = session.connection()
            changed = hit_addresses.changed(db, remembered, self._runtime.clock())
            for place in batch:
                if any(arrival.remembered in changed for arrival in place.arrivals):
                    place.error = AddressChanged()
                else:
                    arrivals.extend(place.arrivals)
            insert_at_once(db, HITS, _COLUMNS, [arrival.row for arrival in arrivals])
            insert_at_once(db, LOG, CallLog.COLUMNS, [line for one in arrivals if (line := one.log_line)])
