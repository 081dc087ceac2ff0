"""What the page of a connection shows of its webhooks: the address to give to the provider, and how its calls fare."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.integrations.kit.manifest import WebhookSpec
from webapp.models import Connection, EventQueue, HitState, HitTrust, WebhookHit
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import event_queues, hit_addresses, hit_subscriptions, hits
from .hit_counts import SPAN
from .run_views import fault_of

SHOWN = 20


class HitLine(Value, frozen=True):
    """One call in the list."""

    public_id: str
    trace_id: str
    received_at: datetime
    events: str
    state: HitState
    trust: HitTrust
    reason: str
    changed: int
    size: int
    replays: int
    next_try_at: datetime | None
    fault: Fault | None
    may_be_replayed: bool


class OldAddress(Value, frozen=True):
    """An address that still works beside the newest; `last_hit_at` is when it was last called."""

    ends_at: datetime
    last_hit_at: datetime | None


class QueueView(Value, frozen=True):
    """How the reading of a provider's queue fares. `name` is empty until the admin has entered one; `is_empty` says that
    nothing was left behind at `drained_at`; `owes_sweep` that an answer may be lost and all bookings are read again."""

    name: str
    drained_at: datetime | None = None
    is_empty: bool = False
    events: int = 0
    fault: Fault | None = None
    owes_sweep: bool = False


class WebhookPanel(Value, frozen=True):
    """`url` is None until an address is made, and where the key file no longer opens it (`is_unreadable`).

    is_public   whether the address can be reached from outside: the operator told an https one
    counts      calls of the last day by state
    is_ordered_here  the provider has no screen for the address: calls are ordered through its API
    """

    url: str | None
    shared_url: str
    is_public: bool
    is_unreadable: bool
    old: tuple[OldAddress, ...]
    last_hit_at: datetime | None
    counts: dict[HitState, int]
    hits: tuple[HitLine, ...]
    spec: WebhookSpec | None
    no_webhook_reason: str
    is_ordered_here: bool
    queue: QueueView | None


def webhook_panel(session: Session, runtime: Runtime, connection: Connection, base_url: str) -> WebhookPanel:
    """`base_url` is used where the operator told no public one: the address under which the page itself was asked for."""
    manifest = registry.manifest(connection.provider)
    base = (runtime.settings.public_base_url or base_url).rstrip("/")
    try:
        addresses, is_unreadable = hit_addresses.of_connection(runtime, session, connection.id), False
    except VaultError:
        addresses, is_unreadable = (), True
    newest = addresses[0] if addresses else None
    return WebhookPanel(
        url=base + newest.path if newest else None,
        shared_url=base + hit_addresses.SHARED_PATH,
        is_public=(runtime.settings.public_base_url or "").startswith("https://"),
        is_unreadable=is_unreadable,
        old=tuple(
            OldAddress(address.expires_at, _last_at(session, WebhookHit.address_id == address.id))
            for address in addresses[1:]
            if address.expires_at is not None
        ),
        last_hit_at=_last_at(session, WebhookHit.connection_id == connection.id),
        counts=_counts(session, connection.id, runtime.clock() - SPAN),
        hits=tuple(line_of(row) for row in _latest(session, connection.id)),
        spec=manifest.webhook,
        no_webhook_reason=manifest.no_webhook_reason,
        is_ordered_here=hit_subscriptions.are_ordered_here(connection.provider),
        queue=_queue(session, connection),
    )


def _queue(session: Session, connection: Connection) -> QueueView | None:
    """None for a provider that has no queue."""
    if not event_queues.has_queue(connection.provider):
        return None
    name = event_queues.queue_of(connection.provider, connection.options)
    row = session.get(EventQueue, connection.id)
    if row is None:
        return QueueView(name)
    owes_sweep = row.sweep_owed_since is not None
    return QueueView(name, row.drained_at, row.is_empty, row.events, fault_of(row.fault), owes_sweep)


def _last_at(session: Session, condition: ColumnElement[bool]) -> datetime | None:
    statement = select(WebhookHit.received_at).where(condition)
    return session.scalars(statement.order_by(WebhookHit.id.desc()).limit(1)).first()


def _counts(session: Session, connection_id: int, since: datetime) -> dict[HitState, int]:
    statement = (
        select(WebhookHit.state, func.count())
        .where(WebhookHit.connection_id == connection_id, WebhookHit.received_at >= since)
        .group_by(WebhookHit.state)
    )
    return {HitState(state): number for state, number in session.execute(statement)}


def _latest(session: Session, connection_id: int) -> list[WebhookHit]:
    statement = select(WebhookHit).where(WebhookHit.connection_id == connection_id)
    return list(session.scalars(statement.order_by(WebhookHit.id.desc()).limit(SHOWN)))


def line_of(row: WebhookHit) -> HitLine:
    return HitLine(
        public_id=row.public_id,
        trace_id=row.trace_id,
        received_at=row.received_at,
        events=row.events,
        state=HitState(row.state),
        trust=HitTrust(row.trust),
        reason=row.reason,
        changed=row.changed,
        size=row.size,
        replays=row.replays,
        next_try_at=row.next_try_at,
        fault=fault_of(row.fault),
        may_be_replayed=hits.may_be_replayed(row),
    )
