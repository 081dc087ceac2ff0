"""Adapters that understand inbound calls, kept at hand per connection so that a call costs no vault and no recipe."""

import threading
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from webapp.integrations import registry
from webapp.integrations.kit.contract import Hit, SignsByChoice, WebhookReceiver
from webapp.integrations.kit.errors import SignatureRejected
from webapp.models import Connection
from webapp.runtime import Runtime

from .adapters import credentials_of, open_adapter

_MOST = 64


@dataclass(frozen=True, slots=True)
class Receiver:
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


def receiver_of(runtime: Runtime, connection: Connection) -> Receiver | None:
    try:
        manifest = registry.manifest(connection.provider)
    except registry.UnknownProvider:
        return None
    if manifest.webhook is None:
        return None
    credentials = credentials_of(runtime, connection)
    with ExitStack() as stack:
        # Its client is closed at once: an ear makes no calls.
        adapter = stack.enter_context(
            open_adapter(
                runtime,
                connection.provider,
                credentials,
                connection_id=connection.id,
                record=lambda _call: None,
            )
        )
    if not isinstance(adapter, WebhookReceiver):
        return None
    is_proof = manifest.webhook.address_is_proof
    if isinstance(adapter, SignsByChoice):
        is_proof = not adapter.signs
    return Receiver(connection.id, credentials.text("property_id"), is_proof, adapter)
