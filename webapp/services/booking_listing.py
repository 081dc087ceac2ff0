"""Bookings as the rows of a list: what is selected of each, and the lines and news that belong to it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Column, ColumnElement, Row, Select, Text, bindparam, func, select
from sqlalchemy.orm import Session

from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType
from webapp.models import Booking

from .booking_views import BookingRow

Found = Row[*tuple[Any, ...]]

# Plain tables: rows that become values need none of what the mapper adds to a statement.
BOOKING, _STAY, _FACT = (Booking.metadata.tables[name].c for name in ("booking", "stay", "hub_event"))
# Statements are put together once: that takes longer than running them. `_row` unpacks this order.
LISTED = select(
    BOOKING.id,
    BOOKING.public_id,
    BOOKING.external_id,
    BOOKING.confirmation_number,
    BOOKING.group_ref,
    BOOKING.guest_first,
    BOOKING.guest_last,
    BOOKING.arrival,
    BOOKING.departure,
    BOOKING.status,
    BOOKING.raw_status,
    BOOKING.holds_room,
    BOOKING.source,
    BOOKING.total_minor,
    BOOKING.balance_minor,
    BOOKING.currency,
    BOOKING.changed_at,
    BOOKING.gone_at,
)
_WIDTH = len(LISTED.selected_columns)


def _among(column: Column[Any], dialect: str) -> ColumnElement[bool]:
    """`column` is one of the parameter `ids`. On SQLite that is one JSON text: naming fifty values anew for each page
    takes as long as finding their rows."""
    if dialect == "sqlite":
        return column.in_(select(func.json_each(bindparam("ids", type_=Text)).table_valued("value").c.value))
    return column.in_(bindparam("ids", expanding=True))


@cache
def _lines_and_news(dialect: str) -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """The stay lines of bookings, and when the hub told that they were made."""
    lines = (
        select(_STAY.booking_id, _STAY.unit, _STAY.room, _STAY.room_type, _STAY.adults, _STAY.children)
        .where(_among(_STAY.booking_id, dialect))
        .order_by(_STAY.booking_id, _STAY.arrival, _STAY.id)
    )
    news = select(_FACT.booking_id, _FACT.recorded_at).where(
        _among(_FACT.booking_id, dialect), _FACT.type == FactType.BOOKING_CREATED.value
    )
    return lines, news


class _Line(NamedTuple):
    """A stay line, as `_lines_and_news` selects it."""

    booking_id: int
    unit: str
    room: str
    room_type: str
    adults: int
    children: int


def rows_of(session: Session, rows: Sequence[Found]) -> tuple[BookingRow, ...]:
    """In the order given; `rows` come from a statement made of LISTED, which may select more behind its columns."""
    if not rows:
        return ()
    db = session.connection()
    keys = [row[0] for row in rows]
    ids = {"ids": msgspec.json.encode(keys).decode() if db.dialect.name == "sqlite" else keys}
    of_lines, of_news = _lines_and_news(db.dialect.name)
    lines: dict[int, list[Found]] = defaultdict(list)
    for line in db.execute(of_lines, ids):
        lines[line[0]].append(line)
    announced = {fact[0]: fact[1] for fact in db.execute(of_news, ids)}
    return tuple(_row(row, lines[row[0]], announced.get(row[0])) for row in rows)


def _row(row: Found, lines: Sequence[Found], announced_at: datetime | None) -> BookingRow:
    # By place: asked by name, a row's columns take thirty times as long, which would be a tenth of a page.
    (
        _id,
        public_id,
        external_id,
        confirmation_number,
        group_ref,
        guest_first,
        guest_last,
        arrival,
        departure,
        status,
        raw_status,
        holds_room,
        source,
        total_minor,
        balance_minor,
        currency,
        changed_at,
        gone_at,
    ) = row[:_WIDTH]
    rooms, room_types, units, adults, children = _together(lines)
    return BookingRow(
        public_id=public_id,
        external_id=external_id,
        confirmation_number=confirmation_number,
        group_ref=group_ref,
        guest_first=guest_first,
        guest_last=guest_last,
        arrival=arrival,
        departure=departure,
        status=_STATUSES[status],
        raw_status=raw_status,
        holds_room=holds_room,
        source=source,
        rooms=rooms,
        room_types=room_types,
        units=units,
        adults=adults,
        children=children,
        total_minor=total_minor,
        balance_minor=balance_minor,
        currency=currency,
        changed_at=changed_at,
        is_gone=gone_at is not None,
        announced_at=announced_at,
    )


def _together(found: Sequence[Found]) -> tuple[tuple[str, ...], tuple[str, ...], int, int, int]:
    """Rooms, room types, units, adults and children of a booking's lines."""
    if len(found) == 1:  # nearly all have one
        ((_booking_id, _unit, room, room_type, adults, children),) = found
        return ((room,) if room else (), (room_type,) if room_type else (), 1, adults, children)
    lines = [_Line._make(line) for line in found]
    units = {line.unit: line for line in lines}  # people stay the same when they move rooms
    return (
        tuple(dict.fromkeys(line.room for line in lines if line.room)),
        tuple(dict.fromkeys(line.room_type for line in lines if line.room_type)),
        len(units),
        sum(line.adults for line in units.values()),
        sum(line.children for line in units.values()),
    )


_STATUSES = {status.value: status for status in BookingStatus}
