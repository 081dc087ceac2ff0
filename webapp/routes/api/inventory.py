"""Rooms, room types, availability and rates over the API."""

from datetime import date, datetime, timedelta
from typing import Any

from pydantic import Field

from webapp.routes.context import the_hotel
from webapp.services import inventory_lists
from webapp.services.inventory_lists import AvailabilityDay, Period, RateDay

from .operation import Call, operation
from .paging import all_in_memory, answered, place_of
from .problems import ApiProblem
from .shapes import Answer, Day, Listed, Money, PageQuery, PageSize, Query

GROUP = "Inventory"
DAYS, MOST_DAYS = 31, 400


class FixedListQuery(Query):
    """Of lists whose records have no time of change: they are made of what stays and availability say."""

    limit: PageSize = Field(default=25, description="Records of a page.")
    cursor: str | None = Field(
        default=None, max_length=600, pattern=r"^[^\x00]*$", description="The next_cursor of the page before."
    )


class DaysQuery(PageQuery):
    start: Day | None = Field(default=None, description="The business date, unless another is named.")
    end: Day | None = Field(
        default=None, description=f"Not included. {DAYS} days after the start; at most {MOST_DAYS}."
    )
    room_type_id: str | None = Field(default=None, pattern="^rt_[0-9a-f]{20}$")


class Room(Answer):
    """A room that a stay was in within 400 days of the business date."""

    id: str
    name: str
    room_type_id: str | None
    room_type: str
    is_occupied: bool


class RoomList(Listed[Room]):
    """A page of rooms."""


class RoomType(Answer):
    id: str
    external_id: str = Field(description="The id at the provider.")
    name: str
    rooms: int = Field(description="Rooms of this type that stays were in.")
    total: int | None = Field(description="Rooms by the provider's availability of the business date.")


class RoomTypeList(Listed[RoomType]):
    """A page of room types."""


class Availability(Answer):
    date: date
    room_type_id: str
    room_type: str
    available: int
    total: int | None
    updated_at: datetime


class AvailabilityList(Listed[Availability]):
    """A page of days."""


class Rate(Answer):
    date: date
    rate_plan_id: str
    rate_plan: str
    room_type_id: str
    room_type: str
    price: Money
    min_stay: int | None
    closed_to_arrival: bool
    closed_to_departure: bool
    updated_at: datetime


class RateList(Listed[Rate]):
    """A page of prices."""


@operation("GET", "/rooms", group=GROUP, answer=RoomList, query=FixedListQuery, problems=("bad_cursor",))
def list_rooms(call: Call[FixedListQuery, None]) -> RoomList:
    """List rooms.

    With whether somebody is checked in; who, tells GET /check-ins.
    """
    with call.runtime.reading() as session:
        found = inventory_lists.rooms(session, the_hotel().business_date)
    return all_in_memory(
        call,
        RoomList,
        found,
        key=lambda room: room.id,
        show=lambda room: Room(
            id=room.id,
            name=room.name,
            room_type_id=room.room_type_id or None,
            room_type=room.room_type,
            is_occupied=room.is_occupied,
        ),
    )


@operation(
    "GET", "/room-types", group=GROUP, answer=RoomTypeList, query=FixedListQuery, problems=("bad_cursor",)
)
def list_room_types(call: Call[FixedListQuery, None]) -> RoomTypeList:
    """List room types."""
    with call.runtime.reading() as session:
        found = inventory_lists.room_types(session, the_hotel().business_date)
    return all_in_memory(
        call,
        RoomTypeList,
        found,
        key=lambda kind: kind.id,
        show=lambda kind: RoomType(
            id=kind.id, external_id=kind.external_id, name=kind.name, rooms=kind.rooms, total=kind.total
        ),
    )


@operation(
    "GET", "/availability", group=GROUP, answer=AvailabilityList, query=DaysQuery, problems=("bad_cursor",)
)
def list_availability(call: Call[DaysQuery, None]) -> AvailabilityList:
    """List free rooms by day and room type.

    What the provider told last.
    """
    limit, place = call.query.limit, _place(call, 2)
    with call.runtime.reading() as session:
        after = (place[0], place[1]) if place else None
        rows = inventory_lists.availability(session, _period(call.query), after, limit + 1)
    onward = rows[limit - 1].key if len(rows) > limit else None
    return answered(call, AvailabilityList, [_availability(row) for row in rows[:limit]], onward)


@operation("GET", "/rates", group=GROUP, answer=RateList, query=DaysQuery, problems=("bad_cursor",))
def list_rates(call: Call[DaysQuery, None]) -> RateList:
    """List prices by day, rate plan and room type.

    What the provider told last.
    """
    limit, place = call.query.limit, _place(call, 3)
    with call.runtime.reading() as session:
        after = (place[0], place[1], place[2]) if place else None
        rows = inventory_lists.rates(session, _period(call.query), after, limit + 1)
    onward = rows[limit - 1].key if len(rows) > limit else None
    return answered(call, RateList, [_rate(row) for row in rows[:limit]], onward)


def _period(query: DaysQuery) -> Period:
    first = query.start or the_hotel().business_date
    end = query.end or _later(first, DAYS)
    # An end before the start holds no days, and what is too far off is cut: neither is worth a refusal.
    return Period(first, min(end, _later(first, MOST_DAYS)), query.room_type_id, query.updated_since)


def _later(day: date, days: int) -> date:
    return day + timedelta(days=min(days, (date.max - day).days))


def _place(call: Call[Any, Any], parts: int) -> list[str] | None:
    """A date and ids. Raises ApiProblem (bad_cursor)."""
    place = place_of(call)
    if place is None:
        return None
    if len(place) != parts or not all(isinstance(part, str) for part in place):
        raise ApiProblem("bad_cursor")
    try:
        date.fromisoformat(str(place[0]))
    except ValueError:
        raise ApiProblem("bad_cursor") from None
    return [str(part) for part in place]


def _availability(row: AvailabilityDay) -> Availability:
    return Availability(
        date=row.day,
        room_type_id=row.room_type_id,
        room_type=row.room_type,
        available=row.available,
        total=row.total,
        updated_at=row.changed_at,
    )


def _rate(row: RateDay) -> Rate:
    return Rate(
        date=row.day,
        rate_plan_id=row.rate_plan_id,
        rate_plan=row.rate_plan,
        room_type_id=row.room_type_id,
        room_type=row.room_type,
        price=Money(amount=row.price_minor, currency=row.currency),
        min_stay=row.min_stay,
        closed_to_arrival=row.closed_to_arrival,
        closed_to_departure=row.closed_to_departure,
        updated_at=row.changed_at,
    )
