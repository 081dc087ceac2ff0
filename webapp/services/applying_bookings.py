"""Stores bookings with their stays and people, and what follows: change rows, facts, search words, guests."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import Booking
from webapp.integrations.kit.contract import Skipped
from webapp.models import BookingChange, Hotel
from webapp.models.bulk import bulk_insert, bulk_upsert, is_one_of, lookup, reserve_ids

from . import facts, search_index
from .applying import Circumstances, Tally, content_hash, is_older
from .applying_guests import apply_people
from .booking_changes import Change, Content, compare
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
_TOUCH = (
    update(BOOKINGS)
    .where(BOOKINGS.c.id == bindparam("of_id"))
    .values(content_hash=bindparam("new_hash"), updated_at=bindparam("new_stamp"))
)


class _Known(NamedTuple):
    """What a page must know of a stored booking to leave it alone."""

    id: int
    external_id: str
    content_hash: bytes
    updated_at: datetime | None
    gone_at: datetime | None


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


class _Stored(NamedTuple):
    """A whole stored booking."""

    content: Content
    search_text: str
    revision: int
    is_gone: bool


def apply_bookings(db: DatabaseConnection, how: Circumstances, bookings: Sequence[Booking]) -> Tally:
    """One page, in the caller's transaction. A booking that comes twice is stored once, the later wins."""
    reasons = [unfit(item) for item in bookings]
    skipped = tuple(
        Skipped(item.external_id[:100], why) for item, why in zip(bookings, reasons, strict=True) if why
    )
    page = _latest_each(item for item, why in zip(bookings, reasons, strict=True) if not why)
    known = {row.external_id: row for row in _known(db, how, list(page))}
    new: list[tuple[Booking, bytes]] = []
    differing: list[tuple[_Known, Booking, bytes]] = []
    for key, booking in page.items():
        digest = how.digests.get(key) or content_hash(booking, how.mapping_version)
        row = known.get(key)
        if row is None:
            new.append((booking, digest))
        elif row.content_hash == digest and row.gone_at is None:
            continue
        elif not is_older(booking.updated_at, row.updated_at):
            differing.append((row, booking, digest))
    if new:
        _insert(db, how, new)
    changed = _change(db, how, differing) if differing else 0
    return Tally(len(new), changed, len(page) - len(new) - changed, skipped)


def mark_gone(db: DatabaseConnection, how: Circumstances, external_ids: Sequence[str]) -> int:
    """The provider does not know these any more: the rows stay and say since when; returns how many were news."""
    rows = [row for row in _known(db, how, external_ids) if row.gone_at is None]
    if rows:
        statement = update(BOOKINGS).where(BOOKINGS.c.id.in_([row.id for row in rows]))
        db.execute(statement.values(gone_at=how.at, changed_at=how.at, revision=BOOKINGS.c.revision + 1))
        _write_changes(db, how, [(row, None, [Change("", "gone", "no", "yes")]) for row in rows])
    return len(rows)


def contents_of(db: DatabaseConnection, keys: Sequence[int]) -> dict[int, Content]:
    """What is stored of these bookings, by their keys."""
    return {key: one.content for key, one in _load(db, keys).items()}


def content_of(booking: Booking, old: Content) -> Content:
    """What a booking that was just read would be stored as, over what is stored now."""
    told = remembering(booking, old)
    return Content(booking_row(told), stay_rows(told), people_rows(told))


def _latest_each(bookings: Iterable[Booking]) -> dict[str, Booking]:
    page: dict[str, Booking] = {}
    for booking in bookings:
        earlier = page.get(booking.external_id)
        if earlier is None or not is_older(booking.updated_at, earlier.updated_at):
            page[booking.external_id] = booking
    return page


def _known(db: DatabaseConnection, how: Circumstances, external_ids: Sequence[str]) -> list[_Known]:
    rows = lookup(db, BOOKINGS, _Known._fields, "external_id", external_ids, connection_id=how.connection_id)
    return [_Known(*row) for row in rows]


def _item(key: int, booking: Booking, digest: bytes) -> _Item:
    content = Content(booking_row(booking), stay_rows(booking), people_rows(booking))
    return _Item(key, booking, digest, content, search_index.search_text(booking))


