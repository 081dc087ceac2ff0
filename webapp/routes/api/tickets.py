"""Tickets over the API: opened, answered and moved on by other programs of the hotel."""

from datetime import datetime
from typing import Any

from pydantic import Field

from webapp.domain.ticket import Category, Priority, TicketStatus
from webapp.services import ticket_lists, tickets
from webapp.services.ticket_lists import Entry
from webapp.services.tickets import MessageView, NoSuchTicket, NotAllowed, NothingLinked, TicketView

from .operation import Call, operation
from .paging import all_in_memory, answered, follow_of, place_after
from .problems import ApiProblem, invalid
from .shapes import VISIBLE, Answer, Body, Listed, NoQuery, PageQuery, id_pattern

GROUP = "Tickets"
ID = {"ticket_id": "tk"}


class TicketQuery(PageQuery):
    status: TicketStatus | None = None
    category: Category | None = None
    priority: Priority | None = None


class Ticket(Answer):
    id: str
    number: str = Field(description="As people call it: T-1042.")
    subject: str
    category: Category
    priority: Priority
    status: TicketStatus
    booking_id: str | None
    integration_id: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class TicketList(Listed[Ticket]):
    """A page of tickets."""


class File(Answer):
    """Something attached; its content stays in the dashboard."""

    id: str
    name: str
    media_type: str = Field(description="As its bytes say, whatever its name.")
    size: int = Field(description="Bytes.")


class Message(Answer):
    """Something written, or a move of the ticket."""

    id: str
    ticket_id: str
    author: str
    text: str = Field(description="Empty for a move.")
    status: TicketStatus | None = Field(description="Of a move: what the ticket became.")
    files: list[File]
    created_at: datetime
    updated_at: datetime


class MessageList(Listed[Message]):
    """A page of messages."""


class NewTicket(Body):
    subject: str = Field(min_length=1, max_length=tickets.LONGEST_SUBJECT, pattern=VISIBLE)
    message: str = Field(min_length=1, max_length=tickets.LONGEST_MESSAGE, pattern=VISIBLE)
    category: Category = Category.OTHER
    priority: Priority = Priority.NORMAL
    booking_id: str | None = Field(default=None, pattern=id_pattern("bk"))
    integration_id: str | None = Field(default=None, pattern=id_pattern("cn"))


class ChangedTicket(Body):
    """What is left out stays."""

    subject: str | None = Field(
        default=None, min_length=1, max_length=tickets.LONGEST_SUBJECT, pattern=VISIBLE
    )
    category: Category | None = None
    priority: Priority | None = None
    status: TicketStatus | None = Field(
        default=None, description="A closed ticket stays closed; a solved one may be opened again."
    )


class NewMessage(Body):
    text: str = Field(min_length=1, max_length=tickets.LONGEST_MESSAGE, pattern=VISIBLE)


@operation("GET", "/tickets", group=GROUP, answer=TicketList, query=TicketQuery, problems=("bad_cursor",))
def list_tickets(call: Call[TicketQuery, None]) -> TicketList:
    """List tickets.

    In the order in which they were opened; with `updated_since` in the order of their last change.
    """
    query = call.query
    with call.runtime.reading() as session:
        found, onward = tickets.page(
            session,
            follow_of(call),
            status=query.status,
            category=query.category,
            priority=query.priority,
        )
    return answered(call, TicketList, [_ticket(one) for one in found], place_after(onward))


@operation("POST", "/tickets", group=GROUP, answer=Ticket, body=NewTicket, status=201)
def open_ticket(call: Call[NoQuery, NewTicket]) -> Ticket:
    """Open a ticket.

    With its first message, and linked to a booking or an integration. Told as `ticket.created`.
    """
    body = call.body
    try:
        made = tickets.open_ticket(
            call.runtime,
            subject=body.subject,
            message=body.message,
            category=body.category,
            priority=body.priority,
            booking=body.booking_id,
            connection=body.integration_id,
            actor=call.caller.actor,
        )
    except NothingLinked as error:
        field = "booking_id" if error.field == "booking" else "integration_id"
        raise invalid(f"/{field}", "There is nothing with this id.") from None
    call.headers["Location"] = f"{call.path}/{made.public_id}"
    return _ticket(made)


