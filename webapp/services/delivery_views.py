"""Deliveries as they are listed and opened: by endpoint or by event, the latest first, page by page."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, OutboxEvent
from webapp.runtime import Runtime

from .delivery_orders import NoSuchDelivery

PAGE = 25
SPAN = timedelta(days=1)
_OPEN = (DeliveryState.WAITING, DeliveryState.HELD)
_SETTLED = (DeliveryState.DELIVERED, DeliveryState.DEAD)
_COUNTED = ("delivered", "waiting", "held", "dead", "retrying")


class DeliveryView(Value, frozen=True):
    """One delivery in a list. `status` and `error` are those of its last attempt."""

    public_id: str
    event_id: str
    type: str
    subject: str
    endpoint: str
    url: str
    state: DeliveryState
    made_at: datetime
    next_try_at: datetime | None
    settled_at: datetime | None
    tries: int
    replays: int
    status: int | None
    error: str


class AttemptView(Value, frozen=True):
    """One call; `answer` is the beginning of what came back."""

    at: datetime
    status: int | None
    ms: int
    error: str
    answer: str


class DeliveryDetail(Value, frozen=True):
    """`body` is what is sent, indented for reading; `headers` are those that say nothing secret."""

    delivery: DeliveryView
    headers: dict[str, str]
    body: str
    attempts: tuple[AttemptView, ...]


class DeliveryPage(Value, frozen=True):
    """`older` is the `before` of the next page, None on the last."""

    deliveries: tuple[DeliveryView, ...]
    older: str | None


class DeliveryCount(Value, frozen=True):
    """Of the last day: what arrived, what waits, is held or was given up. `retrying` of what waits failed before."""

    delivered: int = 0
    waiting: int = 0
    held: int = 0
    dead: int = 0
    retrying: int = 0


def deliveries(
    session: Session,
    *,
    endpoint: str = "",
    event: str = "",
    state: DeliveryState | None = None,
    before: str = "",
    limit: int = PAGE,
) -> DeliveryPage:
    """The latest first. An unknown `before` begins at the top."""
    wanted = _rows()
    if endpoint:
        wanted = wanted.where(Endpoint.public_id == endpoint)
    if event:
        wanted = wanted.where(OutboxEvent.public_id == event)
    if state is not None:
        wanted = wanted.where(Delivery.state == state)
    edge = session.scalar(select(Delivery.id).where(Delivery.public_id == before)) if before else None
    if edge is not None:
        wanted = wanted.where(Delivery.id < edge)
    rows = session.execute(wanted.order_by(Delivery.id.desc()).limit(limit + 1)).all()
    shown = _views(session, rows[:limit])
    return DeliveryPage(shown, shown[-1].public_id if len(rows) > limit else None)


def detail(runtime: Runtime, session: Session, public_id: str) -> DeliveryDetail:
    """Raises NoSuchDelivery."""
    found = session.execute(_rows().where(Delivery.public_id == public_id)).one_or_none()
    if found is None:
        raise NoSuchDelivery(public_id)
    row, event, endpoint = found
    attempts = session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.delivery_id == row.id)
        .order_by(DeliveryAttempt.id.desc())
    ).all()
    body = (event.personal_body if endpoint.includes_personal else None) or event.body
    last = attempts[0] if attempts else None
    headers = {"Content-Type": "application/json", "webhook-id": event.public_id}
    if last is not None:
        headers["webhook-timestamp"] = str(int(last.at.timestamp()))
    return DeliveryDetail(
        _view(row, event, endpoint, last),
        headers,
        msgspec.json.format(bytes(body)).decode(),
        tuple(
            AttemptView(
                one.at,
                one.status,
                one.ms,
                one.error,
                runtime.vault.open(one.answer).decode("utf-8", "replace"),
            )
            for one in attempts
        ),
    )


def count(session: Session, now: datetime) -> DeliveryCount:
    """Of all endpoints together."""
    found = counts(session, now)
    return DeliveryCount(*(sum(getattr(one, name) for one in found.values()) for name in _COUNTED))


def counts(session: Session, now: datetime) -> dict[str, DeliveryCount]:
    """By public id of the endpoint; who had nothing to hear is not in it. What waits or is held counts however old."""
    retried = case((Delivery.tries > 0, 1), else_=0)
    rows = session.execute(
        select(Endpoint.public_id, Delivery.state, func.count(), func.sum(retried))
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(
            Endpoint.state != EndpointState.REMOVED,
            or_(
                Delivery.state.in_(_OPEN),
                and_(Delivery.state.in_(_SETTLED), Delivery.made_at >= now - SPAN),
            ),
        )
        .group_by(Endpoint.public_id, Delivery.state)
    )
    found: dict[str, dict[str, int]] = {}
    for endpoint, state, number, again in rows:
        of_endpoint = found.setdefault(endpoint, {})
        of_endpoint[state] = number
        if state == DeliveryState.WAITING:
            of_endpoint["retrying"] = int(again or 0)
    return {endpoint: DeliveryCount(**numbers) for endpoint, numbers in found.items()}


def _rows() -> Select[Delivery, OutboxEvent, Endpoint]:
    return (
        select(Delivery, OutboxEvent, Endpoint)
        .join(OutboxEvent, OutboxEvent.id == Delivery.event_id)
        .join(Endpoint, Endpoint.id == Delivery.endpoint_id)
    )


def _views(session: Session, rows: Any) -> tuple[DeliveryView, ...]:
    keys = [row.id for row, _, _ in rows]
    newest = (
        select(func.max(DeliveryAttempt.id))
        .where(DeliveryAttempt.delivery_id.in_(keys))
        .group_by(DeliveryAttempt.delivery_id)
    )
    last = {
        one.delivery_id: one
        for one in session.scalars(select(DeliveryAttempt).where(DeliveryAttempt.id.in_(newest)))
    }
    return tuple(_view(row, event, endpoint, last.get(row.id)) for row, event, endpoint in rows)


def _view(
    row: Delivery, event: OutboxEvent, endpoint: Endpoint, last: DeliveryAttempt | None
) -> DeliveryView:
    return DeliveryView(
        public_id=row.public_id,
        event_id=event.public_id,
        type=event.type,
        subject=event.subject,
        endpoint=endpoint.public_id,
        url=endpoint.url,
        state=DeliveryState(row.state),
        made_at=row.made_at,
        next_try_at=row.next_try_at,
        settled_at=row.settled_at,
        tries=row.tries,
        replays=row.replays,
        status=last.status if last else None,
        error=last.error if last else "",
    )
