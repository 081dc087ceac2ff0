"""The Guesty adapter: check, fetch, re-read, the calls that Guesty makes, and the token that must last a day."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import (
    Caches,
    Credentials,
    Event,
    Hit,
    Missing,
    Page,
    Record,
    Rung,
    Subscription,
)
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.manifest import Manifest

from . import webhooks
from .asking import ME, Guesty
from .desk import Desk
from .house import Memory
from .ladder import climb
from .manifest import MANIFEST
from .subscriptions import Subscriptions

RENEWED_BEFORE = timedelta(minutes=45)
"""The clock looks every five minutes, so that a token is renewed between 40 and 45 minutes before its end."""


class Adapter:
    """Reads the listings of one account over the Open API."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._credentials = credentials
        self._caches = caches
        self._guesty = Guesty(client, credentials, caches.ledger)

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        return climb(self._desk(is_fresh=True), streams)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        return self._desk().pages(stream, window, cursor)

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        """Bookings (for CHECK_INS too) and guests; days of availability and rates have no ids."""
        if not ids:
            return ()
        if stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            return self._desk().reservations.by_ids(ids)
        if stream is Stream.GUESTS:
            return self._desk().reservations.guests_by_ids(ids)
        return tuple(Missing(identity) for identity in ids)

    # --- inbound calls ------------------------------------------------------------------------------------------------

    def verify(self, hit: Hit, now: datetime) -> None:
        """By the secrets that were fetched and the one that was typed. Asks nobody."""
        typed = self._credentials.secret("webhook_secret")
        secrets = [typed, *self._subscriptions().secrets()]
        webhooks.verify(hit, secrets, now)

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        return webhooks.events_of(hit)

    @staticmethod
    def account_of(hit: Hit) -> str | None:
        """The signature tells whose a call is: the form holds listings, the calls name the account."""
        return None

    def subscriptions(self) -> tuple[Subscription, ...]:
        return self._subscriptions().all()

    def subscribe(self, url: str) -> tuple[Subscription, ...]:
        return self._subscriptions().order(url)

    def unsubscribe(self, url: str) -> int:
        return self._subscriptions().end(url)

    # --- between runs -------------------------------------------------------------------------------------------------

    def keep_up(self, webhook_paths: Sequence[str]) -> None:
        """Renews the token before it ends, and fetches a signing secret that was not there yet when calls were ordered.
        A connection that has no token asks for none here."""
        now = self._guesty.client.clock()
        held = self._caches.ledger.present(self._guesty.owner)
        if held is None:
            return
        self._subscriptions().catch_up(webhook_paths)
        if held.expires_at <= now + RENEWED_BEFORE:
            self._guesty.renew(ME, now + RENEWED_BEFORE)

    # ------------------------------------------------------------------------------------------------------------------

    def _desk(self, *, is_fresh: bool = False) -> Desk:
        return Desk(self._guesty, self._credentials, self._caches, is_fresh=is_fresh)

    def _subscriptions(self) -> Subscriptions:
        memory = Memory(self._guesty, self._credentials, self._caches.setup)
        return Subscriptions(self._guesty, self._caches.tokens, memory)
