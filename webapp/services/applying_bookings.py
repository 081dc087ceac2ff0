"""Stores bookings with their stays and people, and what follows: change rows, facts, search words, guests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import Booking
from webapp.integrations.kit.contract import Skipped
from webapp.models import BookingChange, Hotel
from webapp.models.bulk import bulk_delete, bulk_insert, bulk_update, reserve_ids

from . import facts, search_index
from .applying import Circumstances, Tally, content_hash, is_older
from .applying_guests import apply_people
from .booking_changes import LINE, Change, Content, compare
from .booking_memory import remembering
from .booking_rows import (
    BOOKINGS,
    FIELDS,
    PEOPLE,
    PEOPLE_FIELDS,
    STAY_FIELDS,
    STAYS,
    Row,
    booking_row,
    people_rows,
    stay_rows,
    unfit,
)
from .stored_bookings import Known, Stored, known_bookings, stored_bookings

CHANGES = BookingChange.metadata.tables["booking_change"]
HOTELS = Hotel.metadata.tables["hotel"]
_OWN = (
    "id",
    "public_id",
    "connection_id",
    "search_text",
    "content_hash",
    "stored_at",
    "changed_at",
    "revision",
)
_COLUMNS = (*_OWN, *FIELDS, "gone_at")
_STAY_COLUMNS = ("booking_id", "connection_id", *STAY_FIELDS)
_PEOPLE_COLUMNS = ("booking_id", "position", *PEOPLE_FIELDS)
_CHANGE_COLUMNS = (
    "booking_id", "stay_line", "field", "old", "new", "snapshot", "provider_at", "arrived_at", "business_date",
    "road", "run_id", "hit_id",
)  # fmt: skip
_BUSINESS_DATE = select(HOTELS.c.business_date)
_SEARCHED = tuple(FIELDS.index(name) for name in ("confirmation_number", "group_ref", "source"))


class _Item(NamedTuple):
    """One booking on its way into the tables."""

    id: int
    booking: Booking
    digest: bytes
    content: Content
    search_text: str

    @property
    def external_id(self) -> str:
        return self.booking.external_id


def apply_bookings(db: DatabaseConnection, how: Circumstances, bookings: Sequence[Booking]) -> Tally:
    """One page, in the caller's transaction. A booking that comes twice is stored once, the later wins."""
    reasons = [unfit(item) for item in bookings]
    skipped = tuple(
        Skipped(item.external_id[:100], why) for item, why in zip(bookings, reasons, strict=True) if why
    )
    page = _latest_each(item for item, why in zip(bookings, reasons, strict=True) if not why)
    known = {row.external_id: row for row in known_bookings(db, how.connection_id, list(page))}
    new: list[tuple[Booking, bytes]] = []
    differing: list[tuple[Known, Booking, bytes]] = []
    for key, booking in page.items():
        digest = how.digests.get(key) or content_hash(booking, how.mapping_version)
        row = known.get(key)
        if row is None:
            new.append((booking, digest))
        elif row.content_hash == digest and row.gone_at is None:
            continue
        elif not is_older(booking.updated_at, row.updated_at):
            differing.append((row, booking, digest))
    # First of all, so that whoever writes bookings locks them before their people: on PostgreSQL two who took them in
    # different orders would wait for each other.
    stored = stored_bookings(db, [row.id for row, _, _ in differing], is_locked=True)
    if new:
        _insert(db, how, new)
    changed = _change(db, how, differing, stored) if differing else 0
    return Tally(len(new), changed, len(page) - len(new) - changed, skipped)


def mark_gone(db: DatabaseConnection, how: Circumstances, external_ids: Sequence[str]) -> int:
    """The provider does not know these any more: the rows stay and say since when; returns how many were news."""
    rows = [row for row in known_bookings(db, how.connection_id, external_ids) if row.gone_at is None]
    if rows:
        statement = update(BOOKINGS).where(BOOKINGS.c.id.in_([row.id for row in rows]))
        db.execute(statement.values(gone_at=how.at, changed_at=how.at, revision=BOOKINGS.c.revision + 1))
        _write_changes(db, how, [(row, None, [Change("", "gone", "no", "yes")]) for row in rows])
    return len(rows)


