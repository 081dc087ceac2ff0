"""Tickets on pages: a searched and filtered list paged by key, and the thread of one with its moves and files."""

from datetime import datetime

from sqlalchemy import ColumnElement, literal, select, tuple_
from sqlalchemy.orm import Session

from webapp.domain.text import fold
from webapp.domain.ticket import Category, Priority, TicketStatus, number_in, number_text
from webapp.domain.value import Value
from webapp.models import Booking, Connection, Instant, Ticket, TicketMessage

from . import ticket_files
from .log_place import LogPlace, read_log_place
from .ticket_files import FileView

PAGE = 25
MOST_WORDS = 8
UNDONE = (TicketStatus.OPEN, TicketStatus.WAITING)


class TicketFilter(Value, frozen=True):
    """Everything empty: all tickets. `undone` means open and waiting ones."""

    text: str = ""
    statuses: tuple[TicketStatus, ...] = ()
    category: Category | None = None
    priority: Priority | None = None


class TicketRow(Value, frozen=True):
    public_id: str
    number: str
    subject: str
    category: Category
    priority: Priority
    status: TicketStatus
    created_by: str
    changed_at: datetime


class TicketPage(Value, frozen=True):
    """The last changed first; `older` and `newer` are cursors, None at an end."""

    rows: tuple[TicketRow, ...]
    older: str | None = None
    newer: str | None = None


class Entry(Value, frozen=True):
    """One of a thread: something written, or (`status`) a move of the ticket."""

    public_id: str
    text: str
    author: str
    at: datetime
    status: TicketStatus | None
    files: tuple[FileView, ...]


class Linked(Value, frozen=True):
    """What a ticket is about, as people name it; empty where nothing is linked."""

    booking: str = ""
    booking_name: str = ""
    connection: str = ""
    connection_name: str = ""


def search(session: Session, wanted: TicketFilter, after: str | None = None, limit: int = PAGE) -> TicketPage:
    """Each word stands somewhere in subject or thread; a number finds its ticket. Raises BadCursor."""
    place = read_log_place(after) if after else None
    towards_older = place is None or place.towards_older
    conditions = _conditions(wanted)
    if place is not None:
        key = tuple_(Ticket.changed_at, Ticket.id)
        here = tuple_(literal(place.at, Instant()), literal(place.id))
        conditions.append(key < here if towards_older else key > here)
    order = (Ticket.changed_at.desc(), Ticket.id.desc()) if towards_older else (Ticket.changed_at, Ticket.id)
    found = session.scalars(select(Ticket).where(*conditions).order_by(*order).limit(limit + 1)).all()
    rows, has_more = list(found[:limit]), len(found) > limit
    if not towards_older:
        rows.reverse()
    if not rows:
        return TicketPage(())
    is_older_left = has_more if towards_older else True
    is_newer_left = place is not None if towards_older else has_more
    return TicketPage(
        tuple(map(_row, rows)),
        LogPlace(True, rows[-1].changed_at, rows[-1].id).text() if is_older_left else None,
        LogPlace(False, rows[0].changed_at, rows[0].id).text() if is_newer_left else None,
    )


def is_empty(session: Session) -> bool:
    """Nobody has ever opened one."""
    return session.scalar(select(Ticket.id).limit(1)) is None


def thread(session: Session, ticket_id: int) -> tuple[Entry, ...]:
    """Oldest first."""
    files = ticket_files.of_ticket(session, ticket_id)
    rows = session.scalars(
        select(TicketMessage).where(TicketMessage.ticket_id == ticket_id).order_by(TicketMessage.id)
    )
    return tuple(
        Entry(
            public_id=row.public_id,
            text=row.text,
            author=row.author,
            at=row.created_at,
            status=TicketStatus(row.status) if row.status else None,
            files=files.get(row.public_id, ()),
        )
        for row in rows
    )


def linked(session: Session, booking: str | None, connection: str | None) -> Linked:
    """By public ids; what does not exist is left out."""
    found = Linked()
    if booking:
        row = session.execute(
            select(Booking.public_id, Booking.confirmation_number, Booking.external_id).where(
                Booking.public_id == booking
            )
        ).one_or_none()
        if row is not None:
            name = row.confirmation_number or row.external_id
            found = Linked(booking=row.public_id, booking_name=name)
    if connection:
        one = session.execute(
            select(Connection.public_id, Connection.name).where(Connection.public_id == connection)
        ).one_or_none()
        if one is not None:
            found = Linked(found.booking, found.booking_name, one.public_id, one.name)
    return found


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    number = number_in(wanted.text) if wanted.text else None
    if number is not None:
        conditions.append(Ticket.number == number)
    elif wanted.text:
        conditions += [
            Ticket.search_text.contains(word, autoescape=True)
            for word in fold(wanted.text).split()[:MOST_WORDS]
        ]
    if wanted.statuses:
        conditions.append(Ticket.status.in_(wanted.statuses))
    if wanted.category is not None:
        conditions.append(Ticket.category == wanted.category)
    if wanted.priority is not None:
        conditions.append(Ticket.priority == wanted.priority)
    return conditions


def _row(row: Ticket) -> TicketRow:
    return TicketRow(
        row.public_id,
        number_text(row.number),
        row.subject,
        Category(row.category),
        Priority(row.priority),
        TicketStatus(row.status),
        row.created_by,
        row.changed_at,
    )
