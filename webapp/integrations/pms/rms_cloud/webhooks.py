"""RMS's calls to the hub: a bare entity, proven and named by headers of our own, and a hint at what to read again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken, SignatureRejected
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.signatures import verify_secret_header
from webapp.vault import Secret

from .manifest import ORDERS
from .reading import id_of, number_of
from .subscriptions import EVENT_HEADER, SECRET_HEADER

_BODY = msgspec.json.Decoder(Any)


def verify(hit: Hit, secrets: Sequence[Secret], _now: datetime) -> None:
    """By any of the secrets that our own registrations send. Raises SignatureRejected, and only that."""
    if not secrets:
        raise SignatureRejected(N_("no signing secret is stored here"))
    failure: SignatureRejected | None = None
    is_known = False
    for secret in secrets:  # all are compared, whichever fits
        try:
            verify_secret_header(hit.headers, SECRET_HEADER, secret)
        except SignatureRejected as error:
            failure = error
        else:
            is_known = True
    if not is_known and failure is not None:
        raise failure


def events_of(hit: Hit) -> tuple[Event, ...]:
    """One for each entity in the body. Raises ContractBroken, and only that."""
    try:
        body = _BODY.decode(hit.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ContractBroken("webhook: body") from None
    name = {key.lower(): value for key, value in hit.headers.items()}.get(EVENT_HEADER.lower(), "").strip()
    order = ORDERS.get(name)
    entity = order.entity if order else _kind(body)
    entities = [item for item in (body if isinstance(body, list) else [body]) if isinstance(item, dict)]
    subjects = [_subject(item, entity) for item in entities]
    # A call that is ours by its header says that something happened, even when it does not say to whom.
    if not entities or not (order or any(subjects)):
        raise ContractBroken("webhook: entity")
    return tuple(
        Event(
            id=None,
            type=name if order else entity,
            fact=order.fact if order else None,
            occurred_at=None,
            stream=Stream.GUESTS if entity == "guest" else Stream.BOOKINGS,
            subject=subject,
            account=_account(item),
            # No id and no time: two calls that look the same may tell of two changes.
            dedupe=None,
        )
        for item, subject in zip(entities, subjects, strict=True)
    )


def _subject(body: Mapping[str, Any], entity: str) -> str:
    """No envelope is documented; the entity may stand in the body, or in one of the usual places inside it."""
    inner = next(
        (found for key in (entity, "data", "entity", "payload") if isinstance(found := body.get(key), dict)),
        body,
    )
    for place in (inner, body):
        for key in ("id", f"{entity}Id"):
            identity = id_of(place, key)
            if number_of(identity) is not None:
                return identity
    return ""


def _account(body: Mapping[str, Any]) -> str | None:
    return id_of(body, "propertyId") or None


def _kind(body: Any) -> str:
    """Of a call without our header: a guest has a title or an address, a reservation has a day of arrival."""
    row = body[0] if isinstance(body, list) and body else body
    is_guest = isinstance(row, dict) and "arrivalDate" not in row and bool(text(row.get("guestSurname")))
    return "guest" if is_guest else "reservation"
