"""Endpoints that wait for a person: switched off by the hub, or failing for a day; and the test that switches them on."""

from datetime import datetime

from sqlalchemy import and_, false, func, or_, select
from sqlalchemy.orm import Session

from webapp.domain.outgoing import OutgoingType
from webapp.domain.value import Value
from webapp.integrations.kit.posting import Posted
from webapp.models import Delivery, DeliveryState, Endpoint, EndpointState
from webapp.runtime import Runtime

from . import audit, delivery_orders
from .endpoint_checks import host_of
from .endpoints import row_of

_BY_US = ("gone", "failing")


class EndpointTrouble(Value, frozen=True):
    """An endpoint that needs somebody. `since`: the first failure, else when it was switched off; `held`: kept for it."""

    public_id: str
    url: str
    is_off: bool
    reason: str  # gone | failing
    since: datetime | None
    held: int


class Repaired(Value, frozen=True):
    """How the test went; when it went well the endpoint is told again. `held_since`: the first that may be sent again."""

    posted: Posted
    waits: int
    held_since: datetime | None


def troubles(session: Session) -> tuple[EndpointTrouble, ...]:
    """Oldest endpoint first. What a person switched off is no trouble."""
    off = and_(Endpoint.state == EndpointState.DISABLED, Endpoint.disabled_because.in_(_BY_US))
    failing = and_(Endpoint.state == EndpointState.ACTIVE, Endpoint.told_failing_at.is_not(None))
    rows = session.scalars(select(Endpoint).where(or_(off, failing)).order_by(Endpoint.id)).all()
    return tuple(_trouble(session, row) for row in rows)


def trouble(session: Session, public_id: str) -> EndpointTrouble:
    """Raises NoSuchEndpoint."""
    return _trouble(session, row_of(session, public_id))


def repair(runtime: Runtime, public_id: str, *, actor: str) -> Repaired:
    """Sends a test now; an answer of 2xx tells the endpoint again from now on. Raises NoSuchEndpoint.

    What was held or given up meanwhile stays where it is until somebody sends it (`delivery_orders.replay_all`).
    """
    with runtime.reading() as session:  # the test itself ends the trouble
        since = _first_kept(session, row_of(session, public_id))
    posted = delivery_orders.send_test(runtime, public_id, OutgoingType.WEBHOOK_TEST, actor=actor)
    if not posted.is_delivered:
        return Repaired(posted, 0, None)
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.state == EndpointState.DISABLED:
            row.state, row.disabled_because, row.disabled_at = EndpointState.ACTIVE, "", None
            audit.record(
                runtime, session, actor, "endpoint.enabled", f"Endpoint {host_of(row.url)} is told again"
            )
        row.failing_since = row.told_failing_at = row.rests_until = None
        row.last_success_at = row.changed_at = runtime.clock()
    if since is None:
        return Repaired(posted, 0, None)
    with runtime.reading() as session:
        return Repaired(posted, delivery_orders.count_to_replay(runtime, session, public_id, since), since)


def _first_kept(session: Session, row: Endpoint) -> datetime | None:
    """When the oldest of what this trouble kept from arriving was made: before its first try failed."""
    failed = and_(
        Delivery.state == DeliveryState.DEAD,
        Delivery.last_failed_at >= row.failing_since if row.failing_since else false(),
    )
    return session.scalar(
        select(func.min(Delivery.made_at)).where(
            Delivery.endpoint_id == row.id, or_(Delivery.state == DeliveryState.HELD, failed)
        )
    )


def _trouble(session: Session, row: Endpoint) -> EndpointTrouble:
    held = select(func.count()).select_from(Delivery)
    return EndpointTrouble(
        public_id=row.public_id,
        url=row.url,
        is_off=row.state == EndpointState.DISABLED,
        reason=row.disabled_because or "failing",
        since=row.failing_since or row.disabled_at,
        held=session.scalar(held.where(Delivery.endpoint_id == row.id, Delivery.state == DeliveryState.HELD))
        or 0,
    )