def contents_of(db: DatabaseConnection, keys: Sequence[int]) -> dict[int, Content]:
    """What is stored of these bookings, by their keys."""
    return {key: one.content for key, one in stored_bookings(db, keys).items()}


def content_of(booking: Booking, old: Content) -> Content:
    """What a booking that was just read would be stored as, over what is stored now."""
    return _content(remembering(booking, old))


def _latest_each(bookings: Iterable[Booking]) -> dict[str, Booking]:
    page: dict[str, Booking] = {}
    for booking in bookings:
        earlier = page.get(booking.external_id)
        if earlier is None or not is_older(booking.updated_at, earlier.updated_at):
            page[booking.external_id] = booking
    return page


def _content(booking: Booking) -> Content:
    return Content(booking_row(booking), stay_rows(booking), people_rows(booking))


def _insert(db: DatabaseConnection, how: Circumstances, new: Sequence[tuple[Booking, bytes]]) -> None:
    keys = reserve_ids(db, BOOKINGS, len(new))
    items = [
        _Item(key, booking, digest, _content(booking), search_index.search_text(booking))
        for key, (booking, digest) in zip(keys, new, strict=True)
    ]
    public_ids = how.new_ids("bk", len(items))
    rows = [_row(how, item, name, revision=1) for item, name in zip(items, public_ids, strict=True)]
    bulk_insert(db, BOOKINGS, _COLUMNS, rows)
    stays = [(item.id, how.connection_id, *row) for item in items for row in item.content.stays]
    bulk_insert(db, STAYS, _STAY_COLUMNS, stays)
    bulk_insert(db, PEOPLE, _PEOPLE_COLUMNS, _people_of(items))
    apply_people(db, how, [booking for booking, _ in new])
    created = Change("", "created", None, None)
    _write_changes(db, how, [(item, item.booking.updated_at, [created]) for item in items])
    if how.keeps_search:
        search_index.add(db, [(item.id, item.search_text) for item in items])
    if how.announces:
        news = [item for item in items if facts.is_news(how, item.content)]
        facts.record(
            db, how, [fact for item in news for fact in facts.happenings(item.id, None, item.content, ())]
        )


def _change(
    db: DatabaseConnection,
    how: Circumstances,
    differing: Sequence[tuple[Known, Booking, bytes]],
    stored: Mapping[int, Stored],
) -> int:
    """Returns how many really differ; of the others only hash and stamp are brought up to date."""
    touched: list[tuple[Row, dict[str, Any]]] = []
    changed: list[tuple[_Item, Stored, list[Change]]] = []
    for row, booking, digest in differing:
        old = stored[row.id]
        told = remembering(booking, old.content)
        content = _content(told)
        changes = compare(old.content, content)
        if old.is_gone:
            changes.append(Change("", "gone", "yes", "no"))
        if changes:
            is_found_alike = _is_found_alike(old.content, content)
            text = old.search_text if is_found_alike else search_index.search_text(told)
            changed.append((_Item(row.id, told, digest, content, text), old, changes))
        else:
            touched.append(((row.id,), {"content_hash": digest, "updated_at": booking.updated_at}))
    bulk_update(db, BOOKINGS, ("id",), touched)
    apply_people(db, how, [booking for _, booking, _ in differing])
    if changed:
        _rewrite(db, how, changed)
    return len(changed)


def _is_found_alike(old: Content, new: Content) -> bool:
    """Whether the words of the search are the stored ones: to fold them anew is dear, and most changes are of others."""
    return (
        old.people == new.people
        and old.stays == new.stays
        and all(old.booking[place] == new.booking[place] for place in _SEARCHED)
    )


