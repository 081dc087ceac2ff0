"""Adapters that understand inbound calls, kept at hand per connection so that a call costs no vault and no recipe."""

import threading
from collections import OrderedDict
from contextlib import ExitStack
from datetime import datetime

from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.integrations.kit.contract import Adapter, Credentials, Hit, SignsByChoice, WebhookReceiver
from webapp.integrations.kit.errors import SignatureRejected
from webapp.integrations.kit.event_queue import EventReader
from webapp.models import Connection
from webapp.runtime import Runtime

from .adapters import credentials_of, open_adapter

_MOST = 64


class Reader(Value, frozen=True):
    """What understands the stored hits of one connection, whichever way they came. `account` as in Receiver."""

    account: str
    adapter: EventReader


class Receiver(Value, frozen=True):
    """One connection's ear. `account` is the provider's id of the hotel, empty when the admin need not tell it."""

    connection_id: int
    account: str
    address_is_proof: bool
    adapter: WebhookReceiver

    def refusal(self, hit: Hit, now: datetime) -> str:
        """Why the hit's own proof does not hold; empty when it does."""
        try:
            self.adapter.verify(hit, now)
        except SignatureRejected as error:
            return str(error.params.get("reason", "")) or "it is not signed"
        return ""

    def is_meant(self, hit: Hit) -> bool:
        """Whether the hit names this connection's hotel."""
        told = self.adapter.account_of(hit)
        return bool(told) and bool(self.account) and same_account(told, self.account)

    def is_of_another(self, hit: Hit) -> bool:
        """Whether the hit names a hotel that is not this connection's."""
        told = self.adapter.account_of(hit)
        return bool(told) and bool(self.account) and not same_account(told, self.account)


def same_account(one: str | None, other: str | None) -> bool:
    return (one or "").strip().casefold() == (other or "").strip().casefold()


class Receivers:
    """By connection, renewed whenever its row changed. Verifying and parsing hold no state, so threads share them."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[int, datetime], Receiver | None] = OrderedDict()

    def of(self, connection_id: int, changed_at: datetime) -> Receiver | None:
        """None for a provider that takes no calls or is not part of this version. Raises VaultError."""
        key = (connection_id, changed_at)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        with self._runtime.reading() as session:
            connection = session.get_one(Connection, connection_id)
        made = receiver_of(self._runtime, connection)
        with self._lock:
            self._known[key] = made
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return made


def reader_of(runtime: Runtime, connection: Connection) -> Reader | None:
    """None for a provider that has no events or is not part of this version. Raises VaultError."""
    try:
        credentials = credentials_of(runtime, connection)
        adapter = _ear(runtime, connection, credentials)
    except registry.UnknownProvider:
        return None
    return Reader(credentials.text("property_id"), adapter) if isinstance(adapter, EventReader) else None


def _ear(runtime: Runtime, connection: Connection, credentials: Credentials) -> Adapter:
    """Its client is closed at once: an ear makes no calls."""
    with ExitStack() as stack:
        return stack.enter_context(
            open_adapter(
                runtime,
                connection.provider,
                credentials,
                connection_id=connection.id,
                record=lambda _call: None,
            )
        )


def receiver_of(runtime: Runtime, connection: Connection) -> Receiver | None:
    try:
        manifest = registry.manifest(connection.provider)
    except registry.UnknownProvider:
        return None
    if manifest.webhook is None:
        return None
    credentials = credentials_of(runtime, connection)
    adapter = _ear(runtime, connection, credentials)
    if not isinstance(adapter, WebhookReceiver):
        return None
    is_proof = manifest.webhook.address_is_proof
    if isinstance(adapter, SignsByChoice):
        is_proof = not adapter.signs
    return Receiver(connection.id, credentials.text("property_id"), is_proof, adapter)
