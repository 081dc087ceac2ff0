"""Replays of many webhook calls: what one would do, counted before it is done; the doing; and how far it got."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.models import Connection, HitState, WebhookHit
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, hits, sync_plan
from .hit_applying import READ_AT_ONCE
from .hit_inbox import TROUBLE
from .hit_reading import Subject, read
from .hit_receivers import reader_of

MOST = 500
"""Calls in one replay: what they ask for is then read again within minutes, and a slip of the finger stays small."""


class Plan(Value, frozen=True):
    """`hits` can be replayed. `refused` were rejected or wait anyway, `silent` ask for nothing, `unread` cannot be
    understood by this version. `calls` is the least number of requests; some providers need one per booking."""

    ids: tuple[str, ...] = ()
    refused: int = 0
    silent: int = 0
    unread: int = 0
    bookings: int = 0
    guests: int = 0
    calls: int = 0
    connections: tuple[str, ...] = ()
    is_cut: bool = False

    @property
    def hits(self) -> int:
        return len(self.ids)


class Progress(Value, frozen=True):
    """Calls of one replay by what became of them; `changed` bookings differed."""

    total: int
    waiting: int
    applied: int
    failed: int
    other: int
    changed: int

    @property
    def done(self) -> int:
        return self.total - self.waiting


def failed_since(session: Session, since: datetime, connection: str = "") -> tuple[str, ...]:
    """Ids of calls that were given up and came at or after `since`, oldest first; one more than `MOST` at most."""
    statement = select(WebhookHit.public_id).where(
        TROUBLE, WebhookHit.state == HitState.FAILED, WebhookHit.received_at >= since
    )
    if connection:
        of = select(Connection.id).where(Connection.public_id == connection).scalar_subquery()
        statement = statement.where(WebhookHit.connection_id == of)
    return tuple(session.scalars(statement.order_by(WebhookHit.received_at, WebhookHit.id).limit(MOST + 1)))


def plan(runtime: Runtime, public_ids: Sequence[str]) -> Plan:
    """What replaying these would read again. Nothing is asked of a provider and nothing is written."""
    wanted = list(dict.fromkeys(public_ids))
    with runtime.reading() as session:
        rows = session.scalars(_of(wanted[:MOST])).all()
        owners = {row.connection_id for row in rows}
        connections = session.scalars(select(Connection).where(Connection.id.in_(owners))).all()
    able = [row for row in rows if hits.may_be_replayed(row)]
    counts: Counter[str] = Counter()
    for connection in connections:
        mine = [row for row in able if row.connection_id == connection.id]
        counts.update(_counted(runtime, connection, mine))
    return Plan(
        ids=tuple(row.public_id for row in able),
        refused=len(rows) - len(able),
        silent=counts["silent"],
        unread=counts["unread"],
        bookings=counts["bookings"],
        guests=counts["guests"],
        calls=counts["calls"],
        connections=tuple(sorted(connection.name for connection in connections)),
        is_cut=len(wanted) > MOST,
    )


def start(runtime: Runtime, public_ids: Sequence[str], *, actor: str) -> tuple[str, int]:
    """Has up to `MOST` calls applied once more; returns the name of the replay and how many. Others are left alone."""
    batch = runtime.new_id("rp")
    with runtime.writing() as session:
        rows = session.scalars(_of(list(dict.fromkeys(public_ids))[:MOST]).with_for_update()).all()
        able = [row for row in rows if hits.may_be_replayed(row)]
        for row in able:
            hits.set_waiting(row, runtime.clock(), batch)
        if able:
            owners = {row.connection_id for row in able}
            what = "1 webhook call is" if len(able) == 1 else f"{len(able)} webhook calls are"
            audit.record(
                runtime,
                session,
                actor,
                "hits.replayed",
                f"{what} applied once more ({batch})",
                connection_id=owners.pop() if len(owners) == 1 else None,
                details={"calls": [row.public_id for row in able]},
            )
    runtime.nudge.ring()
    return batch, len(able)


def progress(session: Session, batch: str) -> Progress | None:
    """None when no call belongs to such a replay (any more)."""
    rows = session.execute(
        select(WebhookHit.state, func.count(), func.sum(WebhookHit.changed))
        .where(WebhookHit.batch == batch)
        .group_by(WebhookHit.state)
    ).all()
    if not rows:
        return None
    counts = {row[0]: int(row[1]) for row in rows}
    known = (HitState.WAITING, HitState.APPLIED, HitState.FAILED)
    waiting, applied, failed = (counts.get(state, 0) for state in known)
    total = sum(counts.values())
    changed = sum(int(row[2] or 0) for row in rows if row[0] != HitState.WAITING)
    return Progress(total, waiting, applied, failed, total - waiting - applied - failed, changed)


def _counted(runtime: Runtime, connection: Connection, rows: Sequence[WebhookHit]) -> Counter[str]:
    """By the same reading as when they are applied, so that the forecast and the deed agree."""
    counts: Counter[str] = Counter()
    subjects: set[Subject] = set()
    try:
        reader = reader_of(runtime, connection)
        if reader is None:
            return Counter(unread=len(rows))
        for row in rows:
            work = read(runtime, reader, row, sync_plan.ticked(connection))
            subjects.update(work.hints)
            counts["unread"] += work.fault is not None
            counts["silent"] += work.fault is None and not work.hints
    except VaultError:
        return Counter(unread=len(rows))
    for stream, name in ((Stream.BOOKINGS, "bookings"), (Stream.GUESTS, "guests")):
        found = sum(subject.stream is stream for subject in subjects)
        counts[name] += found
        counts["calls"] += -(-found // READ_AT_ONCE)
    return counts


def _of(public_ids: Sequence[str]) -> Select[WebhookHit]:
    return select(WebhookHit).where(WebhookHit.public_id.in_(public_ids)).order_by(WebhookHit.id)
