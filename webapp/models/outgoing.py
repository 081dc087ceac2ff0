"""Outgoing webhooks: who is told, what there is to tell, and how each telling went."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model, partial


class EndpointState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"  # by us or by a person: what comes meanwhile is held
    REMOVED = "removed"


class DeliveryState(StrEnum):
    WAITING = "waiting"  # to be sent, now or at `next_try_at`
    HELD = "held"  # made while its endpoint was disabled; a person may send it
    DELIVERED = "delivered"
    DEAD = "dead"  # given up; a person may send it again


class Endpoint(Model):
    """An address of another program. `failing_since` is the first failure since the last success."""

    __tablename__ = "endpoint"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    url: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(String(120), default="")
    events: Mapped[list[str]]
    includes_personal: Mapped[bool] = mapped_column(default=False)
    # Certificates (PEM) trusted here besides the public ones.
    authority: Mapped[str] = mapped_column(Text, default="")
    secret: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    # Sealed; signs too until `old_secret_until`.
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    secret_made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    disabled_because: Mapped[str] = mapped_column(String(20), default="")  # person | gone | failing
    disabled_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    told_failing_at: Mapped[datetime | None]  # when people were told
    rests_until: Mapped[datetime | None]  # its receiver asked for it with Retry-After
    last_success_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class OutboxEvent(Model):
    """Something to tell, written in the transaction in which it happened. The bodies are sent byte by byte as stored."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_recorded", "recorded_at", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)  # `webhook-id`; of a fact, the fact's own
    type: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(32), default="")  # public id of what it is about
    recorded_at: Mapped[datetime]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    # With names, for endpoints that ask for them.
    personal_body: Mapped[bytes | None] = mapped_column(LargeBinary)


class Delivery(Model):
    """One event for one endpoint."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_delivery_due", "endpoint_id", "next_try_at", **partial("state = 'waiting'")),
        Index("ix_delivery_of_endpoint", "endpoint_id", "state", "id"),
        Index("ix_delivery_of_event", "event_id"),
        Index("ix_delivery_made", "state", "made_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("endpoint.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("outbox_event.id"))
    state: Mapped[str] = mapped_column(String(12))
    made_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)  # in this series; a replay begins a new one
    replays: Mapped[int] = mapped_column(default=0)
    last_failed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]


class DeliveryAttempt(Model):
    """One call. `error` is empty for an answer: dns, connect, tls, timeout, blocked, broken otherwise."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (Index("ix_delivery_attempt_delivery", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    status: Mapped[int | None]
    ms: Mapped[int]
    error: Mapped[str] = mapped_column(String(12), default="")
    answer: Mapped[bytes] = mapped_column(LargeBinary)  # its first two thousand bytes, sealed
