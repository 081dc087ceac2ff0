"""Rooms, room types, availability and rates of the primary connection, as programs read them."""

import hashlib
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.domain.value import Value
from webapp.models import Availability, Rate, Stay

from . import stay_metrics
from .stay_metrics import primary_connection_id

AROUND = timedelta(days=400)
"""Rooms and types are those of stays this far around the business date, and of the provider's availability."""


class RoomType(Value, frozen=True):
    """`id` is made of the provider's own, which no other type shares."""

    id: str
    external_id: str
    name: str
    rooms: int
    total: int | None  # by the provider's availability of the business date


class Room(Value, frozen=True):
    """A room that stays were in; `is_occupied` now."""

    id: str
    name: str
    room_type_id: str
    room_type: str
    is_occupied: bool


class Period(Value, frozen=True):
    """Half-open days, and what is narrowed to."""

    first: date
    end: date
    room_type: str | None = None  # an id of ours
    updated_since: datetime | None = None


class AvailabilityDay(Value, frozen=True):
    day: date
    room_type_id: str
    room_type: str
    available: int
    total: int | None
    changed_at: datetime
    key: tuple[str, str]


class RateDay(Value, frozen=True):
    """`price_minor` is minor units of `currency`."""

    day: date
    rate_plan_id: str
    rate_plan: str
    room_type_id: str
    room_type: str
    price_minor: int
    currency: str
    min_stay: int | None
    closed_to_arrival: bool
    closed_to_departure: bool
    changed_at: datetime
    key: tuple[str, str, str]


def id_of(prefix: str, connection_id: int, text: str) -> str:
    """A stable id for what the provider only names."""
    return f"{prefix}_{hashlib.blake2b(f'{connection_id}:{text}'.encode(), digest_size=10).hexdigest()}"


def room_types(session: Session, business_date: date) -> tuple[RoomType, ...]:
    """By name."""
    owner = primary_connection_id(session)
    if owner is None:
        return ()
    sold = session.execute(
        select(Stay.room_type_id, func.max(Stay.room_type), func.count(Stay.room.distinct()))
        .where(*_around(owner, business_date), Stay.room_type_id != "")
        .group_by(Stay.room_type_id)
    )
    names: dict[str, str] = {}
    rooms: dict[str, int] = {}
    for key, name, count in sold:
        names[key], rooms[key] = name, count
    told = session.execute(
        select(Availability.room_type_id, Availability.room_type, Availability.total).where(
            Availability.connection_id == owner, Availability.day == business_date
        )
    )
    totals: dict[str, int | None] = {}
    for key, name, total in told:
        names[key] = name or names.get(key, "")
        totals[key] = total
    found = (
        RoomType(id_of("rt", owner, key), key, name, rooms.get(key, 0), totals.get(key))
        for key, name in names.items()
    )
    return tuple(sorted(found, key=lambda kind: (kind.name.casefold(), kind.id)))


def rooms(session: Session, business_date: date) -> tuple[Room, ...]:
    """By name. The type is the one that the room had in its latest stay."""
    owner = primary_connection_id(session)
    if owner is None:
        return ()
    seen = session.execute(
        select(Stay.room, Stay.room_type_id, Stay.room_type, func.max(Stay.arrival).label("at"))
        .where(*_around(owner, business_date), Stay.room != "")
        .group_by(Stay.room, Stay.room_type_id, Stay.room_type)
        .order_by("at")
    )
    latest = {row.room: row for row in seen}
    occupied = {visit.room for visit in stay_metrics.in_house(session, owner, business_date)}
    found = (
        Room(
            id_of("rm", owner, name),
            name,
            id_of("rt", owner, row.room_type_id) if row.room_type_id else "",
            row.room_type,
            name in occupied,
        )
        for name, row in latest.items()
    )
    return tuple(sorted(found, key=lambda room: (room.name.casefold(), room.id)))


