"""Tickets: opened, answered and moved on; each step is told by its event in the same transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from webapp.domain.outgoing import OutgoingType
from webapp.domain.text import search_words
from webapp.domain.ticket import Category, Priority, TicketStatus, may_become, number_text
from webapp.domain.value import Value
from webapp.models import Booking, Connection, Hotel, Ticket, TicketMessage
from webapp.runtime import Runtime

from . import audit, ticket_events, ticket_files
from .feeds import After, Follow
from .ticket_files import SealedFile

FIRST = 1001
LONGEST_SUBJECT, LONGEST_MESSAGE, MOST_MESSAGES = 200, 10_000, 500


class NoSuchTicket(LookupError):
    """There is no ticket of that id."""


class NothingLinked(LookupError):
    """`field` names a booking or a connection that does not exist."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class NotAllowed(Exception):
    """The ticket cannot go this way; the text says why."""


class TicketView(Value, frozen=True):
    id: int
    public_id: str
    number: str
    subject: str
    category: Category
    priority: Priority
    status: TicketStatus
    booking: str | None  # public ids
    connection: str | None
    created_by: str
    created_at: datetime
    changed_at: datetime


class MessageView(Value, frozen=True):
    public_id: str
    author: str
    text: str
    created_at: datetime


def open_ticket(
    runtime: Runtime,
    *,
    subject: str,
    message: str,
    actor: str,
    category: Category = Category.OTHER,
    priority: Priority = Priority.NORMAL,
    booking: str | None = None,
    connection: str | None = None,
    files: Sequence[SealedFile] = (),
) -> TicketView:
    """A new ticket with its first message. `booking` and `connection` are public ids. Raises NothingLinked."""
    with runtime.writing() as session:
        now = runtime.clock()
        row = Ticket(
            public_id=runtime.new_id("tk"),
            number=_next_number(session),
            subject=" ".join(subject.split())[:LONGEST_SUBJECT],
            category=category,
            priority=priority,
            status=TicketStatus.OPEN,
            booking_id=_key(session, Booking.id, Booking.public_id, booking, "booking"),
            connection_id=_key(session, Connection.id, Connection.public_id, connection, "connection"),
            created_by=actor,
            created_at=now,
            changed_at=now,
            search_text=search_words(subject, message),
        )
        session.add(row)
        session.flush()
        first = _message(runtime, row, message, actor)
        session.add(first)
        session.flush()
        ticket_files.keep(runtime, session, first.id, files)
        view = _find(session, row.public_id)
        ticket_events.tell(session, OutgoingType.TICKET_CREATED, view, now)
        _note(runtime, session, actor, "ticket.created", f"{view.number} was opened")
        return view


def answer(
    runtime: Runtime, public_id: str, text: str, *, actor: str, files: Sequence[SealedFile] = ()
) -> MessageView:
    """One more message; a ticket that was solved is open again. Raises NoSuchTicket, NotAllowed."""
    with runtime.writing() as session:
        row = _locked(session, public_id)
        if row.status == TicketStatus.CLOSED:
            raise NotAllowed("A closed ticket takes no more messages.")
        count = select(func.count()).select_from(TicketMessage).where(TicketMessage.ticket_id == row.id)
        if (session.scalar(count) or 0) >= MOST_MESSAGES:
            raise NotAllowed(f"A ticket has {MOST_MESSAGES} messages at most.")
        if row.status == TicketStatus.SOLVED:
            row.status = TicketStatus.OPEN
            session.add(_message(runtime, row, "", actor, status=TicketStatus.OPEN))
        row.changed_at = runtime.clock()
        row.search_text = search_words(row.search_text, text)
        message = _message(runtime, row, text, actor)
        session.add(message)
        session.flush()
        ticket_files.keep(runtime, session, message.id, files)
        ticket_events.tell(session, OutgoingType.TICKET_UPDATED, _find(session, public_id), row.changed_at)
        _note(runtime, session, actor, "ticket.answered", f"{number_text(row.number)} was answered")
        return _message_view(message)