@operation("GET", "/tickets/{ticket_id}", group=GROUP, answer=Ticket, ids=ID, has_etag=True)
def read_ticket(call: Call[NoQuery, None]) -> Ticket:
    """Read one ticket."""
    with call.runtime.reading() as session:
        return _ticket(_found(call, session))


@operation(
    "PATCH",
    "/tickets/{ticket_id}",
    group=GROUP,
    answer=Ticket,
    body=ChangedTicket,
    ids=ID,
    problems=("conflict",),
    has_etag=True,
    takes_if_match=True,
)
def change_ticket(call: Call[NoQuery, ChangedTicket]) -> Ticket:
    """Change a ticket.

    What is left out stays. With If-Match only if nobody changed it in the meantime. Told as `ticket.updated`.
    """
    body = call.body
    try:
        changed = tickets.change(
            call.runtime,
            call.ids["ticket_id"],
            actor=call.caller.actor,
            subject=body.subject,
            category=body.category,
            priority=body.priority,
            status=body.status,
            look=lambda now: call.check_unchanged(_ticket(now)),
        )
    except NoSuchTicket:
        raise ApiProblem("not_found") from None
    except NotAllowed as error:
        raise ApiProblem("conflict", str(error)) from None
    return _ticket(changed)


@operation(
    "GET",
    "/tickets/{ticket_id}/messages",
    group=GROUP,
    answer=MessageList,
    query=PageQuery,
    ids=ID,
    problems=("bad_cursor",),
)
def list_messages(call: Call[PageQuery, None]) -> MessageList:
    """List the messages of a ticket.

    Oldest first, with the moves of the ticket between them and the names of attached files.
    """
    ticket_id = call.ids["ticket_id"]
    with call.runtime.reading() as session:
        try:
            found = ticket_lists.thread(session, tickets.find(session, ticket_id).id)
        except NoSuchTicket:
            raise ApiProblem("not_found") from None
    return all_in_memory(
        call,
        MessageList,
        tuple(enumerate(found)),
        key=lambda placed: f"{placed[0]:06}",
        show=lambda placed: _entry(ticket_id, placed[1]),
        changed_at=lambda placed: placed[1].at,
    )


@operation(
    "POST",
    "/tickets/{ticket_id}/messages",
    group=GROUP,
    answer=Message,
    body=NewMessage,
    status=201,
    ids=ID,
    problems=("conflict",),
)
def answer_ticket(call: Call[NoQuery, NewMessage]) -> Message:
    """Write a message into a ticket.

    A solved ticket is open again. Told as `ticket.updated`.
    """
    ticket_id = call.ids["ticket_id"]
    try:
        made = tickets.answer(call.runtime, ticket_id, call.body.text, actor=call.caller.actor)
    except NoSuchTicket:
        raise ApiProblem("not_found") from None
    except NotAllowed as error:
        raise ApiProblem("conflict", str(error)) from None
    return _message(ticket_id, made)


def _found(call: Call[Any, Any], session: Any) -> TicketView:
    try:
        return tickets.find(session, call.ids["ticket_id"])
    except NoSuchTicket:
        raise ApiProblem("not_found") from None


def _ticket(found: TicketView) -> Ticket:
    return Ticket(
        id=found.public_id,
        number=found.number,
        subject=found.subject,
        category=found.category,
        priority=found.priority,
        status=found.status,
        booking_id=found.booking,
        integration_id=found.connection,
        created_by=found.created_by,
        created_at=found.created_at,
        updated_at=found.changed_at,
    )


def _entry(ticket_id: str, found: Entry) -> Message:
    return Message(
        id=found.public_id,
        ticket_id=ticket_id,
        author=found.author,
        text=found.text,
        status=found.status,
        files=[
            File(id=one.public_id, name=one.name, media_type=one.media_type, size=one.size)
            for one in found.files
        ],
        created_at=found.at,
        updated_at=found.at,
    )


def _message(ticket_id: str, found: MessageView) -> Message:
    return Message(
        id=found.public_id,
        ticket_id=ticket_id,
        author=found.author,
        text=found.text,
        status=None,
        files=[],
        created_at=found.created_at,
        updated_at=found.created_at,
    )