def _rewrite(
    db: DatabaseConnection, how: Circumstances, changed: Sequence[tuple[_Item, Stored, list[Change]]]
) -> None:
    """Writes what differs and nothing else: a row written whole would be taken out of each index and put back."""
    bulk_update(db, BOOKINGS, ("id",), [_update(how, item, old) for item, old, _ in changed])
    _rewrite_stays(db, how, changed)
    _rewrite_people(db, changed)
    _write_changes(db, how, [(item, item.booking.updated_at, changes) for item, _, changes in changed])
    if how.keeps_search:
        search_index.replace(db, [(item.id, old.search_text, item.search_text) for item, old, _ in changed])
    if how.announces:
        found = [
            facts.happenings(item.id, old.content, item.content, changes) for item, old, changes in changed
        ]
        facts.record(db, how, [fact for each in found for fact in each])


def _update(how: Circumstances, item: _Item, old: Stored) -> tuple[Row, dict[str, Any]]:
    values = _differing(FIELDS, old.content.booking, item.content.booking)
    values |= {"content_hash": item.digest, "changed_at": how.at, "revision": old.revision + 1}
    if old.is_gone:
        values["gone_at"] = None
    if item.search_text != old.search_text:
        values["search_text"] = item.search_text
    return (item.id,), values


def _rewrite_stays(
    db: DatabaseConnection, how: Circumstances, changed: Sequence[tuple[_Item, Stored, list[Change]]]
) -> None:
    gone: list[Row] = []
    kept: list[tuple[Row, dict[str, Any]]] = []
    new: list[Row] = []
    for item, old, _ in changed:
        if old.content.stays == item.content.stays:
            continue
        before = {row[LINE]: row for row in old.content.stays}
        for row in item.content.stays:
            known = before.pop(row[LINE], None)
            if known is None:
                new.append((item.id, how.connection_id, *row))
            elif known != row:
                kept.append(((item.id, row[LINE]), _differing(STAY_FIELDS, known, row)))
        gone += [(item.id, line) for line in before]
    bulk_delete(db, STAYS, ("booking_id", "line"), gone)
    bulk_update(db, STAYS, ("booking_id", "line"), kept)
    bulk_insert(db, STAYS, _STAY_COLUMNS, new)


def _rewrite_people(db: DatabaseConnection, changed: Sequence[tuple[_Item, Stored, list[Change]]]) -> None:
    others = [item for item, old, _ in changed if old.content.people != item.content.people]
    bulk_delete(db, PEOPLE, ("booking_id",), [(item.id,) for item in others])
    bulk_insert(db, PEOPLE, _PEOPLE_COLUMNS, _people_of(others))


def _differing(names: Sequence[str], old: Row, new: Row) -> dict[str, Any]:
    return {name: now for name, before, now in zip(names, old, new, strict=True) if before != now}


def _row(how: Circumstances, item: _Item, public_id: str, *, revision: int) -> Row:
    key, _, digest, content, text = item
    own = (key, public_id, how.connection_id, text, digest, how.at, how.at, revision)
    return (*own, *content.booking, None)


def _people_of(items: Sequence[_Item]) -> list[Row]:
    return [(item.id, place, *row) for item in items for place, row in enumerate(item.content.people)]


def _write_changes(
    db: DatabaseConnection,
    how: Circumstances,
    changes: Iterable[tuple[_Item | Known, datetime | None, list[Change]]],
) -> None:
    business_date = db.execute(_BUSINESS_DATE).scalar()
    rows = [
        (
            of.id,
            *change,
            provider_at,
            how.at,
            business_date,
            how.road.value,
            how.run_id,
            how.hits.get(of.external_id) if how.hits else None,
        )
        for of, provider_at, found in changes
        for change in found
    ]
    bulk_insert(db, CHANGES, _CHANGE_COLUMNS, rows)
