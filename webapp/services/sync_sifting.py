"""Leaves out of a page what is stored as it came: bytes that are known are neither mapped nor written again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

import msgspec

from webapp.integrations.kit.contract import Page
from webapp.integrations.kit.raw_pages import RawPage
from webapp.models import instant_from_text
from webapp.models.bulk_reading import known_digests

from .booking_rows import BOOKINGS
from .sync_known import KnownBookings
from .sync_runs import Run

DIGEST_SIZE = 16


@dataclass(frozen=True, slots=True)
class Sifted:
    """A page without the records that are known, whose marks are in `known`: hashes of their ids. `digests` has those
    of the others by id."""

    page: Page
    known: Collection[int] = ()
    digests: Mapping[str, bytes] = field(default_factory=dict)


def sift(run: Run, page: Page | RawPage, stored: KnownBookings) -> Sifted:
    """Maps what must be mapped, outside any transaction. Raises ProviderError for what cannot be read.

    A booking that a hit changes meanwhile was read later than this page: leaving it alone is right then, too.
    """
    if isinstance(page, Page):
        return Sifted(page)
    digests = _digests(page.raws, b"%d.%d" % (run.connection.mapping_version, page.edition))
    if run.connection.is_search_stale:  # a first load knows nothing yet
        return _mapped(page, page.raws, digests)
    marks, latest = stored.marks_of(run, page, digests), stored.latest_of(digests)
    if marks is None:
        marks, latest = _looked_up(run, page, digests)
    known = {mark for mark in marks if mark is not None}
    fresh = [place for place, mark in enumerate(marks) if mark is None]
    raws = [page.raws[place] for place in fresh]
    if len(known.union(map(hash, page.ids(raws)))) != len(marks):
        # Of a record that comes twice, which one counts is decided when it is stored.
        return Sifted(page.read(page.raws))
    sifted = _mapped(page, raws, [digests[place] for place in fresh])
    high_water = _latest(sifted.page.high_water, latest)
    return replace(sifted, page=replace(sifted.page, high_water=high_water), known=known)


def _digests(raws: Sequence[msgspec.Raw], seed: bytes) -> list[bytes]:
    """A copy of a prepared hash takes less time than a new one."""
    prepared, digests = blake2b(digest_size=DIGEST_SIZE, person=seed), []
    for raw in raws:
        one = prepared.copy()
        one.update(raw)
        digests.append(one.digest())
    return digests


_NOTHING: tuple[bytes, str | None] = (b"", None)


def _looked_up(run: Run, page: RawPage, digests: Sequence[bytes]) -> tuple[list[int | None], str]:
    """As `KnownBookings` has it, but asked for this page: the marks, and the greatest stamp of those that are known."""
    ids = page.ids(page.raws)
    with run.runtime.bulk_reading() as db:
        found = known_digests(db, BOOKINGS, run.claim.connection_id, ids)
    stored = [found.get(key, _NOTHING) for key in ids]
    is_known = [one[0] == digest for one, digest in zip(stored, digests, strict=True)]
    latest = max((one[1] or "" for one, known in zip(stored, is_known, strict=True) if known), default="")
    return [hash(key) if known else None for key, known in zip(ids, is_known, strict=True)], latest


def _mapped(page: RawPage, raws: Sequence[msgspec.Raw], digests: Sequence[bytes]) -> Sifted:
    mapped = page.read(raws)
    if mapped.unmapped:  # unknown words are counted each time they come
        return Sifted(mapped)
    if len(mapped.records) == len(raws):
        keys = [getattr(record, "external_id", "") for record in mapped.records]
    else:
        keys = page.ids(raws)
    found = dict(zip(keys, digests, strict=True))
    return Sifted(mapped, digests=found if len(found) == len(raws) else {})


def _latest(one: datetime | None, text: str) -> datetime | None:
    other = instant_from_text(text) if text else None
    return max((at for at in (one, other) if at is not None), default=None)
