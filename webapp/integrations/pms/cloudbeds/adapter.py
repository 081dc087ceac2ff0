"""The Cloudbeds adapter: API 1.3, one property, by API key or by an app's refresh token."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from webapp.domain.stream import Stream, Window
from webapp.domain.wording import N_
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
from webapp.integrations.kit.errors import SignatureRejected
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.manifest import Manifest

from . import webhooks
from .inventory import guest_pages, guests_by_ids, night_pages
from .ladder import climb
from .login import auth_for
from .manifest import MANIFEST
from .property import PropertyDesk
from .refusals import STATUS_ERRORS
from .reservations import Reservations


class Adapter:
    """Notes are told one booking a call, which no sync of a whole hotel can afford: they are read of what changed and
    of who is in house or arrives within a week. Times of check-in and check-out come from the guests by status."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._client = client
        client.status_errors = STATUS_ERRORS
        client.auth = auth_for(credentials, client, caches.tokens)
        self._desk = PropertyDesk(client, credentials, caches.setup)

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        return climb(self._client, self._desk, streams)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        desk = self._desk
        hotel = desk.hotel()
        if stream is Stream.GUESTS:
            yield from guest_pages(desk.asker, hotel, window, cursor)
        elif stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            yield from Reservations(desk.asker, hotel, self._client.clock()).pages(stream, window, cursor)
        else:
            types = desk.room_types() if stream is Stream.AVAILABILITY else {}
            yield from night_pages(desk.asker, hotel, window, cursor, stream=stream, types=types)

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        """Bookings (for CHECK_INS too) and guests; days of rates and availability have no ids."""
        if not ids:
            return ()
        if stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            hotel = self._desk.hotel()
            return Reservations(self._desk.asker, hotel, self._client.clock()).by_ids(ids)
        if stream is Stream.GUESTS:
            self._desk.hotel()
            return guests_by_ids(self._desk.asker, ids)
        return tuple(Missing(identity) for identity in ids)

    # --- inbound calls ------------------------------------------------------------------------------------------------

    def verify(self, hit: Hit, now: datetime) -> None:
        """Always refuses: a call that did not come to a connection's own secret address proves nothing."""
        raise SignatureRejected(N_("Cloudbeds signs nothing"))

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        return webhooks.events_of(hit)

    @staticmethod
    def account_of(hit: Hit) -> str | None:
        return webhooks.account_of(hit)

    def subscriptions(self) -> tuple[Subscription, ...]:
        self._desk.hotel()
        return tuple(webhooks.Subscriptions(self._desk.asker).all())

    def subscribe(self, url: str) -> tuple[Subscription, ...]:
        self._desk.hotel()
        return webhooks.Subscriptions(self._desk.asker).order(url)

    def unsubscribe(self, url: str) -> int:
        self._desk.hotel()
        return webhooks.Subscriptions(self._desk.asker).end(url)
