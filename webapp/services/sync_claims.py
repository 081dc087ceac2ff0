"""Claims: who runs which connection, until when. The work stays single even if two clocks tick by accident."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, ConnectionState
from webapp.runtime import Runtime

from .clock_jumps import LONGEST_PLAN, beyond

CONNECTIONS = Connection.metadata.tables["connection"]

CLAIM_FOR = timedelta(seconds=60)
"""A claim whose run shows no life for this long is free again: its process ended."""
LONGEST_OWNER = 12

_HELD = (
    select(CONNECTIONS.c.name, CONNECTIONS.c.archived_at, CONNECTIONS.c.claimed_until)
    .where(CONNECTIONS.c.id == bindparam("of_id"))
    .with_for_update()
)
_CLAIM = (
    update(CONNECTIONS)
    .where(CONNECTIONS.c.id == bindparam("of_id"))
    .values(claimed_by=bindparam("token"), claimed_until=bindparam("until"))
)
_KEEP = (
    update(CONNECTIONS)
    .where(CONNECTIONS.c.id == bindparam("of_id"), CONNECTIONS.c.claimed_by == bindparam("token"))
    .values(claimed_until=bindparam("until"))
    .returning(CONNECTIONS.c.cancel_requested_at, CONNECTIONS.c.archived_at, CONNECTIONS.c.state)
)


class SyncBusy(Exception):
    """The connection is being synced already, by this or another process."""


class ClaimLost(Exception):
    """Somebody else holds the claim now: nothing more may be written in its name."""


class Claim(Value, frozen=True):
    """The right to run a connection. `token` is new with each call that claims, and goes with every write."""

    connection_id: int
    token: str


def claim_due(runtime: Runtime, *, owner: str, limit: int) -> list[Claim]:
    """Up to `limit` connections that are due, the longest waiting first; each is given to one caller only."""
    now = runtime.clock()
    due = (
        select(CONNECTIONS.c.id)
        .where(
            _is_due(now),
            CONNECTIONS.c.archived_at.is_(None),
            CONNECTIONS.c.state != ConnectionState.PAUSED.value,
            or_(
                CONNECTIONS.c.claimed_until.is_(None),
                CONNECTIONS.c.claimed_until <= now,
                CONNECTIONS.c.claimed_until > beyond(now, CLAIM_FOR),
            ),
        )
        .order_by(CONNECTIONS.c.next_sync_at, CONNECTIONS.c.id)
    )
    if limit <= 0 or not _is_any(runtime, due):  # most ticks find nothing, and a look takes no write lock
        return []
    token = runtime.new_id(owner[:LONGEST_OWNER])
    free = due.limit(limit).with_for_update(skip_locked=True)
    with runtime.writing() as session:
        # First the rows, then the claim: inside one UPDATE PostgreSQL may run the limited question several times.
        keys = session.scalars(free).all()
        session.execute(
            update(CONNECTIONS)
            .where(CONNECTIONS.c.id.in_(keys))
            .values(claimed_by=token, claimed_until=now + CLAIM_FOR)
        )
    return [Claim(key, token) for key in keys]


def claim_one(runtime: Runtime, connection_id: int, *, owner: str) -> Claim:
    """This connection, due or not. Raises SyncBusy, or LookupError when there is no such connection."""
    now = runtime.clock()
    with runtime.bulk_writing() as db:
        row = db.execute(_HELD, {"of_id": connection_id}).one_or_none()
        if row is None or row.archived_at is not None:
            raise LookupError(f"no connection {connection_id}")
        if row.claimed_until is not None and now < row.claimed_until <= beyond(now, CLAIM_FOR):
            raise SyncBusy(row.name)
        token = runtime.new_id(owner[:LONGEST_OWNER])
        db.execute(_CLAIM, {"of_id": connection_id, "token": token, "until": now + CLAIM_FOR})
    return Claim(connection_id, token)


def keep(db: DatabaseConnection, claim: Claim, now: datetime) -> bool:
    """Extends the claim, in the transaction of a page; True when the run should end. Raises ClaimLost."""
    row = db.execute(
        _KEEP, {"of_id": claim.connection_id, "token": claim.token, "until": now + CLAIM_FOR}
    ).one_or_none()
    if row is None:
        raise ClaimLost(claim.token)
    return row[0] is not None or row[1] is not None or row[2] == ConnectionState.PAUSED


def is_cancelled(session: Session, claim: Claim) -> bool:
    """The same question without a write."""
    row = session.execute(
        select(
            CONNECTIONS.c.cancel_requested_at,
            CONNECTIONS.c.archived_at,
            CONNECTIONS.c.state,
            CONNECTIONS.c.claimed_by,
        ).where(CONNECTIONS.c.id == claim.connection_id)
    ).one()
    return (
        row[0] is not None or row[1] is not None or row[2] == ConnectionState.PAUSED or row[3] != claim.token
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    """The plan's time has come, or the plan was made by a clock that has been put back since."""
    tried_at = func.coalesce(CONNECTIONS.c.last_tried_at, CONNECTIONS.c.created_at)
    return or_(
        CONNECTIONS.c.next_sync_at <= now,
        CONNECTIONS.c.next_sync_at > beyond(now, LONGEST_PLAN),
        and_(CONNECTIONS.c.next_sync_at.is_not(None), tried_at > beyond(now)),
    )


def _is_any(runtime: Runtime, due: Select[tuple[int]]) -> bool:
    with runtime.reading() as session:
        return session.scalars(due.limit(1)).first() is not None
