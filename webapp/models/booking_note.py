"""What people and programs of the hotel wrote about a booking, beside what the provider says."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model
from .booking import Booking


class BookingNote(Model):
    __tablename__ = "booking_note"
    __table_args__ = (Index("ix_booking_note_booking", "booking_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey(Booking.id))
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]