def availability(
    session: Session, wanted: Period, after: tuple[str, str] | None, limit: int
) -> tuple[AvailabilityDay, ...]:
    """At most `limit` from after the key `after`, by day and type."""
    owner = primary_connection_id(session)
    external = _external_type(session, owner, wanted)
    if owner is None or external == "":
        return ()
    table = Availability
    conditions = [
        table.connection_id == owner,
        *_within(table.day, wanted),
        *_changed(table.changed_at, wanted),
    ]
    if external is not None:
        conditions.append(table.room_type_id == external)
    if after is not None:
        place = tuple_(literal(date.fromisoformat(after[0])), literal(after[1]))
        conditions.append(tuple_(table.day, table.room_type_id) > place)
    rows = session.scalars(
        select(table).where(*conditions).order_by(table.day, table.room_type_id).limit(limit)
    )
    return tuple(
        AvailabilityDay(
            row.day,
            id_of("rt", owner, row.room_type_id),
            row.room_type,
            row.available,
            row.total,
            row.changed_at,
            (row.day.isoformat(), row.room_type_id),
        )
        for row in rows
    )


def rates(
    session: Session, wanted: Period, after: tuple[str, str, str] | None, limit: int
) -> tuple[RateDay, ...]:
    """At most `limit` from after the key `after`, by day, plan and type."""
    owner = primary_connection_id(session)
    external = _external_type(session, owner, wanted)
    if owner is None or external == "":
        return ()
    table = Rate
    key = (table.day, table.rate_plan_id, table.room_type_id)
    conditions = [
        table.connection_id == owner,
        *_within(table.day, wanted),
        *_changed(table.changed_at, wanted),
    ]
    if external is not None:
        conditions.append(table.room_type_id == external)
    if after is not None:
        place = tuple_(literal(date.fromisoformat(after[0])), literal(after[1]), literal(after[2]))
        conditions.append(tuple_(*key) > place)
    rows = session.scalars(select(table).where(*conditions).order_by(*key).limit(limit))
    return tuple(_rate(owner, row) for row in rows)


def _rate(owner: int, row: Rate) -> RateDay:
    return RateDay(
        day=row.day,
        rate_plan_id=id_of("rp", owner, row.rate_plan_id),
        rate_plan=row.rate_plan,
        room_type_id=id_of("rt", owner, row.room_type_id),
        room_type=row.room_type,
        price_minor=row.price_minor,
        currency=row.currency,
        min_stay=row.min_stay,
        closed_to_arrival=row.closed_to_arrival,
        closed_to_departure=row.closed_to_departure,
        changed_at=row.changed_at,
        key=(row.day.isoformat(), row.rate_plan_id, row.room_type_id),
    )


def _around(owner: int, business_date: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Stay.connection_id == owner,
        Stay.arrival >= business_date - AROUND,
        Stay.arrival < business_date + AROUND,
    )


def _within(day: InstrumentedAttribute[date], wanted: Period) -> tuple[ColumnElement[bool], ...]:
    return day >= wanted.first, day < wanted.end


def _changed(stamp: InstrumentedAttribute[datetime], wanted: Period) -> tuple[ColumnElement[bool], ...]:
    return () if wanted.updated_since is None else (stamp >= wanted.updated_since,)


def _external_type(session: Session, owner: int | None, wanted: Period) -> str | None:
    """The provider's id of the wanted type; "" for one that nobody has, None where all are wanted."""
    if owner is None or wanted.room_type is None:
        return None
    found = set(
        session.scalars(
            select(Availability.room_type_id)
            .where(
                Availability.connection_id == owner,
                Availability.day >= wanted.first,
                Availability.day < wanted.end,
            )
            .distinct()
        )
    )
    found.update(
        session.scalars(
            select(Rate.room_type_id)
            .where(Rate.connection_id == owner, Rate.day >= wanted.first, Rate.day < wanted.end)
            .distinct()
        )
    )
    return next((key for key in found if id_of("rt", owner, key) == wanted.room_type), "")