def change(
    runtime: Runtime,
    public_id: str,
    *,
    actor: str,
    subject: str | None = None,
    category: Category | None = None,
    priority: Priority | None = None,
    status: TicketStatus | None = None,
    look: Callable[[TicketView], None] | None = None,
) -> TicketView:
    """What is None stays; a change of nothing is told to nobody. `look` sees the ticket before, and may raise.

    Raises NoSuchTicket, NotAllowed (a status that cannot follow).
    """
    with runtime.writing() as session:
        row = _locked(session, public_id)
        before = _find(session, public_id)
        if look is not None:
            look(before)
        if status is not None and not may_become(before.status, status):
            raise NotAllowed(f"A ticket that is {before.status} cannot become {status}.")
        row.subject = row.subject if subject is None else " ".join(subject.split())[:LONGEST_SUBJECT]
        row.category = row.category if category is None else category.value
        row.priority = row.priority if priority is None else priority.value
        row.status = row.status if status is None else status.value
        session.flush()
        after = _find(session, public_id)
        if after == before:
            return before
        row.changed_at = runtime.clock()
        row.search_text = search_words(after.subject, row.search_text)
        if after.status is not before.status:
            session.add(_message(runtime, row, "", actor, status=after.status))
        session.flush()
        after = _find(session, public_id)
        ticket_events.tell(session, OutgoingType.TICKET_UPDATED, after, row.changed_at)
        _note(runtime, session, actor, "ticket.changed", f"{after.number} was changed: {after.status}")
        return after


def find(session: Session, public_id: str) -> TicketView:
    """Raises NoSuchTicket."""
    return _find(session, public_id)


def page(
    session: Session,
    follow: Follow,
    *,
    status: TicketStatus | None = None,
    category: Category | None = None,
    priority: Priority | None = None,
) -> tuple[tuple[TicketView, ...], After | None]:
    """In the order in which they were opened; with `updated_since` in the order of their last change."""
    conditions: list[ColumnElement[bool]] = []
    wanted = ((Ticket.status, status), (Ticket.category, category), (Ticket.priority, priority))
    conditions += [column == value.value for column, value in wanted if value is not None]
    by_change = follow.updated_since is not None
    if follow.after is not None and follow.after.at is not None:
        place = tuple_(literal(follow.after.at, Ticket.changed_at.type), literal(follow.after.id))
        conditions.append(tuple_(Ticket.changed_at, Ticket.id) > place)
    elif by_change:
        conditions.append(Ticket.changed_at >= follow.updated_since)
    elif follow.after is not None:
        conditions.append(Ticket.id > follow.after.id)
    order = (Ticket.changed_at, Ticket.id) if by_change else (Ticket.id,)
    rows = session.execute(_views().where(*conditions).order_by(*order).limit(follow.limit + 1)).all()
    found = tuple(map(_view, rows[: follow.limit]))
    if len(rows) <= follow.limit:
        return found, None
    return found, After(found[-1].id, found[-1].changed_at if by_change else None)


def _views() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Ticket.id,
            Ticket.public_id,
            Ticket.number,
            Ticket.subject,
            Ticket.category,
            Ticket.priority,
            Ticket.status,
            Booking.public_id.label("booking"),
            Connection.public_id.label("connection"),
            Ticket.created_by,
            Ticket.created_at,
            Ticket.changed_at,
        )
        .outerjoin(Booking, Booking.id == Ticket.booking_id)
        .outerjoin(Connection, Connection.id == Ticket.connection_id)
    )


def _find(session: Session, public_id: str) -> TicketView:
    row = session.execute(_views().where(Ticket.public_id == public_id)).one_or_none()
    if row is None:
        raise NoSuchTicket(public_id)
    return _view(row)


def _view(row: Row[*tuple[Any, ...]]) -> TicketView:
    return TicketView(
        id=row.id,
        public_id=row.public_id,
        number=number_text(row.number),
        subject=row.subject,
        category=Category(row.category),
        priority=Priority(row.priority),
        status=TicketStatus(row.status),
        booking=row.booking,
        connection=row.connection,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _locked(session: Session, public_id: str) -> Ticket:
    row = session.scalars(select(Ticket).where(Ticket.public_id == public_id).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchTicket(public_id)
    return row


def _next_number(session: Session) -> int:
    """Two tickets at one moment wait for each other at the hotel's row."""
    session.execute(select(Hotel.id).where(Hotel.id == 1).with_for_update())
    return (session.scalar(select(func.max(Ticket.number))) or FIRST - 1) + 1


def _key(session: Session, key: Any, name: Any, wanted: str | None, field: str) -> int | None:
    if wanted is None:
        return None
    found: int | None = session.scalars(select(key).where(name == wanted)).one_or_none()
    if found is None:
        raise NothingLinked(field)
    return found


def _message(
    runtime: Runtime, row: Ticket, text: str, author: str, status: TicketStatus | None = None
) -> TicketMessage:
    return TicketMessage(
        public_id=runtime.new_id("tm"),
        ticket_id=row.id,
        author=author,
        text=text.strip()[:LONGEST_MESSAGE],
        status=status,
        created_at=runtime.clock(),
    )


def _message_view(row: TicketMessage) -> MessageView:
    return MessageView(row.public_id, row.author, row.text, row.created_at)


def _note(runtime: Runtime, session: Session, actor: str, action: str, summary: str) -> None:
    audit.record(runtime, session, actor, action, summary)
