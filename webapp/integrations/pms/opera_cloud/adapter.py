"""The OPERA Cloud adapter: check, fetch, re-read, and the queue of business events."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

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
)
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.manifest import Manifest

from . import queue
from .asking import Ohip
from .hotel import HotelDesk
from .inventory import Inventory
from .ladder import climb
from .manifest import MANIFEST, SELLABLE
from .profiles import Profiles
from .reservations import Booked


class Adapter:
    """Reads one hotel over OHIP; changes nothing there, but empties the queue of its own external system."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._ohip = Ohip(client, credentials, caches)
        self._desk = HotelDesk(self._ohip)
        self._with_overbooking = credentials.text("counting") == SELLABLE

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        return climb(self._ohip, self._desk, streams)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        hotel = self._desk.hotel()
        if stream is Stream.GUESTS:
            yield from Profiles(self._ohip, hotel).pages(window, cursor)
        elif stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            yield from Booked(self._ohip, hotel).pages(stream, window, cursor)
        else:
            inventory = Inventory(self._ohip, hotel, with_overbooking=self._with_overbooking)
            read = inventory.availability if stream is Stream.AVAILABILITY else inventory.rates
            yield from read(window, cursor)

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        """Days of availability and rates have no ids, so that all of those are missing."""
        if not ids:
            return ()
        if stream is Stream.GUESTS:
            return Profiles(self._ohip, self._desk.hotel()).by_ids(ids)
        if stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            return Booked(self._ohip, self._desk.hotel()).by_ids(ids)
        return tuple(Missing(identity) for identity in ids)

    def business_date(self) -> date | None:
        return self._desk.ask().business_date

    # --- the event queue ----------------------------------------------------------------------------------------------

    @staticmethod
    def queue_of(options: Mapping[str, Any]) -> str:
        return str(options.get("external_system") or "").strip()

    def drain(self) -> Iterator[bytes]:
        return queue.drain(self._ohip)

    @staticmethod
    def split(answer: bytes) -> tuple[bytes, ...]:
        return queue.split(answer)

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        return queue.events_of(hit)
