"""How webhook calls fare: received, verified, applied and failed, per connection, over the last day."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, HitState, HitTrust, WebhookHit

from . import missed_views

SPAN = timedelta(days=1)
MOST = 50_000
VERIFIED = (HitTrust.SIGNED, HitTrust.ADDRESS)


class HitCount(Value, frozen=True):
    """Calls of one connection since `SPAN` ago; `missed` ones never came; `last_at` is the latest ever."""

    connection_id: int
    name: str
    received: int
    verified: int
    applied: int
    waiting: int
    failed: int
    rejected: int
    missed: int
    last_at: datetime


def of_connections(session: Session, now: datetime) -> tuple[HitCount, ...]:
    """Of every connection that ever got a call and is not archived."""
    recent = (
        select(WebhookHit.connection_id, WebhookHit.trust, WebhookHit.state)
        .where(WebhookHit.received_at >= now - SPAN)
        .order_by(WebhookHit.received_at.desc())
        .limit(MOST)
        .subquery()
    )
    columns = (recent.c.connection_id, recent.c.trust, recent.c.state)
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for key, trust, state, count in session.execute(select(*columns, func.count()).group_by(*columns)):
        counted[key]["received"] += count
        counted[key]["verified"] += count if trust in VERIFIED else 0
        counted[key][state] += count
    last = (
        select(WebhookHit.received_at)
        .where(WebhookHit.connection_id == Connection.id)
        .order_by(WebhookHit.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Connection.id, Connection.name, last)
        .where(Connection.archived_at.is_(None), last.is_not(None))
        .order_by(Connection.role, Connection.id)
    )
    missed = missed_views.missed_since(session, now - SPAN)
    return tuple(_count(key, name, counted[key], missed.get(key, 0), at) for key, name, at in rows)


def _count(key: int, name: str, counts: Counter[str], missed: int, last_at: datetime) -> HitCount:
    return HitCount(
        connection_id=key,
        name=name,
        received=counts["received"],
        verified=counts["verified"],
        applied=counts[HitState.APPLIED],
        waiting=counts[HitState.WAITING],
        failed=counts[HitState.FAILED],
        rejected=counts[HitState.REJECTED],
        missed=missed,
        last_at=last_at,
    )
