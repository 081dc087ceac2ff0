"""What a walk over a whole list knows of the stored bookings, so that its pages ask the database nothing."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from webapp.domain.stream import Stream
from webapp.integrations.kit.raw_pages import RawPage
from webapp.models.bulk_reading import all_digests, changed_since

from .booking_rows import BOOKINGS
from .sync_plan import Walk
from .sync_runs import Run

_LOOK_EVERY = 1.0
_LONGEST_WRITE = timedelta(seconds=5)  # how long before its commit a change may have been stamped


class KnownBookings:
    """The digests of all stored bookings of a connection, read when a walk turns out to be long.

    A booking stands in it as its mark, the hash of the provider's id. One that somebody else changes during the walk
    is not known any more: a look at most every second keeps that true.
    """

    MOST: ClassVar[int] = 200_000  # 140 bytes each; beyond, memory matters more and each page asks anew

    def __init__(self, walk: Walk) -> None:
        self._is_whole = walk.is_whole and walk.stream is Stream.BOOKINGS
        self._floor = walk.high_water
        self._marks: dict[bytes, int] | None = None
        self._stamps: dict[bytes, str] = {}
        self._changed: set[int] = set()
        self._since = walk.position.window.until
        self._looked_at = 0.0

    def marks_of(self, run: Run, page: RawPage, digests: Sequence[bytes]) -> list[int | None] | None:
        """The mark of each record that is stored as it came; None when the page must ask for itself."""
        if self._marks is None and self._is_whole and page.cursor is not None:
            self._read(run)
        if not self._marks:
            return None
        self._look(run)
        marks = [self._marks.get(digest) for digest in digests]
        if self._changed:
            marks = [None if mark in self._changed else mark for mark in marks]
        return marks

    def latest_of(self, digests: Sequence[bytes]) -> str:
        """The greatest provider's stamp of these, as fixed-width text, if it is news to the walk's cursor; else empty."""
        return max((self._stamps.get(one, "") for one in digests), default="") if self._stamps else ""

    def _read(self, run: Run) -> None:
        marks: dict[bytes, int] = {}
        self._since = run.runtime.clock() - _LONGEST_WRITE
        self._looked_at = time.monotonic()
        with run.runtime.reading() as session:
            db = session.connection()
            for rows in all_digests(db, BOOKINGS, run.claim.connection_id, self._floor):
                digests, ids, stamps = zip(*rows, strict=True)
                marks.update(zip(digests, map(hash, ids), strict=True))
                self._stamps.update((key, at) for key, at in zip(digests, stamps, strict=True) if at)
                if len(marks) > self.MOST:
                    self._is_whole = False
                    return
        self._marks = marks

    def _look(self, run: Run) -> None:
        if time.monotonic() - self._looked_at < _LOOK_EVERY:
            return
        since, self._since = self._since, run.runtime.clock() - _LONGEST_WRITE
        self._looked_at = time.monotonic()
        with run.runtime.reading() as session:
            found = changed_since(session.connection(), BOOKINGS, run.claim.connection_id, since)
        marks = self._marks or {}
        self._changed.update(hash(key) for digest, key in found if marks.get(digest) != hash(key))
