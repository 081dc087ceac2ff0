"""Mews' calls to the hub: which hotel and which records they are about. They hold ids only, and no signature."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken, SignatureRejected
from webapp.vault import Secret

SECRET_PARAMETER = "secret"  # noqa: S105 - its name, not its value

# Type -> what it announces and which records it is about. "Updated" includes the first time, so that a change of a
# booking may be any of the five facts: the record tells.
_KNOWN: Mapping[str, tuple[FactType | None, Stream]] = {
    "ServiceOrderUpdated": (FactType.BOOKING_UPDATED, Stream.BOOKINGS),
    "CustomerAdded": (None, Stream.GUESTS),
    "CustomerUpdated": (None, Stream.GUESTS),
    "ResourceUpdated": (None, Stream.AVAILABILITY),
    "ResourceBlockUpdated": (None, Stream.AVAILABILITY),
}
# Of rooms and their blocks the hub keeps counts a day, which have no id to read again.
_READ_AGAIN = frozenset({Stream.BOOKINGS, Stream.GUESTS})


class _Shape(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """What is not named here is not read: calls about integrations carry live tokens."""


class _Subject(_Shape, frozen=True, rename="pascal"):
    id: str | None = None


class _General(_Shape, frozen=True, rename="pascal"):
    discriminator: str
    value: _Subject | None = None


class _IntegrationData(_Shape, frozen=True, rename="pascal"):
    enterprise: _Subject | None = None
    created_utc: datetime | None = None
    deleted_utc: datetime | None = None


class _Message(_Shape, frozen=True, rename="pascal"):
    """Either of the two kinds: the general webhook with `events`, or the one about an integration with `action`."""

    enterprise_id: str | None = None
    events: tuple[_General, ...] | None = None
    action: str | None = None
    data: _IntegrationData | None = None


_decoder = msgspec.json.Decoder(_Message)


def verify(hit: Hit, secrets: Secret) -> None:
    """Compares the secret in the address in constant time; `secrets` may hold two while it is changed. Raises
    SignatureRejected, and only that."""
    given = hit.query.get(SECRET_PARAMETER, "")
    if not given:
        raise SignatureRejected(N_("the secret in the address is missing"))
    wanted = secrets.reveal().split()
    if not wanted:
        raise SignatureRejected(N_("no webhook secret is stored here"))
    # Not a short-circuiting any(): all comparisons are made, whichever fits.
    fits = [hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()) for secret in wanted]
    if not any(fits):
        raise SignatureRejected(N_("the secret in the address does not match"))


def parse(hit: Hit) -> tuple[Event, ...]:
    """In the order of the call, each subject of a type once. Neither an id nor a time comes with an event, so two true
    changes may look the same and nothing can be told a duplicate. Raises ContractBroken, and only that."""
    message = _read(hit)
    if message.events is not None:
        pairs = dict.fromkeys(
            (event.discriminator, (event.value.id if event.value else None) or "") for event in message.events
        )
        return tuple(_event(kind, subject, message.enterprise_id) for kind, subject in pairs)
    if message.action is not None:
        data = message.data or _IntegrationData()
        return (
            Event(
                id=None,
                type=message.action,
                fact=None,
                occurred_at=data.deleted_utc or data.created_utc,
                stream=Stream.BOOKINGS,
                subject="",
                account=_account(message),
                dedupe=None,
            ),
        )
    raise ContractBroken(Sentence(N_("webhook: neither Events nor Action")))


def account_of(hit: Hit) -> str | None:
    """The enterprise; one address serves all hotels of an application. None where the call names only the
    integration, and for what is no call of Mews. Raises nothing."""
    try:
        return _account(_read(hit))
    except ContractBroken:
        return None


def _read(hit: Hit) -> _Message:
    """Whatever the content type says: Mews promises none."""
    try:
        return _decoder.decode(hit.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The texts of these errors may repeat the body, which may hold a token.
        raise ContractBroken("webhook: the body") from None


def _account(message: _Message) -> str | None:
    enterprise = message.data.enterprise if message.data else None
    return message.enterprise_id or (enterprise.id if enterprise else None)


def _event(kind: str, subject: str, account: str | None) -> Event:
    fact, stream = _KNOWN.get(kind, (None, Stream.BOOKINGS))
    is_read_again = kind in _KNOWN and stream in _READ_AGAIN
    details: dict[str, Any] = {"id": None, "occurred_at": None, "account": account, "dedupe": None}
    return Event(type=kind, fact=fact, stream=stream, subject=subject if is_read_again else "", **details)
