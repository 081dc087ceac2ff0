"""Facts: decides from a stored and a new booking what happened, and records each happening once."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType
from webapp.models import Fact
from webapp.models.bulk import bulk_insert
from webapp.models.bulk_reading import is_one_of

from . import outbox_facts
from .applying import Circumstances
from .booking_changes import LINE, ROOM, STATUS, UNIT, Change, Content
from .booking_rows import FIELDS, STAY_FIELDS, Row
from .outbox_facts import Recorded

FACTS = Fact.metadata.tables["hub_event"]
_COLUMNS = ("public_id", "booking_id", "type", "occurrence", "occurred_at", "recorded_at", "road", "document")

# What a cancellation, an arrival or a departure changes by itself; anything more is an update of its own.
_BY_ITSELF = frozenset(
    {"status", "raw_status", "cancelled_at", "checked_in_at", "checked_out_at", "guests_checked_in"}
)

_MOMENTS = frozenset({"checked_in_at", "checked_out_at"})

_STATUS, _BOOKED, _UPDATED, _CANCELLED = (
    FIELDS.index(name) for name in ("status", "booked_at", "updated_at", "cancelled_at")
)
_IN, _OUT = (STAY_FIELDS.index(name) for name in ("checked_in_at", "checked_out_at"))


class Happening(NamedTuple):
    """`occurred_at` is the provider's time when it says one; `document` says what, without guest data."""

    booking_id: int
    type: FactType
    occurred_at: datetime | None
    document: dict[str, Any]


class _Presence(StrEnum):
    AWAITED = "awaited"
    IN_HOUSE = "in_house"
    LEFT = "left"


def happenings(
    booking_id: int, old: Content | None, new: Content, changes: Sequence[Change]
) -> list[Happening]:
    """In the order in which they are told. `old` is None for a booking that the hub did not know."""
    found: list[Happening] = []
    status, updated_at = new.booking[_STATUS], new.booking[_UPDATED]
    if old is None:
        found.append(
            Happening(booking_id, FactType.BOOKING_CREATED, new.booking[_BOOKED], {"status": status})
        )
    arrived, left = ([], []) if old and old.stays == new.stays else _movements(old, new)
    if arrived:
        at = _latest(arrived, _IN) or updated_at
        found.append(Happening(booking_id, FactType.GUEST_CHECKIN, at, _places(arrived)))
    if left:
        at = _latest(left, _OUT) or updated_at
        found.append(Happening(booking_id, FactType.GUEST_CHECKOUT, at, _places(left)))
    is_cancelled = status == BookingStatus.CANCELLED
    if is_cancelled and (old is None or old.booking[_STATUS] != status):
        at = new.booking[_CANCELLED] or updated_at
        found.append(Happening(booking_id, FactType.BOOKING_CANCELLED, at, {}))
    if old is not None:
        told = {change.field for change in changes if not _is_learned(change)}
        rest = sorted(told - (_BY_ITSELF if found else frozenset()))
        if rest:
            found.append(Happening(booking_id, FactType.BOOKING_UPDATED, updated_at, {"fields": rest}))
    return found


def _is_learned(change: Change) -> bool:
    """The exact moment of an arrival or a departure that was known without it: some providers tell it later."""
    return change.field in _MOMENTS and change.old is None


def is_news(how: Circumstances, new: Content) -> bool:
    """Whether finding an unknown booking means that it was just made, and not that it lay outside the history."""
    booked_at = new.booking[_BOOKED]
    return how.watched_since is None or booked_at is None or booked_at >= how.watched_since


def record(db: DatabaseConnection, how: Circumstances, found: Sequence[Happening]) -> None:
    """Writes facts, each with the next occurrence number of its booking and type."""
    if not found:
        return
    numbers = _occurrences(db, {item.booking_id for item in found})
    rows: list[Row] = []
    for item, public_id in zip(found, how.new_ids("ev", len(found)), strict=True):
        key = (item.booking_id, item.type.value)
        numbers[key] = numbers.get(key, 0) + 1
        rows.append(
            (
                public_id,
                item.booking_id,
                item.type.value,
                numbers[key],
                item.occurred_at,
                how.at,
                how.road.value,
                item.document,
            )
        )
    bulk_insert(db, FACTS, _COLUMNS, rows)
    outbox_facts.tell(db, how, [Recorded(row[0], row[1], row[2], row[4], row[7]) for row in rows])


def _occurrences(db: DatabaseConnection, bookings: set[int]) -> dict[tuple[int, str], int]:
    statement = (
        select(FACTS.c.booking_id, FACTS.c.type, func.max(FACTS.c.occurrence))
        .where(is_one_of(db, FACTS.c.booking_id, sorted(bookings)))
        .group_by(FACTS.c.booking_id, FACTS.c.type)
    )
    return {(booking, kind): number for booking, kind, number in db.execute(statement)}


def _movements(old: Content | None, new: Content) -> tuple[list[Row], list[Row]]:
    """The lines by which somebody arrived, and by which somebody left."""
    arrived = _became(_Presence.IN_HOUSE, old, new)
    left = _became(_Presence.LEFT, old, new)
    before = _presences(old.stays) if old else {}
    # Who came and went between two looks has done both.
    arrived += [row for row in left if before.get(row[UNIT]) is not _Presence.IN_HOUSE]
    return arrived, left


def _became(presence: _Presence, old: Content | None, new: Content) -> list[Row]:
    """The lines of units that are so now and were not before; a room move leaves a unit in house."""
    before = _presences(old.stays) if old else {}
    now = {
        unit
        for unit, state in _presences(new.stays).items()
        if state is presence and before.get(unit) is not state
    }
    wanted = BookingStatus.CHECKED_IN if presence is _Presence.IN_HOUSE else BookingStatus.CHECKED_OUT
    return [row for row in new.stays if row[UNIT] in now and row[STATUS] == wanted]


def _presences(stays: Sequence[Row]) -> dict[str, _Presence]:
    statuses: dict[str, set[str]] = {}
    for row in stays:
        statuses.setdefault(row[UNIT], set()).add(row[STATUS])
    return {unit: _presence(found) for unit, found in statuses.items()}


def _presence(statuses: set[str]) -> _Presence:
    if BookingStatus.CHECKED_IN in statuses:
        return _Presence.IN_HOUSE
    if BookingStatus.CHECKED_OUT in statuses and BookingStatus.CONFIRMED not in statuses:
        return _Presence.LEFT
    return _Presence.AWAITED


def _latest(rows: Sequence[Row], place: int) -> datetime | None:
    return max((row[place] for row in rows if row[place] is not None), default=None)


def _places(rows: Sequence[Row]) -> dict[str, Any]:
    return {"stays": [{"line": row[LINE], "unit": row[UNIT], "room": row[ROOM]} for row in rows]}
