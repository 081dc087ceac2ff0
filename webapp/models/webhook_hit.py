"""Inbound webhooks: the secret addresses of connections, every call that came, and calls that nobody here knows."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model, partial
from .connection import Connection


class HitTrust(StrEnum):
    """What spoke for a hit when it came."""

    SIGNED = "signed"  # its signature or secret fits
    ADDRESS = "address"  # it came to the connection's own secret address, and its provider signs nothing
    QUEUE = "queue"  # the hub read it itself, out of the provider's queue
    UNVERIFIED = "unverified"  # only the hotel's id fits: a hint, read again at most once
    REJECTED = "rejected"  # it claimed to be signed and is not


class HitState(StrEnum):
    WAITING = "waiting"  # to be applied, now or at `next_try_at`
    APPLIED = "applied"  # its records were read again and compared with what is stored
    IGNORED = "ignored"  # kept and shown, but of nothing the hub keeps
    DUPLICATE = "duplicate"  # the provider's own mark says that it came before
    FAILED = "failed"  # given up, with the reason; it can be replayed
    REJECTED = "rejected"


class WebhookAddress(Model):
    """A secret address of a connection. The old one goes on for a while when a new one is made."""

    __tablename__ = "webhook_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # sha256 of the token, to find it by
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # the token, because the admin must see it again
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  # set when a newer one takes its place


class WebhookHit(Model):
    """One inbound call as it came, and what became of it."""

    __tablename__ = "webhook_hit"
    __table_args__ = (
        Index("ix_webhook_hit_connection", "connection_id", "id"),
        Index("ix_webhook_hit_received", "received_at", "id"),
        Index("ix_webhook_hit_trace", "trace_id"),
        Index(
            "ix_webhook_hit_due",
            "next_try_at",
            "connection_id",
            **partial("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_hit_dedupe",
            "connection_id",
            "dedupe",
            **partial("dedupe IS NOT NULL"),
        ),
        Index("ix_webhook_hit_batch", "batch", **partial("batch IS NOT NULL")),
        Index(
            "ix_webhook_hit_trouble",
            "connection_id",
            "state",
            "id",
            **partial("state IN ('failed', 'rejected', 'ignored')"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    address_id: Mapped[int | None]  # None: it came to the address that all connections share
    trace_id: Mapped[str] = mapped_column(String(32))
    received_at: Mapped[datetime]
    sender: Mapped[str] = mapped_column(String(45), default="")  # network address
    trust: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(200), default="")  # why it is rejected, unverified or ignored
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # headers without secrets; the body unless rejected
    size: Mapped[int]  # bytes of the body
    digest: Mapped[str] = mapped_column(String(64))  # sha256 of the body

    events: Mapped[str] = mapped_column(String(200), default="")  # the provider's words, once it was read
    dedupe: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    next_try_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)  # that failed
    lags: Mapped[int] = mapped_column(default=0)  # re-reads that did not show yet what the hit says
    replays: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)  # bookings that differed because of it
    fault: Mapped[dict[str, Any] | None]
    settled_at: Mapped[datetime | None]
    batch: Mapped[str | None] = mapped_column(String(32))  # the replay of many that it was last part of
    dismissed_at: Mapped[datetime | None]  # a person has seen that it needs nothing more
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]


class WebhookStray(Model):
    """How many calls a day led nowhere: counted, never stored, so that nobody can fill the disk with them."""

    __tablename__ = "webhook_stray"

    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
