"""What the ledger has to judge: facts in their order, once nothing that came meanwhile can speak of them any more."""

from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.event import FactType, Road
from webapp.domain.value import Value
from webapp.models import Booking, Fact, HitState, LedgerMark, WebhookHit
from webapp.runtime import Runtime

from .clock_jumps import beyond

AT_ONCE = 500
PATIENCE = timedelta(hours=1)
"""How long the ledger waits for calls that lie here and could not be read yet."""
BY_POLL = (Road.POLL, Road.SWEEP)


class Candidate(Value, frozen=True):
    """A fact of which the grace has passed, with its booking."""

    id: int
    booking_id: int
    connection_id: int
    external_id: str
    type: FactType
    road: Road
    recorded_at: datetime
    occurred_at: datetime | None
    fields: tuple[str, ...]


class Batch(Value, frozen=True):
    """The facts after the mark, as it stood when they were read."""

    mark: int
    facts: tuple[Candidate, ...]


def due(session: Session, runtime: Runtime) -> Batch:
    """The facts after the mark, in their order, up to the first whose grace has not passed."""
    mark = session.get_one(LedgerMark, 1).fact_id
    now, grace = runtime.clock(), grace_of(runtime)
    rows = session.execute(
        select(Fact, Booking.connection_id, Booking.external_id)
        .join(Booking, Booking.id == Fact.booking_id)
        .where(Fact.id > mark)
        .order_by(Fact.id)
        .limit(AT_ONCE)
    )
    facts = (_candidate(fact, connection_id, number) for fact, connection_id, number in rows)

    def is_due(fact: Candidate) -> bool:
        at = fact.recorded_at
        return at > beyond(now) or (at + grace <= now and not _may_still_speak(session, fact, now, grace))

    return Batch(mark, tuple(takewhile(is_due, facts)))


def grace_of(runtime: Runtime) -> timedelta:
    return timedelta(seconds=runtime.settings.webhook_grace_seconds)


def _candidate(fact: Fact, connection_id: int, external_id: str) -> Candidate:
    return Candidate(
        id=fact.id,
        booking_id=fact.booking_id,
        connection_id=connection_id,
        external_id=external_id,
        type=FactType(fact.type),
        road=Road(fact.road),
        recorded_at=fact.recorded_at,
        occurred_at=fact.occurred_at,
        fields=tuple(fact.document.get("fields", ())),
    )


def _may_still_speak(session: Session, fact: Candidate, now: datetime, grace: timedelta) -> bool:
    """A call lies here that could not be read yet (its connection is paused, say): perhaps it is about this."""
    if fact.road not in BY_POLL or now > fact.recorded_at + grace + PATIENCE:
        return False
    unread = select(WebhookHit.id).where(
        WebhookHit.connection_id == fact.connection_id,
        WebhookHit.state == HitState.WAITING,
        WebhookHit.events == "",
        WebhookHit.received_at <= fact.recorded_at + grace,
    )
    return session.scalars(unread.limit(1)).first() is not None
