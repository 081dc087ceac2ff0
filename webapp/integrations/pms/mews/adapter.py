"""The Mews adapter: check, fetch, re-read, and the calls that Mews makes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
)
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.manifest import Manifest

from . import hits
from .ladder import climb
from .manifest import MANIFEST
from .reading import Reading
from .refusals import Refused

_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Adapter:
    """Reads one enterprise over the Connector API.

    No balance: order items tell what is on a closed bill, not what is paid, and payments lie on the bills of an account,
    which several bookings share. A sum of open items would show guests who prepaid as owing everything.
    """

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._credentials = credentials
        self._client = client
        self._caches = caches

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        return climb(self._reading(is_fresh=True), streams)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        """A question that does not fit the hotel is asked once more with its set-up read anew: a rate or a room
        category may have gone since."""
        is_fresh = False
        while True:
            try:
                reading = self._reading(is_fresh=is_fresh)
                for page in reading.pages(stream, window, cursor):
                    left_out = reading.mews.left_out()
                    yield replace(page, skipped=[*page.skipped, *left_out]) if left_out else page
                    cursor = page.cursor
                return
            except Refused:
                if is_fresh:
                    raise
                is_fresh = True

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        """Days of availability and rates have no ids, so that all of those are missing."""
        asked = [
            identity for identity in ids if _ID.fullmatch(identity)
        ]  # Mews refuses a question with any other
        found: tuple[Record | Missing, ...] = ()
        if asked and stream is Stream.GUESTS:
            found = self._reading().guests.by_ids(asked)
        elif asked and stream in {Stream.BOOKINGS, Stream.CHECK_INS}:
            found = self._reading().bookings.by_ids(asked)
        known = dict(zip(asked, found, strict=False))
        return tuple(known.get(identity, Missing(identity)) for identity in ids)

    def verify(self, hit: Hit, _now: datetime) -> None:
        hits.verify(hit, self._credentials.secret("webhook_secret"))

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        return hits.parse(hit)

    @staticmethod
    def account_of(hit: Hit) -> str | None:
        return hits.account_of(hit)

    def _reading(self, *, is_fresh: bool = False) -> Reading:
        return Reading(self._client, self._credentials, self._caches.setup, is_fresh=is_fresh)
