"""Tells other programs of tickets: one event for each step, in the transaction of the step."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from webapp.domain.outgoing import OutgoingType

from . import outbox
from .outbox import News

if TYPE_CHECKING:
    from .tickets import TicketView


def tell(session: Session, kind: OutgoingType, view: "TicketView", at: datetime) -> None:
    """Neither subject nor thread: what a guest told the front desk stays in the house."""
    data = {
        "ticket_id": view.public_id,
        "number": view.number,
        "category": view.category,
        "priority": view.priority,
        "status": view.status,
        "booking_id": view.booking,
        "created_at": outbox.stamp(view.created_at),
    }
    outbox.tell(session.connection(), at, [News(kind, at, data, subject=view.public_id)])
