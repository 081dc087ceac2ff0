"""Cloudbeds' calls to the hub: what they say, and ordering them, which only the API can do."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, Hit, Subscription
from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing
from webapp.integrations.kit.plain_values import text

from .asking import Asker, decoded
from .manifest import EVENTS, STATUSES
from .payloads import Subscribed, WebhookData, WebhookRow
from .refusals import ScopeMissing

_BODY = msgspec.json.Decoder(dict[str, Any])
_WITH_STATUS = frozenset({"reservation/status_changed", "reservation/accommodation_status_changed"})
_LATEST = 4_102_444_800.0  # 2100: what lies beyond is no time of an event


def events_of(hit: Hit) -> tuple[Event, ...]:
    """One event a call. Raises ContractBroken for what is no object or has no `event`."""
    body = _body(hit)
    if body is None:
        raise ContractBroken("webhook: body", "not a JSON object")
    word = text(body.get("event"))
    if not word:
        raise ContractBroken("webhook: event", "missing")
    account = _account(body)
    reservation, guest = _id(body, "reservationid"), _id(body, "guestid")
    fact = _fact(word, body)
    subject = reservation or guest
    stamp = body.get("timestamp")
    return (
        Event(
            id=None,  # there is none
            type=word,
            fact=fact,
            occurred_at=_moment(stamp),
            # Guest events name a reservation only sometimes.
            stream=Stream.GUESTS if guest and not reservation else Stream.BOOKINGS,
            subject=subject if word.partition("/")[0] in ("reservation", "guest") else "",
            account=account,
            dedupe=f"{word}|{account or ''}|{subject}|{text(stamp)}" if subject and text(stamp) else None,
        ),
    )


def account_of(hit: Hit) -> str | None:
    """The property, without trusting anything else of the call."""
    body = _body(hit)
    return None if body is None else _account(body)


class Subscriptions:
    """Our orders at Cloudbeds: one for each object and action. They vanish when the hotel disconnects the app."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def all(self) -> Iterator[Subscription]:
        for raw in self._asker.list("getWebhooks").rows:
            row = decoded(raw, WebhookRow, "getWebhooks")
            event = f"{text(row.event.entity)}/{text(row.event.action)}" if row.event else ""
            data = row.subscriptionData
            endpoint = text(data.endpoint) if isinstance(data, WebhookData) else ""
            if text(row.id):
                yield Subscription(text(row.id), event, endpoint)

    def order(self, url: str) -> tuple[Subscription, ...]:
        """What is ordered already stays as it is, so asking twice orders nothing twice.

        Where a permission is missing the others are ordered all the same; then ScopeMissing names it.
        """
        have = {item.type: item for item in self.all() if item.url == url}
        refused: set[str] = set()
        for name in EVENTS:
            entity, _, action = name.partition("/")
            if name in have or entity in refused:
                continue
            try:
                have[name] = self._order(entity, action, url)
            except PermissionMissing:
                refused.add(entity)
        if refused:
            raise ScopeMissing("postWebhook", scopes=[f"read:{entity}" for entity in sorted(refused)])
        return tuple(have[name] for name in EVENTS)

    def _order(self, entity: str, action: str, url: str) -> Subscription:
        form = {"object": entity, "action": action, "endpointUrl": url}
        answered = self._asker.post("postWebhook", form)
        made = decoded(answered.data, Subscribed, "postWebhook")
        return Subscription(text(made.subscriptionID), f"{entity}/{action}", url)

    def end(self, url: str) -> int:
        """Whatever has been ordered for the address, events of former versions too."""
        ended = 0
        for item in list(self.all()):
            if item.url == url:
                try:
                    self._asker.delete("deleteWebhook", {"subscriptionID": item.external_id})
                except NotFound:
                    continue
                ended += 1
        return ended


def _body(hit: Hit) -> Mapping[str, Any] | None:
    """The payload with its names in small letters: `reservationID` and `reservationId` are both in use."""
    try:
        return {name.lower(): value for name, value in _BODY.decode(hit.body).items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _account(body: Mapping[str, Any]) -> str | None:
    return _id(body, "propertyid") or None


def _id(body: Mapping[str, Any], name: str) -> str:
    """The text beside a number is preferred: `propertyID_str` beside `propertyID`."""
    return (text(body.get(f"{name}_str")) or text(body.get(name)))[:100]


def _fact(word: str, body: Mapping[str, Any]) -> FactType | None:
    if word in _WITH_STATUS:
        return STATUSES.get(text(body.get("status")).lower(), EVENTS[word])
    return EVENTS.get(word)


def _moment(value: Any) -> datetime | None:
    """Seconds since 1970, with a fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)
