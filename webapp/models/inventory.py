"""Availability and rates by date."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model
from .connection import Connection


class Availability(Model):
    __tablename__ = "availability"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    room_type_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    room_type: Mapped[str] = mapped_column(String(120), default="")
    available: Mapped[int]
    total: Mapped[int | None]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    stored_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)


class Rate(Model):
    __tablename__ = "rate"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    rate_plan_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    room_type_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    rate_plan: Mapped[str] = mapped_column(String(120), default="")
    room_type: Mapped[str] = mapped_column(String(120), default="")
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    min_stay: Mapped[int | None]
    closed_to_arrival: Mapped[bool] = mapped_column(default=False)
    closed_to_departure: Mapped[bool] = mapped_column(default=False)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    stored_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
