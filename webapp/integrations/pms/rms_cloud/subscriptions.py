"""Orders RMS's calls: one registration for each event, with our own secret and the event's name in headers of ours."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from webapp.integrations.kit.contract import LASTING, Credentials, Subscription, TokenCache
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import text
from webapp.vault import Secret

from .asking import Rms
from .house import House
from .manifest import ORDERS, TRAINING, Order
from .reading import Row, id_of
from .refusals import TrainingNeverCalls

HOOKS = "webhooks"
SECRET_HEADER, EVENT_HEADER = "X-Hub-Secret", "X-Hub-Event"
KEPT_AS = f"{LASTING}webhook-secrets"
KEPT_FOR = timedelta(days=3650)
_MODEL = "lite"


class Subscriptions:
    """Without own headers RMS would send the agent's password along. Raises ProviderError."""

    def __init__(self, rms: Rms, house: House, credentials: Credentials, tokens: TokenCache) -> None:
        self._rms = rms
        self._house = house
        self._is_training = credentials.text("training") == TRAINING
        self._tokens = tokens

    def all(self) -> tuple[Subscription, ...]:
        return tuple(Subscription(id_of(row), _event(row), text(row.get("endpoint"))) for row in self._rows())

    def order(self, url: str) -> tuple[Subscription, ...]:
        """Completes what stands, and replaces what has another secret than ours or none. Raises TrainingNeverCalls."""
        if self._is_training:
            raise TrainingNeverCalls
        secret = self._secret_of(url)
        made: list[Subscription] = []
        standing = {_event(row): row for row in self._rows() if text(row.get("endpoint")) == url}
        for event, order in ORDERS.items():
            row = standing.get(event)
            if row is not None and _has(row, event, secret):
                made.append(Subscription(id_of(row), event, url))
                continue
            if row is not None:
                self._end(id_of(row))
            made.append(Subscription(self._make(url, event, order, secret), event, url))
        return tuple(made)

    def end(self, url: str) -> int:
        rows = [row for row in self._rows() if text(row.get("endpoint")) == url]
        ended = sum(self._end(id_of(row)) for row in rows)
        kept = self._kept()
        if kept.pop(urlsplit(url).path, None) is not None:
            self._keep(kept)
        return ended

    def secrets(self) -> tuple[Secret, ...]:
        """Asks nobody."""
        return tuple(Secret(value) for value in self._kept().values())

    # ----------------------------------------------------------------------------------------------------------------

    def _rows(self) -> list[Row]:
        """Whether those of the whole database are listed with a property's is not documented."""
        listed = [
            row
            for property_id in (self._house.hotel.id, 0)
            for row in self._rms.every(HOOKS, {"propertyId": property_id})
        ]
        return list({id_of(row): row for row in listed}.values())

    def _make(self, url: str, event: str, order: Order, secret: Secret) -> str:
        body: dict[str, Any] = {
            "endpoint": url,
            "entityType": order.entity,
            "action": order.action,
            # Guests belong to the whole database.
            "propertyId": self._house.hotel.id if order.entity == "reservation" else 0,
            "modelType": _MODEL,
            "headers": [
                {"key": SECRET_HEADER, "value": secret.reveal()},
                {"key": EVENT_HEADER, "value": event},
            ],
        }
        if order.sub_action:
            body["subAction"] = order.sub_action
        found = self._rms.change("POST", HOOKS, body).json(Any)
        row = found[0] if isinstance(found, list) and found else found
        identity = id_of(row) if isinstance(row, dict) else ""
        if not identity:
            raise ContractBroken(f"{HOOKS}: id")
        return identity

    def _end(self, identity: str) -> bool:
        try:
            self._rms.change("DELETE", f"{HOOKS}/{identity}")
        except NotFound:
            return False
        return True

    def _secret_of(self, url: str) -> Secret:
        kept, path = self._kept(), urlsplit(url).path
        if path not in kept:
            kept[path] = secrets.token_urlsafe(32)
            self._keep(kept)  # before RMS knows it: its first call may come at once
        return Secret(kept[path])

    def _kept(self) -> dict[str, str]:
        sealed = self._tokens.get(KEPT_AS)
        try:
            return msgspec.json.decode(sealed.reveal(), type=dict[str, str]) if sealed else {}
        except msgspec.DecodeError:
            return {}

    def _keep(self, kept: dict[str, str]) -> None:
        until = self._rms.now + KEPT_FOR
        self._tokens.put(KEPT_AS, Secret(msgspec.json.encode(kept).decode()), until)


def _event(row: Row) -> str:
    """Our name of a registration; RMS's words for one that is not ours."""
    words = tuple(text(row.get(name)) for name in ("entityType", "action", "subAction"))
    folded = tuple(word.casefold() for word in words)
    for event, order in ORDERS.items():
        if folded == tuple(word.casefold() for word in (order.entity, order.action, order.sub_action)):
            return event
    return "/".join(word for word in words if word)


def _has(row: Row, event: str, secret: Secret) -> bool:
    """RMS shows the headers of a registration; where it hides their values, ours is replaced."""
    headers = _headers(row.get("headers"))
    given = headers.get(SECRET_HEADER.casefold(), "")
    is_ours = secrets.compare_digest(given.encode(), secret.reveal().encode())
    return is_ours and headers.get(EVENT_HEADER.casefold()) == event


def _headers(value: Any) -> dict[str, str]:
    pairs = value if isinstance(value, list) else []
    return {
        text(pair.get("key")).casefold(): text(pair.get("value")) for pair in pairs if isinstance(pair, dict)
    }
