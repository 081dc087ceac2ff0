"""Claims of hits: which connections have some to apply, and who applies which, for how long."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, ConnectionState, HitState, WebhookHit
from webapp.runtime import Runtime

from .clock_jumps import LONGEST_PLAN, beyond
from .sync_outcome import WALLS

HITS = WebhookHit.metadata.tables["webhook_hit"]
CLAIM_FOR = timedelta(seconds=90)
"""Hits whose worker shows no end for this long are free again: its process ended, or its provider hangs."""
AT_ONCE = 200
LONGEST_OWNER = 12


class ClaimedHits(Value, frozen=True):
    """Hits that are this worker's, oldest first. `token` goes with every write about them."""

    connection_id: int
    token: str
    hits: Sequence[WebhookHit]


def due_connections(runtime: Runtime) -> list[int]:
    """Those with hits to apply now, the longest waiting first; paused ones and those that wait for a person keep theirs."""
    now = runtime.clock()
    with runtime.reading() as session:
        waiting = session.scalars(select(HITS.c.connection_id).where(_is_due(now)).distinct()).all()
        if not waiting:  # what most ticks find
            return []
        rows = session.scalars(select(Connection).where(Connection.id.in_(waiting))).all()
    return [row.id for row in rows if _takes_hits(row)]


def claim(runtime: Runtime, connection_id: int, *, owner: str) -> ClaimedHits:
    """Up to `AT_ONCE` due hits of a connection; each is given to one caller only."""
    now = runtime.clock()
    token = runtime.new_id(owner[:LONGEST_OWNER])
    free = (
        select(HITS.c.id)
        .where(HITS.c.connection_id == connection_id, _is_due(now))
        .order_by(HITS.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with runtime.right_of_way.taken(), runtime.writing() as session:
        # First the rows, then the claim: inside one UPDATE PostgreSQL may run the limited question several times.
        statement = update(HITS).where(HITS.c.id.in_(session.scalars(free).all()))
        session.execute(statement.values(claimed_by=token, claimed_until=now + CLAIM_FOR))
        return ClaimedHits(connection_id, token, _claimed(session, connection_id, token))


def release(runtime: Runtime, claimed: ClaimedHits) -> None:
    """Gives back what was not settled, at once instead of when the claim has run out."""
    with runtime.writing() as session:
        session.execute(
            update(HITS)
            .where(
                HITS.c.connection_id == claimed.connection_id,
                HITS.c.state == HitState.WAITING.value,
                HITS.c.claimed_by == claimed.token,
            )
            .values(claimed_by=None, claimed_until=None)
        )


def _claimed(session: Session, connection_id: int, token: str) -> Sequence[WebhookHit]:
    statement = select(WebhookHit).where(
        WebhookHit.connection_id == connection_id,
        WebhookHit.state == HitState.WAITING,
        WebhookHit.claimed_by == token,
    )
    return session.scalars(statement.order_by(WebhookHit.id)).all()


def _is_due(now: datetime) -> ColumnElement[bool]:
    """The time of the try has come, or it was set by a clock that has been put back since."""
    is_new = and_(HITS.c.tries == 0, HITS.c.lags == 0, HITS.c.received_at > beyond(now))
    return and_(
        HITS.c.state == HitState.WAITING.value,
        or_(HITS.c.next_try_at <= now, HITS.c.next_try_at > beyond(now, LONGEST_PLAN), is_new),
        or_(
            HITS.c.claimed_until.is_(None),
            HITS.c.claimed_until <= now,
            HITS.c.claimed_until > beyond(now, CLAIM_FOR),
        ),
    )


def _takes_hits(row: Connection) -> bool:
    if row.archived_at is not None or row.state == ConnectionState.PAUSED:
        return False
    # Behind a wall every further call is a refused login more, until a person has put it right.
    return not (row.state == ConnectionState.NEEDS_ATTENTION and (row.fault or {}).get("code") in WALLS)
