"""Leaves out of a page what is stored as it came: bytes that are known are neither mapped nor written again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

import msgspec

from webapp.integrations.kit.contract import Page
from webapp.integrations.kit.raw_pages import RawPage
from webapp.models import instant_from_text
from webapp.models.bulk_reading import known_digests

from .booking_rows import BOOKINGS
from .sync_runs import Run

DIGEST_SIZE = 16


@dataclass(frozen=True, slots=True)
class Sifted:
    """A page without the records that are known, whose ids are in `known`. `digests` has those of the others by id."""

    page: Page
    known: Sequence[str] = ()
    digests: Mapping[str, bytes] = field(default_factory=dict)


def sift(run: Run, page: Page | RawPage) -> Sifted:
    """Maps what must be mapped, outside any transaction. Raises ProviderError for what cannot be read.

    A booking that a hit changes meanwhile was read later than this page: leaving it alone is right then, too.
    """
    if isinstance(page, Page):
        return Sifted(page)
    seed = b"%d.%d" % (run.connection.mapping_version, page.edition)
    digests = [blake2b(raw, digest_size=DIGEST_SIZE, person=seed).digest() for raw in page.raws]
    if run.connection.is_search_stale:  # a first load knows nothing yet
        return _mapped(page, page.raws, digests)
    ids = page.ids(page.raws)
    if len(set(ids)) != len(
        ids
    ):  # of a record that comes twice, which one counts is decided when it is stored
        return Sifted(page.read(page.raws))
    stored = _stored(run, ids)
    is_new = [stored.get(key, _NOTHING)[0] != digest for key, digest in zip(ids, digests, strict=True)]
    fresh = [place for place, new in enumerate(is_new) if new]
    known = [key for key, new in zip(ids, is_new, strict=True) if not new]
    sifted = _mapped(page, [page.raws[place] for place in fresh], [digests[place] for place in fresh])
    high_water = _latest(sifted.page.high_water, max((stored[key][1] or "" for key in known), default=""))
    return replace(sifted, page=replace(sifted.page, high_water=high_water), known=known)


_NOTHING: tuple[bytes, str | None] = (b"", None)


def _stored(run: Run, ids: Sequence[str]) -> dict[str, tuple[bytes, str | None]]:
    with run.runtime.reading() as session:
        return known_digests(session.connection(), BOOKINGS, run.claim.connection_id, ids)


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
