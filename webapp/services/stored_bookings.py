"""Reads what is stored of many bookings at once: enough to leave one alone, or the whole of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Table
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.models.bulk_reading import lookup

from .booking_changes import Content
from .booking_rows import BOOKINGS, FIELDS, PEOPLE, PEOPLE_FIELDS, STAY_FIELDS, STAYS, Row

_WHOLE = ("id", "search_text", "revision", "gone_at", *FIELDS)
_OWN = _WHOLE.index(FIELDS[0])


class Known(NamedTuple):
    """What a page must know of a stored booking to leave it alone."""

    id: int
    external_id: str
    content_hash: bytes
    updated_at: datetime | None
    gone_at: datetime | None


class Stored(NamedTuple):
    """A whole stored booking."""

    content: Content
    search_text: str
    revision: int
    is_gone: bool


def known_bookings(db: DatabaseConnection, connection_id: int, external_ids: Sequence[str]) -> list[Known]:
    rows = lookup(db, BOOKINGS, Known._fields, "external_id", external_ids, connection_id=connection_id)
    return [Known(*row) for row in rows]


def stored_bookings(
    db: DatabaseConnection, keys: Sequence[int], *, is_locked: bool = False
) -> dict[int, Stored]:
    """By key; stays in the order of arrival and line, people in theirs.

    `is_locked` keeps other writers of these bookings away on PostgreSQL: who writes only what differs must know
    what it differs from.
    """
    rows = lookup(db, BOOKINGS, _WHOLE, "id", keys, order=("id",), is_locked=is_locked)
    stays = _grouped(db, STAYS, STAY_FIELDS, keys, order=("arrival", "line"))
    people = _grouped(db, PEOPLE, PEOPLE_FIELDS, keys, order=("position",))
    return {
        row[0]: Stored(
            Content(row[_OWN:], stays.get(row[0], []), people.get(row[0], [])),
            row[1],
            row[2],
            row[3] is not None,
        )
        for row in rows
    }


def _grouped(
    db: DatabaseConnection, table: Table, fields: Sequence[str], keys: Sequence[int], *, order: Sequence[str]
) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in lookup(db, table, ("booking_id", *fields), "booking_id", keys, order=("booking_id", *order)):
        groups.setdefault(row[0], []).append(row[1:])
    return groups
