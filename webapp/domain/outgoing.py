"""What the hub tells other programs: the kinds of events, and an example of each for documents and test events."""

from enum import StrEnum
from typing import Any


class OutgoingType(StrEnum):
    """The first five are facts about a booking and have their names; the others come from elsewhere in the hub."""

    BOOKING_CREATED = "booking.created"
    BOOKING_UPDATED = "booking.updated"
    BOOKING_CANCELLED = "booking.cancelled"
    GUEST_CHECKIN = "guest.checkin"
    GUEST_CHECKOUT = "guest.checkout"
    TICKET_CREATED = "ticket.created"
    TICKET_UPDATED = "ticket.updated"
    PAYMENT_SUCCEEDED = "payment.succeeded"
    INTEGRATION_DEGRADED = "integration.degraded"
    INTEGRATION_RECOVERED = "integration.recovered"
    WEBHOOK_TEST = "webhook.test"  # only ever sent by hand


CHOICES = tuple(kind for kind in OutgoingType if kind is not OutgoingType.WEBHOOK_TEST)
"""What an endpoint can ask for."""

_BOOKING: dict[str, Any] = {
    "booking_id": "bk_01JEXAMPLE0000000000000000",
    "external_id": "R-10482",
    "confirmation_number": "AUR-10482",
    "source": "Website",
    "status": "confirmed",
    "arrival": "2026-12-04",
    "departure": "2026-12-07",
    "room_type": "Double",
    "guests": {"adults": 2, "children": 0},
    "total": {"amount": 38850, "currency": "EUR"},
}
_STAY: dict[str, Any] = {
    "booking_id": "bk_01JEXAMPLE0000000000000000",
    "guest_id": "gu_01JEXAMPLE0000000000000000",
    "room": "214",
}
_TICKET: dict[str, Any] = {
    "ticket_id": "tk_01JEXAMPLE0000000000000000",
    "number": "T-1042",
    "category": "integration",
    "priority": "normal",
    "status": "open",
    "booking_id": None,
    "created_at": "2026-12-04T15:12:40Z",
}
_INTEGRATION: dict[str, Any] = {
    "integration_id": "cn_01JEXAMPLE0000000000000000",
    "name": "Front desk PMS",
    "provider": "custom_rest",
    "state": "needs_attention",
    "code": "credentials_rejected",
}

EXAMPLES: dict[OutgoingType, dict[str, Any]] = {
    OutgoingType.BOOKING_CREATED: _BOOKING,
    OutgoingType.BOOKING_UPDATED: {**_BOOKING, "changed": ["departure", "nights"]},
    OutgoingType.BOOKING_CANCELLED: {**_BOOKING, "status": "cancelled"},
    OutgoingType.GUEST_CHECKIN: {**_STAY, "checked_in_at": "2026-12-04T15:12:40Z"},
    OutgoingType.GUEST_CHECKOUT: {**_STAY, "checked_out_at": "2026-12-07T09:40:00Z"},
    OutgoingType.TICKET_CREATED: _TICKET,
    OutgoingType.TICKET_UPDATED: {**_TICKET, "status": "waiting"},
    OutgoingType.PAYMENT_SUCCEEDED: {
        "payment_id": "py_01JEXAMPLE0000000000000000",
        "provider": "stripe",
        "amount": 38850,
        "currency": "EUR",
        "invoice_id": None,
        "booking_id": "bk_01JEXAMPLE0000000000000000",
    },
    OutgoingType.INTEGRATION_DEGRADED: _INTEGRATION,
    OutgoingType.INTEGRATION_RECOVERED: {**_INTEGRATION, "state": "healthy", "code": None},
    OutgoingType.WEBHOOK_TEST: {"endpoint_id": "we_01JEXAMPLE0000000000000000"},
}
