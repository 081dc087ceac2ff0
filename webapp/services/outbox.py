"""The outbox: what happened is written down for each endpoint that asked for it, in the transaction in which it happened."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.ids import public_ids
from webapp.domain.outgoing import OutgoingType
from webapp.domain.value import Value
from webapp.models import Delivery, DeliveryState, Endpoint, EndpointState, OutboxEvent
from webapp.models.bulk import bulk_insert, reserve_ids

ENDPOINTS = Endpoint.metadata.tables["endpoint"]
EVENTS = OutboxEvent.metadata.tables["outbox_event"]
DELIVERIES = Delivery.metadata.tables["delivery"]
API_VERSION = "1"

_EVENT_COLUMNS = ("id", "public_id", "type", "subject", "recorded_at", "body", "personal_body")
_DELIVERY_COLUMNS = (
    "public_id", "endpoint_id", "event_id", "state", "made_at", "next_try_at", "tries", "replays",
)  # fmt: skip


class News(Value, frozen=True):
    """Something to tell. `personal` is added to `data` for endpoints that may know names.

    public_id     of the event, kept over every try: `webhook-id`; None: a new one
    occurred_at   when it happened, as far as anybody says
    subject       public id of what it is about
    """

    type: OutgoingType
    occurred_at: datetime
    data: Mapping[str, Any]
    subject: str = ""
    personal: Mapping[str, Any] = {}
    public_id: str | None = None


class Listener(Value, frozen=True):
    """An endpoint that is told of some types now, or later when it is disabled."""

    id: int
    events: frozenset[str]
    includes_personal: bool
    is_held: bool


def listeners(db: DatabaseConnection) -> tuple[Listener, ...]:
    rows = db.execute(
        select(ENDPOINTS.c.id, ENDPOINTS.c.events, ENDPOINTS.c.includes_personal, ENDPOINTS.c.state).where(
            ENDPOINTS.c.state != EndpointState.REMOVED.value
        )
    )
    return tuple(
        Listener(key, frozenset(events), bool(personal), state == EndpointState.DISABLED)
        for key, events, personal, state in rows
    )


def tell(db: DatabaseConnection, at: datetime, news: Sequence[News]) -> int:
    """Writes events and deliveries in the caller's transaction; returns how many deliveries there are to make.

    Without an endpoint that asked nothing is written.
    """
    return _write(db, at, news, listeners(db)) if news else 0


def tell_lazily(
    db: DatabaseConnection,
    at: datetime,
    types: frozenset[OutgoingType],
    news: Callable[[frozenset[OutgoingType]], Sequence[News]],
) -> int:
    """Like `tell`, but `news` is only put together for the types that somebody asked for: reading costs too."""
    found = listeners(db)
    wanted = frozenset(kind for kind in types if any(kind in one.events for one in found))
    return _write(db, at, news(wanted), found) if wanted else 0


def envelope(public_id: str, kind: OutgoingType, at: datetime, data: Mapping[str, Any]) -> bytes:
    """The body, byte by byte as it is stored, signed and sent."""
    return msgspec.json.encode(
        {"id": public_id, "type": kind, "timestamp": stamp(at), "api_version": API_VERSION, "data": data}
    )


def stamp(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(db: DatabaseConnection, at: datetime, news: Sequence[News], found: Sequence[Listener]) -> int:
    told = [(item, asking) for item in news if (asking := [one for one in found if item.type in one.events])]
    if not told:
        return 0
    moment = int(at.timestamp() * 1000)
    keys = reserve_ids(db, EVENTS, len(told))
    names = public_ids("ev", moment, len(told))
    events, deliveries = [], []
    for key, name, (item, asking) in zip(keys, names, told, strict=True):
        public_id = item.public_id or name
        body = envelope(public_id, item.type, item.occurred_at, item.data)
        is_asked = any(one.includes_personal for one in asking) and bool(item.personal)
        personal = (
            envelope(public_id, item.type, item.occurred_at, {**item.data, **item.personal})
            if is_asked
            else None
        )
        events.append((key, public_id, item.type.value, item.subject, at, body, personal))
        deliveries += [(one, key) for one in asking]
    bulk_insert(db, EVENTS, _EVENT_COLUMNS, events)
    rows = [
        (name, one.id, key, *_standing(one, at), 0, 0)
        for name, (one, key) in zip(public_ids("dl", moment, len(deliveries)), deliveries, strict=True)
    ]
    bulk_insert(db, DELIVERIES, _DELIVERY_COLUMNS, rows)
    return len(rows)


def _standing(one: Listener, at: datetime) -> tuple[str, datetime, datetime | None]:
    if one.is_held:
        return DeliveryState.HELD.value, at, None
    return DeliveryState.WAITING.value, at, at
