"""Support tickets with their threads and files, diagnostics that people made, and whom to reach."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model
from .booking import Booking
from .connection import Connection


class Ticket(Model):
    """Something that somebody needs help with. Rows are never deleted.""" ""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_changed", "changed_at", "id"),
        Index("ix_ticket_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    number: Mapped[int] = mapped_column(unique=True)  # T-1001 is 1001
    subject: Mapped[str] = mapped_column(String(200))
    category: Mapped[str] = mapped_column(String(16))
    priority: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(8))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey(Booking.id))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey(Connection.id))
    created_by: Mapped[str] = mapped_column(String(254))  # e-mail, or "API key …"
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    search_text: Mapped[str] = mapped_column(Text, default="")  # folded words of subject and thread


class TicketMessage(Model):
    """One entry of a thread; with `status` it also says what the ticket became."""

    __tablename__ = "ticket_message"
    __table_args__ = (Index("ix_ticket_message_ticket", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    ticket_id: Mapped[int] = mapped_column(Key, ForeignKey("ticket.id"))
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[str | None] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime]


class TicketAttachment(Model):
    """A file of a message, sealed: a backup of the database has it, and no web server can serve it by accident."""

    __tablename__ = "ticket_attachment"
    __table_args__ = (Index("ix_ticket_attachment_message", "message_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    message_id: Mapped[int] = mapped_column(Key, ForeignKey("ticket_message.id"))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(80))  # as its bytes say, not its name
    size: Mapped[int]  # bytes, unsealed
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class DiagnosticsBundle(Model):
    """A redacted account of the hub as somebody saw it; attached by its id, so that what was read is what goes."""

    __tablename__ = "diagnostics_bundle"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    made_by: Mapped[str] = mapped_column(String(254))
    made_at: Mapped[datetime] = mapped_column(index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON


class SupportContact(Model):
    """One row, once an admin or a reseller has put other contacts in the place of the vendor's."""

    __tablename__ = "support_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    docs_url: Mapped[str] = mapped_column(String(300))
    phone: Mapped[str] = mapped_column(String(60))
    shows_phone: Mapped[bool]  # the phone belongs to the Enterprise edition
