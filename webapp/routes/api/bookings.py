"""Bookings over the API: the list with its filters, and one with its people, stays and nights."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from webapp.domain.booking import BookingStatus
from webapp.services import bookings, feeds
from webapp.services.booking_detail import BookingDetail, LineView
from webapp.services.booking_views import BookingFilter, BookingRow, View
from webapp.services.feeds import FeedBooking
from webapp.services.stay_metrics import primary_connection_id

from .operation import Call, operation
from .paging import answered, follow_of, place_after
from .problems import ApiProblem
from .shapes import (
    NO_NUL,
    Answer,
    Day,
    Listed,
    Money,
    NoQuery,
    PageQuery,
    PersonName,
    money,
)

GROUP = "Bookings"


class BookingQuery(PageQuery):
    q: str | None = Field(
        default=None,
        max_length=200,
        pattern=NO_NUL,
        description="Words that begin a number, name, source or room.",
    )
    view: View | None = Field(
        default=None,
        description="Of the business date: arriving, in_house, departing, or upcoming (from today on).",
    )
    status: BookingStatus | None = None
    arrival_from: Day | None = None
    arrival_to: Day | None = Field(default=None, description="Included.")
    source: str | None = Field(default=None, max_length=80, pattern=NO_NUL)
    room_type: str | None = Field(default=None, max_length=120, pattern=NO_NUL, description="Its name.")


class Booking(Answer):
    """A booking in a list. Nights are half-open: the guest leaves on `departure`."""

    id: str
    external_id: str = Field(description="The id at the provider.")
    confirmation_number: str
    group: str | None
    status: BookingStatus
    holds_room: bool = Field(description="An inquiry that keeps a room.")
    guest: PersonName
    arrival: date
    departure: date
    nights: int
    source: str
    rooms: list[str]
    room_types: list[str]
    units: int = Field(description="Rooms sold.")
    adults: int
    children: int
    total: Money | None
    balance: Money | None
    is_deleted: bool = Field(description="Gone at the provider; it counts nowhere.")
    created_at: datetime
    updated_at: datetime


class BookingList(Listed[Booking]):
    """A page of bookings."""


class Night(Answer):
    night: date
    gross: Money | None
    net: Money | None


class StayLine(Answer):
    """A room from arrival to departure; lines of one unit follow each other."""

    line: str
    unit: str
    status: BookingStatus
    arrival: date
    departure: date
    room: str
    room_type: str
    rate_plan: str
    adults: int
    children: int
    nights: list[Night]
    are_nights_spread: bool = Field(description="The provider priced the stay, not its nights.")
    checked_in_at: datetime | None
    checked_out_at: datetime | None


class OneBooking(Booking):
    """A booking with everything that a program needs of it."""

    integration: str
    revision: int
    booked_at: datetime | None
    cancelled_at: datetime | None
    people: list[PersonName]
    stays: list[StayLine]


@operation("GET", "/bookings", group=GROUP, answer=BookingList, query=BookingQuery, problems=("bad_cursor",))
def list_bookings(call: Call[BookingQuery, None]) -> BookingList:
    """List bookings.

    Of the primary integration, in the order in which the hub first saw them; with `updated_since` in the order of
    their last change. Follow `next_cursor` while `has_more`.
    """
    with call.runtime.reading() as session:
        fed = feeds.booking_feed(session, _wanted(call.query), follow_of(call))
    return answered(call, BookingList, [_booking(one) for one in fed.items], place_after(fed.next))


@operation(
    "GET", "/bookings/{booking_id}", group=GROUP, answer=OneBooking, ids={"booking_id": "bk"}, has_etag=True
)
def read_booking(call: Call[NoQuery, None]) -> OneBooking:
    """Read one booking.

    With its people, its stays, and what each night costs.
    """
    with call.runtime.reading() as session:
        found = bookings.detail(session, call.ids["booking_id"])
        if found is None or found.connection_id != primary_connection_id(session):
            raise ApiProblem("not_found")
        return _detail(found)


def _wanted(query: BookingQuery) -> BookingFilter:
    return BookingFilter(
        text=query.q or "",
        view=query.view or View.ALL,
        status=query.status,
        arrival_from=query.arrival_from,
        arrival_to=query.arrival_to,
        source=query.source or "",
        room_type=query.room_type or "",
    )


def _booking(found: FeedBooking) -> Booking:
    row = found.row
    return Booking(**_plain(row), created_at=found.created_at, updated_at=row.changed_at, **_rooms(row))


def _plain(row: BookingRow | BookingDetail) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "external_id": row.external_id,
        "confirmation_number": row.confirmation_number,
        "group": row.group_ref or None,
        "status": row.status,
        "holds_room": row.holds_room,
        "guest": PersonName(first_name=row.guest_first, last_name=row.guest_last),
        "arrival": row.arrival,
        "departure": row.departure,
        "nights": row.nights,
        "source": row.source,
        "total": money(row.total_minor, row.currency),
        "balance": money(row.balance_minor, row.currency),
    }


def _rooms(row: BookingRow) -> dict[str, Any]:
    return {
        "rooms": list(row.rooms),
        "room_types": list(row.room_types),
        "units": row.units,
        "adults": row.adults,
        "children": row.children,
        "is_deleted": row.is_gone,
    }


def _detail(found: BookingDetail) -> OneBooking:
    lines = [(unit.unit, line) for unit in found.units for line in unit.lines]
    people = [unit.lines[-1] for unit in found.units if unit.lines]
    return OneBooking(
        **_plain(found),
        rooms=list(dict.fromkeys(line.room for _, line in lines if line.room)),
        room_types=list(dict.fromkeys(line.room_type for _, line in lines if line.room_type)),
        units=len(found.units),
        adults=sum(line.adults for line in people),
        children=sum(line.children for line in people),
        is_deleted=found.gone_at is not None,
        created_at=found.stored_at,
        updated_at=found.changed_at,
        integration=found.connection_name,
        revision=found.revision,
        booked_at=found.booked_at,
        cancelled_at=found.cancelled_at,
        people=[PersonName(first_name=one.first_name, last_name=one.last_name) for one in found.guests],
        stays=[_line(unit, line, found.currency) for unit, line in lines],
    )


def _line(unit: str, line: LineView, currency: str) -> StayLine:
    nights = [
        Night(night=one.night, gross=money(one.gross_minor, currency), net=money(one.net_minor, currency))
        for one in line.nights
    ]
    return StayLine(
        line=line.line,
        unit=unit,
        status=line.status,
        arrival=line.arrival,
        departure=line.departure,
        room=line.room,
        room_type=line.room_type,
        rate_plan=line.rate_plan,
        adults=line.adults,
        children=line.children,
        nights=nights,
        are_nights_spread=line.are_nights_spread,
        checked_in_at=line.checked_in_at,
        checked_out_at=line.checked_out_at,
    )
