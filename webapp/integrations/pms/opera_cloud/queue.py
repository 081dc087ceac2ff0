"""OPERA's queue of business events: read until it is empty, and each event understood as a hint."""

from collections.abc import Iterator, Sequence

import msgspec

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import text

from .asking import Ohip
from .change_payloads import BusinessEvent, EventDetail, EventsAnswer
from .mapping import status_of

AT_ONCE = 20
"""The most that one call returns."""
LIST = "businessEventData"

FACTS = {
    "NEW RESERVATION": FactType.BOOKING_CREATED,
    "UPDATE RESERVATION": FactType.BOOKING_UPDATED,
    "CANCEL": FactType.BOOKING_CANCELLED,
    "ROLLBACK CANCEL": FactType.BOOKING_UPDATED,
    "NO SHOW": FactType.BOOKING_UPDATED,
    "REVERSE NO SHOW": FactType.BOOKING_UPDATED,
    "CHECK IN": FactType.GUEST_CHECKIN,
    # Nobody is in house yet: what it made of the booking shows when it is read again.
    "ADVANCE CHECK IN": FactType.BOOKING_UPDATED,
    "CHECK OUT": FactType.GUEST_CHECKOUT,
    "REVERSE CHECK IN": FactType.BOOKING_UPDATED,
    "REVERSE CHECK OUT": FactType.BOOKING_UPDATED,
}
"""Action of the module Reservation -> what it announces; all others of that module are updates."""
_OF_STATUS = {
    "checked_in": FactType.GUEST_CHECKIN,
    "checked_out": FactType.GUEST_CHECKOUT,
    "cancelled": FactType.BOOKING_CANCELLED,
}
_STATUS_ELEMENT = "RESERVATION STATUS"


def drain(ohip: Ohip) -> Iterator[bytes]:
    """One raw answer each, until OPERA has none left. Reading deletes, so every answer must be stored before the next
    is asked for, and no call is repeated: an answer that was lost on its way is gone. Raises ProviderError."""
    path = f"int/v1/externalSystem/{ohip.external_system}/hotels/{ohip.hotel_id}/businessEvents"
    while True:
        answer = ohip.read_once(path, {"limit": AT_ONCE})
        if answer is None or not answer.body:
            return
        yield answer.body
        if not split(answer.body):
            return


def split(body: bytes) -> tuple[bytes, ...]:
    """An answer as one body per event, byte for byte; what cannot be taken apart stays whole."""
    try:
        listed = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(LIST, msgspec.Raw(b"[]"))
        parts = msgspec.json.decode(listed, type=list[msgspec.Raw] | None) or []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (body,)
    return tuple(b'{"' + LIST.encode() + b'":[' + bytes(part) + b"]}" for part in parts)


def events_of(hit: Hit) -> tuple[Event, ...]:
    """Raises ContractBroken for what is no event."""
    try:
        found = msgspec.json.decode(hit.body, type=EventsAnswer).business_event_data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ContractBroken(LIST) from None
    if not found:
        raise ContractBroken(LIST)
    return tuple(_event(data.business_event) for data in found)


def _event(event: BusinessEvent) -> Event:
    """The time of an event has no zone and is that of the queue, not of the change: so none is told, or every record
    would look too old for its event and be read again and again."""
    header = event.header
    module, action = text(header.module_name), text(header.action_type).upper()
    stream = _stream(module, action)
    number = text(header.action_id)
    return Event(
        id=None,
        type=action or module or "?",
        fact=_fact(event, action) if stream is Stream.BOOKINGS else None,
        occurred_at=None,
        stream=stream or Stream.BOOKINGS,
        subject=text(header.primary_key) if stream is not None else "",
        account=text(header.hotel_id) or None,
        dedupe=f"{module.casefold()}|{number}"
        if module and number
        else None,  # unique inside its module only
    )


def _stream(module: str, action: str) -> Stream | None:
    """The module is a word by the contract, in some samples a number; then the action tells."""
    word = module.casefold()
    if word == "reservation" or (word.isdigit() and (action in FACTS or action.endswith(" RESERVATION"))):
        return Stream.BOOKINGS
    if word == "profile" or (word.isdigit() and action.endswith(" PROFILE")):
        return Stream.GUESTS
    return None


def _fact(event: BusinessEvent, action: str) -> FactType:
    """Check-ins may come as an update with a new status."""
    fact = FACTS.get(action, FactType.BOOKING_UPDATED)
    return (_of_new_status(event.details or ()) or fact) if action == "UPDATE RESERVATION" else fact


def _of_new_status(details: Sequence[EventDetail]) -> FactType | None:
    for detail in details:
        if text(detail.data_element).upper() == _STATUS_ELEMENT:
            status = status_of(text(detail.new_value))
            return _OF_STATUS.get(status.value) if status else None
    return None
