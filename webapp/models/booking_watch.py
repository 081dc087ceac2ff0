"""Watches for a test booking: somebody is about to make one at the provider and wants to see it arrive."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model
from .connection import Connection


class BookingWatch(Model):
    """The latest of a connection counts. What it sees follows from bookings and change rows, so a restart loses nothing."""

    __tablename__ = "booking_watch"
    __table_args__ = (Index("ix_booking_watch_connection", "connection_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    guest_first: Mapped[str] = mapped_column(String(60))  # suggested
    guest_last: Mapped[str] = mapped_column(String(60))
    after_booking: Mapped[int] = mapped_column(Key)  # newer rows than this one are new
    armed_by: Mapped[str] = mapped_column(String(254))
    armed_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]  # a person closed it
