"""Claims of deliveries: which endpoints have something due, and who sends it, for how long."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update

from webapp.domain.value import Value
from webapp.models import Delivery, DeliveryState, Endpoint, EndpointState, OutboxEvent
from webapp.runtime import Runtime

from .clock_jumps import LONGEST_PLAN, beyond

CLAIM_FOR = timedelta(seconds=60)
"""Deliveries whose sender shows no end for this long are free again: its process ended."""
AT_ONCE = 25
DELIVERIES = Delivery.metadata.tables["delivery"]
EVENTS = OutboxEvent.metadata.tables["outbox_event"]
ENDPOINTS = Endpoint.metadata.tables["endpoint"]


class Parcel(Value, frozen=True):
    """One delivery to make: `body` goes out byte by byte; `tries` were made before in this series."""

    id: int
    event_id: str
    body: bytes
    tries: int


class Claimed(Value, frozen=True):
    """What is this sender's, oldest first. `token` goes with every write about it."""

    endpoint_id: int
    token: str
    parcels: Sequence[Parcel]


def due_endpoints(runtime: Runtime) -> list[int]:
    """Active ones with something to send now, but those whose receivers asked for rest."""
    now = runtime.clock()
    waiting = select(DELIVERIES.c.endpoint_id).where(_is_due(runtime, now)).distinct()
    with runtime.reading() as session:
        return list(
            session.scalars(
                select(ENDPOINTS.c.id).where(
                    ENDPOINTS.c.state == EndpointState.ACTIVE.value,
                    or_(
                        ENDPOINTS.c.rests_until.is_(None),
                        ENDPOINTS.c.rests_until <= now,
                        ENDPOINTS.c.rests_until > beyond(now, LONGEST_PLAN),
                    ),
                    ENDPOINTS.c.id.in_(waiting),
                )
            )
        )


def claim(runtime: Runtime, endpoint_id: int, *, owner: str) -> Claimed:
    """Up to `AT_ONCE` due deliveries; each is given to one caller only."""
    now = runtime.clock()
    token = runtime.new_id(owner[:12])
    free = (
        select(DELIVERIES.c.id)
        .where(DELIVERIES.c.endpoint_id == endpoint_id, _is_due(runtime, now))
        .order_by(DELIVERIES.c.next_try_at, DELIVERIES.c.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with runtime.writing() as session:
        # First the rows, then the claim: inside one UPDATE PostgreSQL may run the limited question several times.
        statement = update(DELIVERIES).where(DELIVERIES.c.id.in_(session.scalars(free).all()))
        session.execute(statement.values(claimed_by=token, claimed_until=now + CLAIM_FOR))
        personal = select(ENDPOINTS.c.includes_personal).where(ENDPOINTS.c.id == endpoint_id)
        includes_personal = bool(session.scalar(personal))
        rows = session.execute(
            select(
                DELIVERIES.c.id,
                EVENTS.c.public_id,
                EVENTS.c.body,
                EVENTS.c.personal_body,
                DELIVERIES.c.tries,
            )
            .join(EVENTS, EVENTS.c.id == DELIVERIES.c.event_id)
            .where(
                DELIVERIES.c.endpoint_id == endpoint_id,
                DELIVERIES.c.state == DeliveryState.WAITING.value,
                DELIVERIES.c.claimed_by == token,
            )
            .order_by(DELIVERIES.c.next_try_at, DELIVERIES.c.id)
        ).all()
    parcels = [
        Parcel(key, event, bytes((personal if includes_personal else None) or body), tries)
        for key, event, body, personal, tries in rows
    ]
    return Claimed(endpoint_id, token, parcels)


def release(runtime: Runtime, claimed: Claimed) -> None:
    """Gives back what was not sent, at once instead of when the claim has run out."""
    with runtime.writing() as session:
        session.execute(
            update(DELIVERIES)
            .where(
                DELIVERIES.c.endpoint_id == claimed.endpoint_id,
                DELIVERIES.c.state == DeliveryState.WAITING.value,
                DELIVERIES.c.claimed_by == claimed.token,
            )
            .values(claimed_by=None, claimed_until=None)
        )


def _is_due(runtime: Runtime, now: datetime) -> ColumnElement[bool]:
    """The time of the try has come, or it was set by a clock that has been put back since."""
    longest = timedelta(seconds=2 * max(*runtime.settings.outbound_retry_schedule, 86_400))
    return and_(
        DELIVERIES.c.state == DeliveryState.WAITING.value,
        or_(DELIVERIES.c.next_try_at <= now, DELIVERIES.c.next_try_at > beyond(now, longest)),
        or_(
            DELIVERIES.c.claimed_until.is_(None),
            DELIVERIES.c.claimed_until <= now,
            DELIVERIES.c.claimed_until > beyond(now, CLAIM_FOR),
        ),
    )
