"""Guest profiles, keyed by connection and the provider's id; profiles of two connections are never merged silently."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model
from .connection import Connection


class Guest(Model):
    __tablename__ = "guest"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_guest_changed", "changed_at", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    external_id: Mapped[str] = mapped_column(String(100))
    is_profile: Mapped[bool] = mapped_column(default=False)  # False: known from a booking only
    first_name: Mapped[str] = mapped_column(String(120), default="")
    last_name: Mapped[str] = mapped_column(String(120), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    is_vip: Mapped[bool] = mapped_column(default=False)
    notes: Mapped[str] = mapped_column(Text, default="")
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    updated_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("guest.id"))
    anonymised_at: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]
    stored_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
