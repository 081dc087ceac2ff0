"""Bookings of the primary connection: a filtered list paged by key, and the neutral rows of a download."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Select, Tuple, and_, bindparam, false, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from webapp.models import Booking, Hotel, Stay

from . import stay_metrics
from .booking_detail import detail
from .booking_listing import BOOKING, LISTED, Found, rows_of
from .booking_place import Place, read_place
from .booking_search import Matches, matches
from .booking_views import (
    COUNTED,
    BookingFilter,
    BookingPage,
    Choices,
    ExportRow,
    Order,
    View,
)
from .stay_metrics import primary_connection_id

__all__ = ["choices", "detail", "export", "plain_conditions", "search", "view_condition"]


def search(session: Session, wanted: BookingFilter, after: str | None = None, limit: int = 50) -> BookingPage:
    """One page of what `wanted` lets through; `after` is a cursor of the page before. Raises BadCursor.

    A booking whose number is the searched text itself comes first, on the first page.
    """
    place = read_place(after) if after else None
    connection_id = primary_connection_id(session)
    if connection_id is None:
        return BookingPage()
    found = matches(session, connection_id, wanted.text) if wanted.text.strip() else None
    towards_older = place.towards_older if place else wanted.order is Order.LATEST
    rows: Sequence[Found]
    if wanted in _WHOLE:
        rows = _of_the_whole(session, connection_id, place, towards_older, limit + 1)
    else:
        here = tuple_(literal(place.arrival), literal(place.id)) if place else None
        listed = _listed(session, connection_id, wanted, found)
        rows = session.execute(_page_of(listed, here, towards_older).limit(limit + 1)).all()
    has_more, rows = len(rows) > limit, rows[:limit]
    if towards_older is not (wanted.order is Order.LATEST):
        rows = rows[::-1]
    exact = _exact_rows(session, connection_id, wanted, found) if found and place is None else []
    older, newer = _cursors(rows, place, wanted.order, has_more=has_more, towards_older=towards_older)
    shown = [*exact, *rows]
    if place is not None:
        count = None
    elif not has_more:
        count = len(shown)
    else:
        count = _count(session, connection_id, wanted, found)
    return BookingPage(rows_of(session, shown), older, newer, count)


def export(session: Session, wanted: BookingFilter | None = None) -> Iterator[ExportRow]:
    """Every booking that `wanted` lets through, soonest arrival first, read in batches while it is consumed.

    `room_type` is that of the first line. Bookings gone at the provider are left out.
    """
    wanted = replace(wanted or BookingFilter(), order=Order.SOONEST)
    after: str | None = None
    while True:
        page = search(session, wanted, after, limit=500)
        for row in page.rows:
            if not row.is_gone:
                yield ExportRow(
                    external_id=row.external_id,
                    confirmation_number=row.confirmation_number,
                    guest_last=row.guest_last,
                    guest_first=row.guest_first,
                    arrival=row.arrival,
                    departure=row.departure,
                    status=row.status.value,
                    room_type=row.room_types[0] if row.room_types else "",
                    total_minor=row.total_minor,
                    balance_minor=row.balance_minor,
                    currency=row.currency,
                )
        after = page.newer
        if after is None:
            return


def choices(session: Session, today: date) -> Choices:
    """Sources ever seen, and room types of stays around `today`, in alphabetical order."""
    connection_id = primary_connection_id(session)
    if connection_id is None:
        return Choices()
    around = {"owner": connection_id, "since": today - timedelta(14), "until": today + timedelta(14)}
    return Choices(
        sources=tuple(session.scalars(_SOURCES, {"owner": connection_id})),
        room_types=tuple(sorted(session.scalars(_ROOM_TYPES, around), key=str.casefold)),
    )


_ROOM_TYPES = (
    select(Stay.room_type)
    .where(
        Stay.connection_id == bindparam("owner"),
        Stay.arrival >= bindparam("since"),
        Stay.arrival < bindparam("until"),
        Stay.room_type != "",
    )
    .distinct()
)


def _of_the_whole(
    session: Session, connection_id: int, place: Place | None, towards_older: bool, limit: int
) -> Sequence[Found]:
    """A page of the list that nothing narrows, which is asked for most and refreshed by itself."""
    values: dict[str, Any] = {"owner": connection_id, "limit": limit}
    if place is not None:
        values |= {"arrival": place.arrival, "id": place.id}
    statement = _page_of_the_whole(is_onward=place is not None, towards_older=towards_older)
    return session.connection().execute(statement, values).all()


@cache
def _page_of_the_whole(*, is_onward: bool, towards_older: bool) -> Select[*tuple[Any, ...]]:
    here = tuple_(bindparam("arrival", type_=BOOKING.arrival.type), bindparam("id", type_=BOOKING.id.type))
    listed = LISTED.where(BOOKING.connection_id == bindparam("owner"))
    return _page_of(listed, here if is_onward else None, towards_older).limit(bindparam("limit"))


def _listed(
    session: Session, connection_id: int, wanted: BookingFilter, found: Matches | None
) -> Select[*tuple[Any, ...]]:
    """The list without page and order.

    Where candidates are few (rare words, today's views) they are fetched and sorted; else an index is walked in
    the order of the list. SQLite knows no counts and would always walk, so for the few the walk is made
    impossible: `connection_id + 0` fits no index.
    """
    picked: list[ColumnElement[bool]] = []
    if found is not None:
        picked.append(BOOKING.id.in_(found.ids) if found.ids is not None else false())
        if found.exact:
            picked.append(BOOKING.id.not_in(found.exact))
    seen = view_condition(session, connection_id, wanted.view)
    if seen is not None:
        picked.append(seen)
    are_few = (found is not None and not found.is_common) or seen is not None
    owner = (BOOKING.connection_id + 0) if are_few else BOOKING.connection_id
    return LISTED.where(owner == connection_id, *picked, *plain_conditions(session, wanted))


def plain_conditions(session: Session, wanted: BookingFilter) -> list[ColumnElement[bool]]:
    """Of a `Booking`: all of `wanted` but its words and today's views."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(BOOKING.status == wanted.status.value)
    if wanted.source:
        conditions.append(BOOKING.source == wanted.source)
    if wanted.arrival_from is not None:
        conditions.append(BOOKING.arrival >= wanted.arrival_from)
    if wanted.arrival_to is not None:
        conditions.append(BOOKING.arrival <= wanted.arrival_to)
    if wanted.view is View.UPCOMING:
        conditions.append(BOOKING.arrival >= _business_date(session))
    if wanted.room_type:
        line = select(literal(1)).where(Stay.booking_id == BOOKING.id, Stay.room_type == wanted.room_type)
        conditions.append(line.exists())
    return conditions


def view_condition(session: Session, connection_id: int, view: View) -> ColumnElement[bool] | None:
    """Today's views are those of the dashboard: counted by stays, without what is gone at the provider."""
    if view in (View.ALL, View.UPCOMING):
        return None
    if view is View.IN_HOUSE:
        touches = stay_metrics.is_in_house()
    elif view is View.ARRIVING:
        touches = stay_metrics.arrives(_business_date(session))
    else:
        touches = stay_metrics.departs(_business_date(session))
    stays = select(Stay.booking_id).where(Stay.connection_id == connection_id, touches)
    return and_(BOOKING.id.in_(stays), BOOKING.gone_at.is_(None))


def _page_of(
    listed: Select[*tuple[Any, ...]], here: Tuple | None, towards_older: bool
) -> Select[*tuple[Any, ...]]:
    """In the order of the list, from `here` (arrival and id) on."""
    key = tuple_(BOOKING.arrival, BOOKING.id)
    if here is not None:
        listed = listed.where(key < here if towards_older else key > here)
    if towards_older:
        return listed.order_by(BOOKING.arrival.desc(), BOOKING.id.desc())
    return listed.order_by(BOOKING.arrival, BOOKING.id)


def _cursors(
    rows: Sequence[Found], place: Place | None, order: Order, *, has_more: bool, towards_older: bool
) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    first, last = (rows[0], rows[-1]) if order is Order.LATEST else (rows[-1], rows[0])
    # Where we come from there are rows; onward only when one more was found.
    has_older = has_more if towards_older else place is not None
    has_newer = place is not None if towards_older else has_more
    older = Place(True, last.arrival, last.id).text() if has_older else None
    newer = Place(False, first.arrival, first.id).text() if has_newer else None
    return older, newer


def _exact_rows(session: Session, connection_id: int, wanted: BookingFilter, found: Matches) -> list[Found]:
    if not found.exact:
        return []
    seen = view_condition(session, connection_id, wanted.view)
    also = [] if seen is None else [seen]
    statement = LISTED.where(BOOKING.id.in_(found.exact), *also, *plain_conditions(session, wanted))
    return list(session.execute(statement.order_by(BOOKING.arrival.desc(), BOOKING.id.desc())))


def _count(session: Session, connection_id: int, wanted: BookingFilter, found: Matches | None) -> int | None:
    if wanted.room_type or (found is not None and found.is_common):
        return None
    if wanted in _WHOLE:
        return session.connection().execute(_COUNT_OF_THE_WHOLE, {"owner": connection_id}).scalar_one()
    some = _counted(_listed(session, connection_id, wanted, found))
    return (session.scalar(some) or 0) + (len(found.exact) if found else 0)


def _counted(listed: Select[*tuple[Any, ...]]) -> Select[int]:
    """Up to COUNTED + 1."""
    some = listed.with_only_columns(BOOKING.id).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(some)


_WHOLE = frozenset(BookingFilter(order=order) for order in Order)
_COUNT_OF_THE_WHOLE = _counted(LISTED.where(BOOKING.connection_id == bindparam("owner")))


def _distinct_sources() -> Select[str]:
    """Of connection `owner`: leaps from one source to the next in its index instead of reading every booking."""

    def least(*beyond: ColumnElement[bool]) -> Select[str]:
        return select(func.min(Booking.source)).where(Booking.connection_id == bindparam("owner"), *beyond)

    leaps = least(BOOKING.source > "").cte("sources", recursive=True)
    last = aliased(leaps)
    onward = least(BOOKING.source > last.c[0]).correlate(last).scalar_subquery()
    leaps = leaps.union_all(select(onward).where(last.c[0].is_not(None)))
    return select(leaps.c[0]).where(leaps.c[0].is_not(None)).limit(100)


_SOURCES = _distinct_sources()


def _business_date(session: Session) -> date:
    return session.scalars(select(Hotel.business_date)).one()
