"""Notices since when the webhook calls of a connection are set up, and so may be expected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.models import Connection, HitTrust, HitWatch, WebhookHit
from webapp.runtime import Runtime

from .announcements import spec_of


def notice(runtime: Runtime) -> None:
    """The first call a connection gets says that its vendor was told where to call."""
    with runtime.reading() as session:
        found = [
            (row.id, first_at)
            for row in _unset(session)
            if spec_of(row.provider) and (first_at := _first_call(session, row.id)) is not None
        ]
    for key, at in found:
        with runtime.writing() as session:
            watch = _watch(session, key)
            watch.set_up_at = watch.set_up_at or at


def set_up(session: Session, connection_id: int, now: datetime) -> None:
    """Calls were ordered: from now on they are expected. In the caller's transaction."""
    watch = _watch(session, connection_id)
    watch.set_up_at = watch.set_up_at or now
    watch.looked_at = None


def ended(session: Session, connection_id: int, now: datetime) -> None:
    """The orders were ended on purpose: nothing is expected, until a call comes all the same."""
    watch = _watch(session, connection_id)
    watch.set_up_at, watch.ended_at, watch.ordered = None, now, None


def _watch(session: Session, connection_id: int) -> HitWatch:
    watch = session.get(HitWatch, connection_id)
    if watch is None:
        watch = HitWatch(connection_id=connection_id, tight_misses=0)
        session.add(watch)
    return watch


def _unset(session: Session) -> Sequence[Connection]:
    return session.scalars(
        select(Connection)
        .outerjoin(HitWatch, HitWatch.connection_id == Connection.id)
        .where(Connection.archived_at.is_(None), HitWatch.set_up_at.is_(None))
    ).all()


def _first_call(session: Session, connection_id: int) -> datetime | None:
    watch = session.get(HitWatch, connection_id)
    calls = select(WebhookHit.received_at).where(
        WebhookHit.connection_id == connection_id, WebhookHit.trust != HitTrust.QUEUE
    )
    if watch is not None and watch.ended_at is not None:
        calls = calls.where(WebhookHit.received_at > watch.ended_at)
    return session.scalars(calls.order_by(WebhookHit.id).limit(1)).first()
