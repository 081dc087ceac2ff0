"""Tickets in words: labels and tones, sizes of files, what a new one about something says already."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from flask import url_for
from sqlalchemy.orm import Session

from webapp.domain.ticket import Category, Priority, TicketStatus
from webapp.domain.value import Value
from webapp.forms.ticket import CATEGORIES, PRIORITIES, STATUSES
from webapp.services import repairs
from webapp.services.connection_views import NoSuchConnection
from webapp.services.endpoint_repairs import EndpointTrouble
from webapp.services.support_contacts import Contacts
from webapp.services.ticket_lists import Entry, Linked, TicketRow
from webapp.services.tickets import TicketView

from . import endpoint_words
from .formatting import Age, ago, instant, size
from .i18n import gettext as _
from .i18n import say

TONES = {
    TicketStatus.OPEN: "info",
    TicketStatus.WAITING: "warn",
    TicketStatus.SOLVED: "ok",
    TicketStatus.CLOSED: "idle",
}
PRIORITY_TONES = {
    Priority.LOW: "idle",
    Priority.NORMAL: "idle",
    Priority.HIGH: "warn",
    Priority.URGENT: "bad",
}


class TicketLine(Value, frozen=True):
    """A row of the list."""

    number: str
    subject: str
    url: str
    category: str
    priority: str
    priority_tone: str
    status: str
    tone: str
    created_by: str
    changed: Age | None


class FileText(Value, frozen=True):
    name: str
    size: str
    url: str


class EntryText(Value, frozen=True):
    """`title` is set for a move of the ticket, `text` for something written."""

    title: str
    text: str
    author: str
    at: Age | None
    tone: str
    files: tuple[FileText, ...]


class Prefill(Value, frozen=True):
    subject: str = ""
    message: str = ""
    category: Category = Category.OTHER
    priority: Priority = Priority.NORMAL


def lines(rows: Sequence[TicketRow]) -> tuple[TicketLine, ...]:
    return tuple(
        TicketLine(
            number=row.number,
            subject=row.subject,
            url=url_for("tickets.show", public_id=row.public_id),
            category=str(CATEGORIES[row.category]),
            priority=str(PRIORITIES[row.priority]),
            priority_tone=PRIORITY_TONES[row.priority],
            status=str(STATUSES[row.status]),
            tone=TONES[row.status],
            created_by=row.created_by,
            changed=ago(row.changed_at),
        )
        for row in rows
    )


def entries(ticket: str, thread: Sequence[Entry]) -> tuple[EntryText, ...]:
    return tuple(_entry(ticket, one) for one in thread)


def prefill(session: Session, linked: Linked, subject: str) -> Prefill:
    """From a connection that needs help or a booking: what is known already need not be typed."""
    if linked.connection:
        try:
            card = repairs.card(session, linked.connection)
        except NoSuchConnection:
            return Prefill(subject=subject, category=Category.INTEGRATION)
        return _about_connection(card, subject)
    if linked.booking:
        return Prefill(
            subject=subject or _("Booking %(number)s") % {"number": linked.booking_name},
            category=Category.BOOKING,
        )
    return Prefill(subject=subject)


def mailto(contacts: Contacts, ticket: TicketView | None = None, bundle: str = "") -> str:
    """Opens the reader's mail program; the file is attached by hand, so nothing leaves unseen."""
    subject = f"{ticket.number}: {ticket.subject}" if ticket else _("Help with AI Hotel Assistant")
    body = [_("Diagnostics: %(id)s") % {"id": bundle}] if bundle else []
    if ticket:
        body.append(_("The ticket is attached as %(file)s.") % {"file": f"{ticket.number}.zip"})
    text = f"mailto:{quote(contacts.email, safe='@')}?subject={quote(subject)}"
    return f"{text}&body={quote(chr(10).join(body))}" if body else text


def status_choices(now: TicketStatus, allowed: frozenset[TicketStatus]) -> list[tuple[str, str]]:
    return [(one.value, str(label)) for one, label in STATUSES.items() if one is now or one in allowed]


def _entry(ticket: str, one: Entry) -> EntryText:
    return EntryText(
        title=_("Became: %(status)s") % {"status": STATUSES[one.status]} if one.status else "",
        text=one.text,
        author=one.author,
        at=ago(one.at),
        tone=TONES[one.status] if one.status else "idle",
        files=tuple(
            FileText(
                file.name, size(file.size), url_for("tickets.file", public_id=ticket, file=file.public_id)
            )
            for file in one.files
        ),
    )


def _about_connection(card: repairs.RepairCard, subject: str) -> Prefill:
    if card.fault is None:
        return Prefill(subject=subject or card.name, category=Category.INTEGRATION)
    said = say(card.fault.message, card.fault.params)
    words = [said, say(card.fault.advice, card.fault.params), _since(card.since), f"[{card.fault.code}]"]
    return Prefill(
        subject=(subject or f"{card.name}: {said}")[:200],
        message="\n".join(filter(None, words)) + "\n\n",
        category=Category.INTEGRATION,
        priority=Priority.HIGH,
    )


def about_endpoint(one: EndpointTrouble) -> Prefill:
    """From the repair card of an outgoing webhook; the address stays out, for its path may be the receiver's secret."""
    card = endpoint_words.trouble(one)
    words = [card.text, card.advice, card.held, _since(one.since), f"[{one.public_id}]"]
    return Prefill(
        subject=card.title[:200],
        message="\n".join(filter(None, words)) + "\n\n",
        category=Category.INTEGRATION,
        priority=Priority.HIGH,
    )


def _since(at: datetime | None) -> str:
    return _("Since %(at)s.") % {"at": instant(at)} if at else ""
