"""Hits as a person handles them: applied once more on request, and deleted when they are old."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.models import HitState, HitTrust, WebhookAddress, WebhookHit, WebhookStray
from webapp.runtime import Runtime

from . import audit
from .connection_views import row_of

RETENTION_DAYS = 30
_BITE = 2_000


class NoSuchHit(LookupError):
    """There is no such hit, or retention has taken it."""


class NotReplayable(Exception):
    """It was rejected, so that nothing of it was kept, or it waits to be applied anyway."""


def may_be_replayed(hit: WebhookHit) -> bool:
    return hit.trust != HitTrust.REJECTED and hit.state != HitState.WAITING


def replay(runtime: Runtime, public_id: str, *, actor: str, of_connection: str | None = None) -> None:
    """Has a hit applied again from what was kept of it. Twice is harmless: what is stored already changes nothing.

    `of_connection` is the public id of the only connection it may belong to. Raises NoSuchHit, NotReplayable.
    """
    with runtime.writing() as session:
        hit = _find(session, public_id)
        if of_connection is not None and row_of(session, of_connection).id != hit.connection_id:
            raise NoSuchHit(public_id)
        if not may_be_replayed(hit):
            raise NotReplayable(public_id)
        set_waiting(hit, runtime.clock())
        audit.record(
            runtime,
            session,
            actor,
            "hit.replayed",
            f"The webhook call {public_id} ({hit.events or 'not read yet'}) is applied once more",
            connection_id=hit.connection_id,
            trace_id=hit.trace_id,
        )
    runtime.nudge.ring()


def set_waiting(hit: WebhookHit, now: datetime, batch: str | None = None) -> None:
    """As if it had just come; `batch` names the replay of many that it is part of."""
    hit.state, hit.next_try_at, hit.settled_at = HitState.WAITING, now, None
    hit.tries = hit.lags = 0
    hit.fault, hit.claimed_by, hit.claimed_until = None, None, None
    hit.replays += 1
    hit.batch, hit.dismissed_at = batch, None


def prune(runtime: Runtime, *, days: float = RETENTION_DAYS) -> int:
    """Deletes settled hits, counts of strays and ended addresses older than `days`; returns how many hits.

    What still waits stays, however old. Ends early when the hub stops.
    """
    before = runtime.clock() - timedelta(days=days)
    gone = 0
    while not runtime.stopping.is_set():
        with runtime.writing() as session:
            old = (
                select(WebhookHit.id)
                .where(WebhookHit.received_at < before, WebhookHit.state != HitState.WAITING)
                .order_by(WebhookHit.received_at, WebhookHit.id)
                .limit(_BITE)
            )
            doomed = delete(WebhookHit).where(WebhookHit.id.in_(old)).returning(WebhookHit.id)
            bite = len(session.scalars(doomed).all())
        gone += bite
        if bite < _BITE:
            break
    with runtime.writing() as session:
        session.execute(delete(WebhookStray).where(WebhookStray.day < before.date()))
        session.execute(delete(WebhookAddress).where(WebhookAddress.expires_at < before))
    return gone


def _find(session: Session, public_id: str) -> WebhookHit:
    statement = select(WebhookHit).where(WebhookHit.public_id == public_id)
    hit = session.scalars(statement.with_for_update()).one_or_none()
    if hit is None:
        raise NoSuchHit(public_id)
    return hit
