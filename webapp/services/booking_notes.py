"""Notes that people and programs of the hotel put on a booking; the provider never sees them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Booking, BookingNote
from webapp.runtime import Runtime

from . import audit
from .stay_metrics import primary_connection_id

LONGEST = 2_000
MOST = 200
"""Of one booking: a program that writes more has gone wrong."""


class NoSuchBooking(LookupError):
    """Unknown, or not of the primary connection."""


class TooManyNotes(Exception):
    """The booking has as many notes as one may have."""


class NoteView(Value, frozen=True):
    public_id: str
    text: str
    author: str
    created_at: datetime


def add(runtime: Runtime, booking: str, text: str, *, author: str) -> NoteView:
    """`text` has 1 to LONGEST characters. Raises NoSuchBooking, TooManyNotes."""
    with runtime.writing() as session:
        row = session.execute(
            select(Booking.id, Booking.confirmation_number)
            .where(Booking.public_id == booking, Booking.connection_id == primary_connection_id(session))
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise NoSuchBooking(booking)
        if len(_rows(session, row.id)) >= MOST:
            raise TooManyNotes(booking)
        note = BookingNote(
            public_id=runtime.new_id("bn"),
            booking_id=row.id,
            text=text.strip()[:LONGEST],
            author=author,
            created_at=runtime.clock(),
        )
        session.add(note)
        session.flush()
        name = row.confirmation_number or booking
        audit.record(runtime, session, author, "booking.noted", f"{author} wrote a note on booking {name}")
        return _view(note)


def of_booking(session: Session, booking: str) -> tuple[NoteView, ...]:
    """Oldest first; nothing for an unknown booking."""
    key = session.scalars(select(Booking.id).where(Booking.public_id == booking)).one_or_none()
    return tuple(map(_view, _rows(session, key))) if key is not None else ()


def _rows(session: Session, booking_id: int) -> list[BookingNote]:
    wanted = select(BookingNote).where(BookingNote.booking_id == booking_id).order_by(BookingNote.id)
    return list(session.scalars(wanted.limit(MOST)))


def _view(row: BookingNote) -> NoteView:
    return NoteView(row.public_id, row.text, row.author, row.created_at)
