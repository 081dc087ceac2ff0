"""Guesty's calls to the hub: signed by Svix, of both generations, each a hint at a reservation or guest to read again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import first, text
from webapp.integrations.kit.signatures import STANDARD_WEBHOOKS, SVIX, verify_hmac
from webapp.integrations.kit.unreadable import Unreadable
from webapp.vault import Secret

from .manifest import GUEST_EVENTS, OLD_EVENTS, RESERVATION_EVENTS
from .mapping import STATUSES
from .reading import id_of, is_id, moment

_BODY = msgspec.json.Decoder(dict[str, Any])
_FACTS: Mapping[str, FactType] = {**RESERVATION_EVENTS, **OLD_EVENTS}
_ID_HEADERS = ("svix-id", "webhook-id")
_LONGEST_ID = 200


def verify(hit: Hit, secrets: Iterable[Secret], now: datetime) -> None:
    """Svix names its headers `svix-…`, and `webhook-…` in the standard that it grew into. Raises SignatureRejected, and
    only that."""
    names = {name.lower() for name in hit.headers}
    scheme = STANDARD_WEBHOOKS if "webhook-signature" in names and "svix-signature" not in names else SVIX
    verify_hmac(scheme, hit.headers, hit.body, secrets, now)


def events_of(hit: Hit) -> tuple[Event, ...]:
    """One event a call. Raises ContractBroken, and only that."""
    try:
        body = _BODY.decode(hit.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ContractBroken("webhook: body") from None
    word = first(body.get("event"), body.get("eventType"))
    if not word:
        raise ContractBroken("webhook: event")
    data = _object(body.get("data"))
    stream, subject, fact = Stream.BOOKINGS, "", None
    if word in _FACTS:
        record = _record(body, data, "reservation")
        subject = (
            id_of(record, "reservationId") or id_of(data, "reservationId") or text(body.get("reservationId"))
        )
        fact = _fact(word, record)
    elif word in GUEST_EVENTS:
        record = _record(body, data, "guest")
        stream = Stream.GUESTS
        subject = id_of(record, "guestId") or text(body.get("guestId"))
    return (
        Event(
            id=_svix_id(hit),
            type=word,
            fact=fact,
            occurred_at=_moment(first(body.get("publishedAt"), data.get("publishedAt"))),
            stream=stream,
            subject=subject if is_id(subject) else "",
            account=None,  # the signature tells whose it is; the ids in the body name listings of one account
            dedupe=None,
        ),
    )


def _record(body: Mapping[str, Any], data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """`data`, `data.reservation` and `reservation` are all in use."""
    inner = _object(data.get(name))
    return inner or _object(body.get(name)) or data


def _fact(word: str, record: Mapping[str, Any]) -> FactType:
    """An update that says what became of the status announces that."""
    told = STATUSES.get(text(record.get("status")).lower())
    is_update = _FACTS[word] is FactType.BOOKING_UPDATED
    return FactType.BOOKING_CANCELLED if is_update and told == "cancelled" else _FACTS[word]


def _svix_id(hit: Hit) -> str | None:
    """The same for every attempt of one call."""
    named = {name.lower(): value for name, value in hit.headers.items()}
    found = next((named[name].strip() for name in _ID_HEADERS if named.get(name, "").strip()), "")
    return found if 0 < len(found) <= _LONGEST_ID else None


def _moment(given: str) -> datetime | None:
    try:
        return moment(given, "publishedAt")
    except (Unreadable, OverflowError):
        return None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
