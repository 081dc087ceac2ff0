"""The inbox: every webhook call is on disk before it is answered, and calls that come together share one commit."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.models import HitState, HitTrust, LogEntry, WebhookHit
from webapp.models.bulk import insert_at_once
from webapp.runtime import Runtime

from .adapters import CallLog

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


class _Place:
    """One caller's place in the queue."""

    __slots__ = ("arrivals", "error", "is_done")

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals = arrivals
        self.is_done = False
        self.error: Exception | None = None


class Inbox:
    """One per process. Whoever comes while nobody writes leads: it commits for all that wait by then."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._ready = threading.Condition()
        self._queue: list[_Place] = []
        self._is_writing = False
        self.commits = 0

    def put(self, *arrivals: Arrival) -> None:
        """Returns once they are durable. Raises what the database raised, and then none of them is stored."""
        with self._runtime.right_of_way.taken():
            self._put(arrivals)

    def _put(self, arrivals: Sequence[Arrival]) -> None:
        mine = _Place(arrivals)
        with self._ready:
            self._queue.append(mine)
            while self._is_writing and not mine.is_done:
                self._ready.wait()
            batch = [] if mine.is_done else self._take(mine)
        if batch:
            self._lead(batch)
        if mine.error is not None:
            raise mine.error

    def _take(self, mine: _Place) -> list[_Place]:
        """Under the lock: the first of the queue, and the leader's own place in any case."""
        batch = self._queue[:MOST_AT_ONCE]
        if mine not in batch:
            batch[-1] = mine
        self._queue = [place for place in self._queue if place not in batch]
        self._is_writing = True
        return batch

    def _lead(self, batch: Sequence[_Place]) -> None:
        error: Exception | None = None
        try:
            self._write([arrival for place in batch for arrival in place.arrivals])
        except Exception as problem:  # every caller that waits is told, each answers its own sender
            error = problem
        with self._ready:
            self._is_writing = False
            self.commits += error is None
            for place in batch:
                place.error, place.is_done = error, True
            self._ready.notify_all()

    def _write(self, arrivals: Sequence[Arrival]) -> None:
        lines = [line for arrival in arrivals if (line := arrival.log_line)]
        with self._runtime.writing() as session:
            db = session.connection()
            insert_at_once(db, HITS, _COLUMNS, [arrival.row for arrival in arrivals])
            insert_at_once(db, LOG, CallLog.COLUMNS, lines)
