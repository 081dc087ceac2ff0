"""The ledger of webhook calls that did not come: what calls spoke of, what was missed, and the counts by hour."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model
from .booking import Booking, Fact
from .connection import Connection
from .webhook_hit import WebhookHit


class HitSubject(Model):
    """A record that a hit spoke of, whether it changed or not: the proof that a change was announced."""

    __tablename__ = "hit_subject"
    __table_args__ = (Index("ix_hit_subject_record", "connection_id", "external_id", "received_at"),)

    hit_id: Mapped[int] = mapped_column(
        Key, ForeignKey(WebhookHit.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    connection_id: Mapped[int] = mapped_column(Integer)
    received_at: Mapped[datetime]


class HitWatch(Model):
    """What is known of a connection's calls: since when they are set up, what the vendor has on order, and whether
    polling is tighter because some did not come."""

    __tablename__ = "hit_watch"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    set_up_at: Mapped[datetime | None]  # the first call came, or they were ordered
    ended_at: Mapped[datetime | None]  # somebody ended the orders; the next call sets them up again
    looked_at: Mapped[datetime | None]  # when the vendor was last asked what is on order
    ordered: Mapped[list[str] | None] = mapped_column(JSON)  # its words; None when it could not be asked
    tight_since: Mapped[datetime | None]
    tight_until: Mapped[datetime | None]
    tight_misses: Mapped[int] = mapped_column(default=0)  # since then
    last_missed_fact: Mapped[int | None] = mapped_column(Key)


class MissedHit(Model):
    """A fact that a poll found and no call announced. One row per fact, so that none counts twice."""

    __tablename__ = "missed_hit"
    __table_args__ = (
        Index("ix_missed_hit_connection", "connection_id", "found_at", "id"),
        Index("ix_missed_hit_found", "found_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fact_id: Mapped[int] = mapped_column(ForeignKey(Fact.id), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id))
    type: Mapped[str] = mapped_column(String(24))
    road: Mapped[str] = mapped_column(String(10))
    occurred_at: Mapped[datetime | None]  # at the provider, when it says so
    found_at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(String(20))


class LedgerHour(Model):
    """How the facts of an hour came, by type, and how many were here within the connection's interval."""

    __tablename__ = "ledger_hour"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(24), primary_key=True)
    by_hit: Mapped[int] = mapped_column(default=0)
    also_heard: Mapped[int] = mapped_column(default=0)  # a poll was first, and the call came as well
    missed: Mapped[int] = mapped_column(default=0)
    in_time: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    unstamped: Mapped[int] = mapped_column(default=0)  # the provider does not say when it happened


class LedgerMark(Model):
    """One row: up to which fact the ledger has judged. It moves in the transaction of what it stands for."""

    __tablename__ = "ledger_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    fact_id: Mapped[int] = mapped_column(Key, default=0)
