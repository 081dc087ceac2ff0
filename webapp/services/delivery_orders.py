"""What a person asks of deliveries: a test event now, and sending again what was given up or held."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.outgoing import EXAMPLES, OutgoingType
from webapp.integrations.kit.posting import Posted, Poster, signed_headers
from webapp.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, OutboxEvent
from webapp.runtime import Runtime

from . import audit, listeners
from .delivery_sending import GONE, give_up_gone
from .endpoint_checks import host_of
from .endpoint_secrets import signing_secrets
from .endpoints import row_of
from .outbox import envelope

MOST_AGAIN = 10_000
_AGAIN = (DeliveryState.DEAD, DeliveryState.HELD)


class NoSuchDelivery(LookupError):
    """Unknown, or of a removed endpoint."""


def send_test(runtime: Runtime, public_id: str, kind: OutgoingType, *, actor: str) -> Posted:
    """One signed call now, with the example of its kind marked as a test; kept as a delivery like the others.

    Nobody tries it again; 410 switches the endpoint off as it does at any other time. Raises NoSuchEndpoint.
    """
    with runtime.reading() as session:
        endpoint = row_of(session, public_id)
    event_id, at = runtime.new_id("ev"), runtime.clock()
    data = dict(EXAMPLES[kind])
    if kind is OutgoingType.WEBHOOK_TEST:
        data["endpoint_id"] = public_id
    body = envelope(event_id, kind, at, {**data, "test": True})
    headers = signed_headers(event_id, at, body, signing_secrets(runtime, endpoint))
    with Poster(
        runtime.outgoing_network,
        clock=runtime.clock,
        should_stop=runtime.stopping.is_set,
        own_ports=listeners.own_ports(runtime),
        authority=endpoint.authority,
    ) as poster:
        posted = poster.post(endpoint.url, body, headers)
    with runtime.writing() as session:
        # Locked first, as by whoever settles deliveries.
        row = session.get_one(Endpoint, endpoint.id, with_for_update=True)
        event = OutboxEvent(public_id=event_id, type=kind, subject=public_id, recorded_at=at, body=body)
        _keep_test(runtime, session, row, event, posted)
        audit.record(
            runtime, session, actor, "endpoint.tested", f"Endpoint {host_of(row.url)} was sent a {kind} test"
        )
        if posted.status == GONE and row.state == EndpointState.ACTIVE:
            give_up_gone(runtime, session, row)
    return posted


def _keep_test(runtime: Runtime, session: Session, row: Endpoint, event: OutboxEvent, posted: Posted) -> None:
    """As a delivery with its one attempt."""
    at = event.recorded_at
    session.add(event)
    session.flush()
    delivery = Delivery(
        public_id=runtime.new_id("dl"),
        endpoint_id=row.id,
        event_id=event.id,
        state=DeliveryState.DELIVERED if posted.is_delivered else DeliveryState.DEAD,
        made_at=at,
        tries=1,
        last_failed_at=None if posted.is_delivered else at,
        settled_at=runtime.clock(),
    )
    session.add(delivery)
    session.flush()
    if posted.is_delivered:
        row.last_success_at = at
        # Of one that is off it stays: until then reaches what can be sent again.
        if row.state == EndpointState.ACTIVE:
            row.failing_since = row.told_failing_at = None
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            at=at,
            status=posted.status,
            ms=posted.ms,
            error=posted.error,
            answer=runtime.vault.seal(posted.answer),
        )
    )


def replay(runtime: Runtime, public_id: str, *, actor: str) -> None:
    """One delivery begins its tries anew, whatever became of it: same id, same body, new signature.

    Raises NoSuchDelivery.
    """
    with runtime.writing() as session:
        row = session.scalars(
            select(Delivery).where(Delivery.public_id == public_id).with_for_update()
        ).one_or_none()
        endpoint = session.get(Endpoint, row.endpoint_id) if row else None
        if row is None or endpoint is None or endpoint.state == "removed":
            raise NoSuchDelivery(public_id)
        _begin_anew(runtime, session, Delivery.id == row.id)
        audit.record(
            runtime,
            session,
            actor,
            "delivery.replayed",
            f"A delivery to {host_of(endpoint.url)} is sent again",
            details={"delivery": public_id},
        )
    runtime.nudge.ring()


def count_to_replay(runtime: Runtime, session: Session, endpoint: str, since: datetime) -> int:
    """How many `replay_all` would send again. Raises NoSuchEndpoint."""
    row = row_of(session, endpoint)
    found = session.scalar(select(func.count()).select_from(Delivery).where(*_to_replay(row, since)))
    return min(found or 0, MOST_AGAIN)


def replay_all(runtime: Runtime, endpoint: str, since: datetime, *, actor: str) -> int:
    """Everything given up or held since then; at most `MOST_AGAIN`, the oldest first. Raises NoSuchEndpoint."""
    with runtime.writing() as session:
        row = row_of(session, endpoint, for_update=True)
        wanted = select(Delivery.id).where(*_to_replay(row, since)).order_by(Delivery.id).limit(MOST_AGAIN)
        count = _begin_anew(runtime, session, Delivery.id.in_(wanted))
        what = "1 delivery is" if count == 1 else f"{count:,} deliveries are"
        audit.record(
            runtime,
            session,
            actor,
            "delivery.replayed",
            f"{what} sent again to {host_of(row.url)}",
            details={"endpoint": endpoint, "since": since.isoformat()},
        )
    runtime.nudge.ring()
    return count


def _to_replay(row: Endpoint, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Not tests, which are about the endpoint itself."""
    is_test = exists().where(OutboxEvent.id == Delivery.event_id, OutboxEvent.subject == row.public_id)
    return (Delivery.endpoint_id == row.id, Delivery.state.in_(_AGAIN), Delivery.made_at >= since, ~is_test)


def _begin_anew(runtime: Runtime, session: Session, which: ColumnElement[bool]) -> int:
    now = runtime.clock()
    rows = session.scalars(
        update(Delivery)
        .where(which)
        .values(
            state=DeliveryState.WAITING,
            next_try_at=now,
            tries=0,
            replays=Delivery.replays + 1,
            settled_at=None,
            claimed_by=None,
            claimed_until=None,
        )
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())


def prune(runtime: Runtime) -> int:
    """Deliveries that arrived are kept for 30 days, those that did not for 90; events nobody speaks of go with them."""
    now = runtime.clock()
    gone = _delete(runtime, Delivery.state == DeliveryState.DELIVERED, now - timedelta(days=30))
    gone += _delete(runtime, Delivery.state.in_(_AGAIN), now - timedelta(days=90))
    return gone


_BITE = 2_000


def _delete(runtime: Runtime, which: ColumnElement[bool], before: datetime) -> int:
    gone = 0
    while not runtime.stopping.is_set():
        with runtime.writing() as session:
            old = session.execute(
                select(Delivery.id, Delivery.event_id)
                .where(which, Delivery.made_at < before)
                .order_by(Delivery.id)
                .limit(_BITE)
            ).all()
            if not old:
                break
            keys = [key for key, _ in old]
            events = {event for _, event in old}
            session.execute(Delivery.__table__.delete().where(Delivery.id.in_(keys)))  # type: ignore[attr-defined]
            spoken_of = select(Delivery.event_id).where(Delivery.event_id.in_(events))
            unused = events - set(session.scalars(spoken_of))
            session.execute(OutboxEvent.__table__.delete().where(OutboxEvent.id.in_(unused)))  # type: ignore[attr-defined]
        gone += len(old)
        if len(old) < _BITE:
            break
    return gone
