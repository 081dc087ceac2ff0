"""Reads hits: what each says, which records must be read again, and whether what was read agrees with it."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.event import FactType
from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.contract import Event, Missing, Record
from webapp.integrations.kit.errors import ProviderError
from webapp.models import HitState, HitTrust, WebhookHit
from webapp.runtime import Runtime

from . import hit_parcels
from .hit_receivers import Reader, same_account

log = logging.getLogger(__name__)

STAMP_LEEWAY = timedelta(seconds=2)
"""Providers round their stamps to seconds."""
LONGEST_WORD = 60
_READABLE = {
    Stream.BOOKINGS: Stream.BOOKINGS,
    Stream.CHECK_INS: Stream.BOOKINGS,
    Stream.GUESTS: Stream.GUESTS,
}
_OVER = frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW})
_ARRIVED = frozenset({BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT})

UNREADABLE = Fault(
    code="hit_unreadable",
    message=N_("The hub itself failed while it read this call."),
    advice=N_("Send us the support bundle; the call is kept and can be replayed after an update."),
    actor=Actor.US,
)
NOT_KEPT = N_("It is about nothing that this hub keeps.")
OTHER_HOTEL = N_("It is about another hotel.")
NOT_TICKED = N_("This kind of data is not ticked for this connection.")
KNOWN_ALREADY = N_("The provider had sent the same event before.")


class Subject(NamedTuple):
    """One record to read again."""

    stream: Stream
    external_id: str


@dataclass(slots=True)
class Work:
    """One hit on its way. `state` stays WAITING until it is known what became of it."""

    hit: WebhookHit
    hints: dict[Subject, list[Event]] = field(default_factory=dict)
    words: str = ""
    dedupe: str | None = None
    state: HitState = HitState.WAITING
    note: str = ""
    fault: Fault | None = None
    is_lagging: bool = False
    changed: int = 0

    @property
    def is_open(self) -> bool:
        return self.state is HitState.WAITING and self.fault is None


def read(runtime: Runtime, reader: Reader, hit: WebhookHit, ticked: Collection[Stream]) -> Work:
    """What a hit asks for. What cannot be understood has a fault. Raises VaultError."""
    work = Work(hit)
    parcel = hit_parcels.open_parcel(runtime, hit)
    try:
        events = reader.adapter.parse(hit_parcels.as_hit(parcel, hit.received_at))
    except ProviderError as error:
        work.fault = error.fault
        return work
    except Exception as error:  # a bug that one sender's bytes found must not hold up everybody's hits
        log.exception("hit %s could not be read", hit.public_id)
        work.fault = msgspec.structs.replace(UNREADABLE, detail=type(error).__name__)
        return work
    work.words = ", ".join(dict.fromkeys(_word(event.type) for event in events))[:200]
    work.dedupe = dedupe_of(events)
    reasons: set[str] = set()
    for event in events:
        reason = _reason_to_ignore(event, reader, ticked)
        if reason:
            reasons.add(reason)
            continue
        subject = Subject(_READABLE[event.stream], event.subject[:100])
        if hit.trust == HitTrust.UNVERIFIED and work.hints and subject not in work.hints:
            continue  # who proves nothing makes the hub read one record, not a thousand
        work.hints.setdefault(subject, []).append(event)
    if not work.hints:
        work.state = HitState.IGNORED
        work.note = min(reasons, default=NOT_KEPT)
    return work


def dedupe_of(events: Collection[Event]) -> str | None:
    """One mark for the whole call; None unless every event has one, since two true calls may then be alike."""
    marks = [f"id|{event.id}" if event.id else event.dedupe for event in events]
    known = [mark for mark in marks if mark]
    if not known or len(known) != len(marks):
        return None
    return blake2b("\n".join(known).encode("utf-8", "replace"), digest_size=16).hexdigest()


def contradicts(event: Event, found: Record | Missing) -> bool:
    """Whether the record that was read does not show yet what the hit says: providers' reads lag behind their calls."""
    if isinstance(found, Missing):
        return event.fact is not FactType.BOOKING_CANCELLED
    if not isinstance(found, Booking):
        return False
    if _is_newer(event, found):
        return False  # the record has seen more than the hit tells of
    statuses = {found.status, *(stay.status for stay in found.stays)}
    if event.fact is FactType.BOOKING_CANCELLED:
        return not statuses & _OVER
    if event.fact is FactType.GUEST_CHECKIN:
        return not statuses & _ARRIVED
    if event.fact is FactType.GUEST_CHECKOUT:
        return BookingStatus.CHECKED_OUT not in statuses
    if event.fact is FactType.BOOKING_UPDATED and event.occurred_at and found.updated_at:
        return found.updated_at < event.occurred_at - STAMP_LEEWAY
    return False


def _is_newer(event: Event, found: Booking) -> bool:
    return bool(
        event.occurred_at and found.updated_at and found.updated_at > event.occurred_at + STAMP_LEEWAY
    )


def _reason_to_ignore(event: Event, reader: Reader, ticked: Collection[Stream]) -> str:
    if event.account and reader.account and not same_account(event.account, reader.account):
        return OTHER_HOTEL
    if not event.subject or event.stream not in _READABLE:
        return NOT_KEPT
    wanted = {event.stream, _READABLE[event.stream]}
    if _READABLE[event.stream] is Stream.BOOKINGS:
        wanted.add(Stream.CHECK_INS)
    return "" if wanted & set(ticked) else NOT_TICKED


def _word(kind: str) -> str:
    """The provider's word as a log can show it: it came from outside."""
    return "".join(letter for letter in kind if letter.isprintable())[:LONGEST_WORD] or "?"
