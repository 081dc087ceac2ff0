"""Bookings as the rows of a list: what is selected of each, and the lines and news that belong to it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType
from webapp.models import Booking

from .booking_views import BookingRow

Found = Row[*tuple[Any, ...]]

# Plain tables: rows that become values need none of what the mapper adds to a statement.
BOOKING, _STAY, _FACT = (Booking.metadata.tables[name].c for name in ("booking", "stay", "hub_event"))
# Statements are put together once: that takes longer than running them.
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
_LINES = (
    select(_STAY.booking_id, _STAY.unit, _STAY.room, _STAY.room_type, _STAY.adults, _STAY.children)
    .where(_STAY.booking_id.in_(bindparam("ids", expanding=True)))
    .order_by(_STAY.booking_id, _STAY.arrival, _STAY.id)
)
_ANNOUNCED = select(_FACT.booking_id, _FACT.recorded_at).where(
    _FACT.booking_id.in_(bindparam("ids", expanding=True)), _FACT.type == FactType.BOOKING_CREATED.value
)


def rows_of(session: Session, rows: Sequence[Found]) -> tuple[BookingRow, ...]:
    """In the order given; `rows` come from a statement made of LISTED."""
    if not rows:
        return ()
    ids = {"ids": [row.id for row in rows]}
    lines: dict[int, list[Found]] = defaultdict(list)
    for line in session.execute(_LINES, ids):
        lines[line.booking_id].append(line)
    announced = {fact.booking_id: fact.recorded_at for fact in session.execute(_ANNOUNCED, ids)}
    return tuple(_row(row, lines[row.id], announced.get(row.id)) for row in rows)


def _row(row: Found, lines: Sequence[Found], announced_at: datetime | None) -> BookingRow:
    rooms, room_types, units, adults, children = _together(lines)
    return BookingRow(
        public_id=row.public_id,
        external_id=row.external_id,
        confirmation_number=row.confirmation_number,
        group_ref=row.group_ref,
        guest_first=row.guest_first,
        guest_last=row.guest_last,
        arrival=row.arrival,
        departure=row.departure,
        status=_STATUSES[row.status],
        raw_status=row.raw_status,
        holds_room=row.holds_room,
        source=row.source,
        rooms=rooms,
        room_types=room_types,
        units=units,
        adults=adults,
        children=children,
        total_minor=row.total_minor,
        balance_minor=row.balance_minor,
        currency=row.currency,
        changed_at=row.changed_at,
        is_gone=row.gone_at is not None,
        announced_at=announced_at,
    )


def _together(lines: Sequence[Found]) -> tuple[tuple[str, ...], tuple[str, ...], int, int, int]:
    """Rooms, room types, units, adults and children of a booking's lines."""
    if len(lines) == 1:  # nearly all have one
        one = lines[0]
        return (
            (one.room,) if one.room else (),
            (one.room_type,) if one.room_type else (),
            1,
            one.adults,
            one.children,
        )
    units = {line.unit: line for line in lines}  # people stay the same when they move rooms
    return (
        tuple(dict.fromkeys(line.room for line in lines if line.room)),
        tuple(dict.fromkeys(line.room_type for line in lines if line.room_type)),
        len(units),
        sum(line.adults for line in units.values()),
        sum(line.children for line in units.values()),
    )


_STATUSES = {status.value: status for status in BookingStatus}
