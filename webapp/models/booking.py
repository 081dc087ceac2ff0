"""Bookings, stays, people on them, what changed, and the facts that follow."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model, partial
from .connection import Connection


class Booking(Model):
    __tablename__ = "booking"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_booking_changed", "changed_at", "id"),
        Index("ix_booking_arrival", "connection_id", "arrival", "id"),
        Index("ix_booking_status_arrival", "connection_id", "status", "arrival", "id"),
        Index("ix_booking_source_arrival", "connection_id", "source", "arrival", "id"),
        Index("ix_booking_confirmation", "confirmation_number"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    external_id: Mapped[str] = mapped_column(String(100))
    confirmation_number: Mapped[str] = mapped_column(String(100), default="")
    group_ref: Mapped[str] = mapped_column(String(100), default="")
    status: Mapped[str] = mapped_column(String(12))
    raw_status: Mapped[str] = mapped_column(String(60), default="")
    holds_room: Mapped[bool] = mapped_column(default=False)
    arrival: Mapped[date]  # of the earliest line; the stays are what metrics count
    departure: Mapped[date]
    guest_first: Mapped[str] = mapped_column(String(120), default="")
    guest_last: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(String(80), default="")
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    notes: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(Text, default="")
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    booked_at: Mapped[datetime | None]  # at the provider
    updated_at: Mapped[datetime | None]  # at the provider; a lower stamp never overwrites
    cancelled_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]  # deleted at the provider
    stored_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class Stay(Model):
    __tablename__ = "stay"
    __table_args__ = (
        UniqueConstraint("booking_id", "line"),
        # With the other date in it, the nights of a period are counted without touching the rows.
        Index("ix_stay_arrival", "connection_id", "arrival", "status", "departure"),
        Index("ix_stay_departure", "connection_id", "departure", "status", "arrival"),
        Index(
            "ix_stay_in_house",
            "connection_id",
            **partial("status = 'checked_in'"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    connection_id: Mapped[int] = mapped_column(Integer)
    line: Mapped[str] = mapped_column(String(60))
    unit: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(12))
    arrival: Mapped[date]
    departure: Mapped[date]
    room_type_id: Mapped[str] = mapped_column(String(100))
    room_type: Mapped[str] = mapped_column(String(120))
    room: Mapped[str] = mapped_column(String(60))
    adults: Mapped[int]
    children: Mapped[int]
    rate_plan_id: Mapped[str] = mapped_column(String(100))
    rate_plan: Mapped[str] = mapped_column(String(120))
    nights: Mapped[str] = mapped_column(Text)  # compact JSON [[gross_minor, net_minor|null], …]
    nights_are_spread: Mapped[bool]  # the provider priced the stay, not its nights
    checked_in_at: Mapped[datetime | None]
    checked_out_at: Mapped[datetime | None]


class BookingGuest(Model):
    __tablename__ = "booking_guest"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012  # read by its key only: one tree instead of two

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    guest_external_id: Mapped[str] = mapped_column(String(100))
    first_name: Mapped[str] = mapped_column(String(120))
    last_name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(8))
    stay_line: Mapped[str] = mapped_column(String(60))
    is_checked_in: Mapped[bool | None]


class BookingChange(Model):
    """One field that changed: what it was, what it is, when the provider and we saw it, and by which road."""

    __tablename__ = "booking_change"
    __table_args__ = (
        Index("ix_booking_change_booking", "booking_id", "id"),
        Index("ix_booking_change_run", "run_id", "id"),
        Index(
            "ix_booking_change_hit",
            "hit_id",
            **partial("hit_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    stay_line: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(40))
    old: Mapped[str | None] = mapped_column(Text)
    new: Mapped[str | None] = mapped_column(Text)
    provider_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime]
    business_date: Mapped[date | None]  # of the hotel when it arrived
    road: Mapped[str] = mapped_column(String(10))
    run_id: Mapped[int | None] = mapped_column(Integer)
    # Stays and people before, where fields cannot tell them.
    snapshot: Mapped[str | None] = mapped_column(Text)
    hit_id: Mapped[int | None] = mapped_column(Key)  # the webhook call that made us look


class Fact(Model):
    """Something that happened to a booking, once: unique on booking, type and occurrence."""

    __tablename__ = "hub_event"
    __table_args__ = (
        UniqueConstraint("booking_id", "type", "occurrence"),
        Index("ix_hub_event_recorded", "recorded_at", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    type: Mapped[str] = mapped_column(String(24))
    occurrence: Mapped[int]
    occurred_at: Mapped[datetime | None]  # at the provider, when it says so
    recorded_at: Mapped[datetime]
    road: Mapped[str] = mapped_column(String(10))
    document: Mapped[dict[str, Any]] = mapped_column(default=dict)