def _insert(db: DatabaseConnection, how: Circumstances, new: Sequence[tuple[Booking, bytes]]) -> None:
    keys = reserve_ids(db, BOOKINGS, len(new))
    items = [_item(key, booking, digest) for key, (booking, digest) in zip(keys, new, strict=True)]
    public_ids = how.new_ids("bk", len(items))
    rows = [_row(how, item, name, revision=1) for item, name in zip(items, public_ids, strict=True)]
    bulk_insert(db, BOOKINGS, _COLUMNS, rows)
    _insert_parts(db, how, items)
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
    db: DatabaseConnection, how: Circumstances, differing: Sequence[tuple[_Known, Booking, bytes]]
) -> int:
    """Returns how many really differ; of the others only hash and stamp are brought up to date."""
    stored = _load(db, [row.id for row, _, _ in differing])
    touched: list[dict[str, Any]] = []
    changed: list[tuple[_Item, _Stored, list[Change]]] = []
    for row, booking, digest in differing:
        old = stored[row.id]
        item = _item(row.id, remembering(booking, old.content), digest)
        changes = compare(old.content, item.content)
        if old.is_gone:
            changes.append(Change("", "gone", "yes", "no"))
        if changes:
            changed.append((item, old, changes))
        else:
            touched.append({"of_id": row.id, "new_hash": digest, "new_stamp": booking.updated_at})
    if touched:
        db.execute(_TOUCH, touched)
    apply_people(db, how, [booking for _, booking, _ in differing])
    if changed:
        _rewrite(db, how, changed)
    return len(changed)


def _rewrite(
    db: DatabaseConnection, how: Circumstances, changed: Sequence[tuple[_Item, _Stored, list[Change]]]
) -> None:
    # The stored public id stays; a row that is offered must have one of its own all the same.
    rows = [
        _row(how, item, name, revision=old.revision + 1)
        for (item, old, _), name in zip(changed, how.new_ids("bk", len(changed)), strict=True)
    ]
    bulk_upsert(
        db,
        BOOKINGS,
        _COLUMNS,
        rows,
        key=("connection_id", "external_id"),
        keep=("id", "public_id", "stored_at"),
    )
    keys = [item.id for item, _, _ in changed]
    db.execute(delete(STAYS).where(is_one_of(db, STAYS.c.booking_id, keys)))
    db.execute(delete(PEOPLE).where(is_one_of(db, PEOPLE.c.booking_id, keys)))
    _insert_parts(db, how, [item for item, _, _ in changed])
    _write_changes(db, how, [(item, item.booking.updated_at, changes) for item, _, changes in changed])
    if how.keeps_search:
        search_index.replace(db, [(item.id, old.search_text, item.search_text) for item, old, _ in changed])
    if how.announces:
        found = [
            facts.happenings(item.id, old.content, item.content, changes) for item, old, changes in changed
        ]
        facts.record(db, how, [fact for each in found for fact in each])


def _row(how: Circumstances, item: _Item, public_id: str, *, revision: int) -> Row:
    key, _, digest, content, text = item
    own = (key, public_id, how.connection_id, text, digest, how.at, how.at, revision)
    return (*own, *content.booking, None)


def _insert_parts(db: DatabaseConnection, how: Circumstances, items: Sequence[_Item]) -> None:
    stays = [(item.id, how.connection_id, *row) for item in items for row in item.content.stays]
    bulk_insert(db, STAYS, _STAY_COLUMNS, stays)
    people = [(item.id, place, *row) for item in items for place, row in enumerate(item.content.people)]
    bulk_insert(db, PEOPLE, _PEOPLE_COLUMNS, people)


def _write_changes(
    db: DatabaseConnection,
    how: Circumstances,
    changes: Iterable[tuple[_Item | _Known, datetime | None, list[Change]]],
) -> None:
    business_date = db.execute(select(HOTELS.c.business_date)).scalar()
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


def _load(db: DatabaseConnection, keys: Sequence[int]) -> dict[int, _Stored]:
    stays = _grouped(db, STAYS, STAY_FIELDS, keys, order=("arrival", "line"))
    people = _grouped(db, PEOPLE, PEOPLE_FIELDS, keys, order=("position",))
    found: dict[int, _Stored] = {}
    for key, text, revision, gone_at, *rest in lookup(
        db, BOOKINGS, ("id", "search_text", "revision", "gone_at", *FIELDS), "id", keys
    ):
        content = Content(tuple(rest), stays.get(key, []), people.get(key, []))
        found[key] = _Stored(content, text, revision, gone_at is not None)
    return found


def _grouped(
    db: DatabaseConnection, table: Any, fields: Sequence[str], keys: Sequence[int], *, order: Sequence[str]
) -> dict[int, list[Row]]:
    statement = (
        select(table.c.booking_id, *(table.c[name] for name in fields))
        .where(is_one_of(db, table.c.booking_id, keys))
        .order_by(table.c.booking_id, *(table.c[name] for name in order))
    )
    groups: dict[int, list[Row]] = {}
    for key, *row in db.execute(statement):
        groups.setdefault(key, []).append(tuple(row))
    return groups
