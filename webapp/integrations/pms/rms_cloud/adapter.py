"""The RMS Cloud adapter: check, fetch, re-read, and the calls that RMS makes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
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
from .desk import Desk
from .ladder import climb
from .manifest import MANIFEST
from .subscriptions import Subscriptions


class Adapter:
    """Reads one property of a client's database over the REST API."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._credentials = credentials
        self._client = client
        self._caches = caches

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        return climb(self._desk(by_hand=True), self._credentials, streams)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        return self._desk().pages(stream, window, cursor)

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        """Bookings (for CHECK_INS too) and guests; days of availability and rates have no ids."""
        if not ids:
            return ()
        if stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            return self._desk().reservations.by_ids(ids)
        if stream is Stream.GUESTS:
            return self._desk().guests.by_ids(ids)
        return tuple(Missing(identity) for identity in ids)

    # --- inbound calls ----------------------------------------------------------------------------------------------

    def verify(self, hit: Hit, now: datetime) -> None:
        """By the secrets that were made when calls were ordered. Asks nobody."""
        webhooks.verify(hit, self._subscriptions().secrets(), now)

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        return webhooks.events_of(hit)

    @staticmethod
    def account_of(hit: Hit) -> str | None:
        """None: every database has a property 1, so that its number tells nobody apart."""
        return None

    def subscriptions(self) -> tuple[Subscription, ...]:
        return self._subscriptions().all()

    def subscribe(self, url: str) -> tuple[Subscription, ...]:
        return self._subscriptions().order(url)

    def unsubscribe(self, url: str) -> int:
        return self._subscriptions().end(url)

    # ----------------------------------------------------------------------------------------------------------------

    def _desk(self, *, by_hand: bool = False) -> Desk:
        return Desk(self._credentials, self._client, self._caches, by_hand=by_hand)

    def _subscriptions(self) -> Subscriptions:
        desk = self._desk()
        return Subscriptions(desk.rms, desk.house, self._credentials, self._caches.tokens)
