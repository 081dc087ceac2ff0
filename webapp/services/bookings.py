"""Bookings of the primary connection: a filtered list paged by key, and the neutral rows of a download."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType
from webapp.models import Booking, Fact, Hotel, Stay

from . import stay_metrics
from .booking_detail import detail
from .booking_place import Place, read_place
from .booking_search import Matches, matches
from .booking_views import (
    COUNTED,
    BookingFilter,
    BookingPage,
    BookingRow,
    Choices,
    ExportRow,
    Order,
    View,
)
from .stay_metrics import primary_connection_id

__all__ = ["choices", "detail", "export", "search"]


def search(session: Session, wanted: BookingFilter, after: str | None = None, limit: int = 50) -> BookingPage:
    """One page of what `wanted` lets through; `after` is a cursor of the page before. Raises BadCursor.

    A booking whose number is the searched text itself comes first, on the first page.
    """
    place = read_place(after) if after else None
    connection_id = primary_connection_id(session)
    if connection_id is None:
        return BookingPage()
    found = matches(session, connection_id, wanted.text) if wanted.text.strip() else None
    listed = _listed(session, connection_id, wanted, found)
    towards_older = place.towards_older if place else wanted.order is Order.LATEST
    rows = session.execute(_page_of(listed, place, towards_older).limit(limit + 1)).all()
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
        count = _count(session, listed, wanted, found)
    return BookingPage(_views(session, shown), older, newer, count)


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
    kinds = select(Stay.room_type).where(
        Stay.connection_id == connection_id,
        Stay.arrival >= today - timedelta(days=14),
        Stay.arrival < today + timedelta(days=14),
        Stay.room_type != "",
    )
    return Choices(
        sources=tuple(session.scalars(_distinct_sources(connection_id)).all()),
        room_types=tuple(sorted(set(session.scalars(kinds.distinct())), key=str.casefold)),
    )


_COLUMNS = (
    Booking.id,
    Booking.public_id,
    Booking.external_id,
    Booking.confirmation_number,
    Booking.group_ref,
    Booking.guest_first,
    Booking.guest_last,
    Booking.arrival,
    Booking.departure,
    Booking.status,
    Booking.raw_status,
    Booking.holds_room,
    Booking.source,
    Booking.total_minor,
    Booking.balance_minor,
    Booking.currency,
    Booking.changed_at,
    Booking.gone_at,
)
Found = Row[*tuple[Any, ...]]


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
        picked.append(Booking.id.in_(found.ids) if found.ids is not None else false())
        if found.exact:
            picked.append(Booking.id.not_in(found.exact))
    seen = _view_condition(session, connection_id, wanted.view)
    if seen is not None:
        picked.append(seen)
    are_few = (found is not None and not found.is_common) or seen is not None
    owner = (Booking.connection_id + 0) if are_few else Booking.connection_id
    return select(*_COLUMNS).where(owner == connection_id, *picked, *_plain_conditions(session, wanted))


def _plain_conditions(session: Session, wanted: BookingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(Booking.status == wanted.status.value)
    if wanted.source:
        conditions.append(Booking.source == wanted.source)
    if wanted.arrival_from is not None:
        conditions.append(Booking.arrival >= wanted.arrival_from)
    if wanted.arrival_to is not None:
        conditions.append(Booking.arrival <= wanted.arrival_to)
    if wanted.view is View.UPCOMING:
        conditions.append(Booking.arrival >= _business_date(session))
    if wanted.room_type:
        line = select(literal(1)).where(Stay.booking_id == Booking.id, Stay.room_type == wanted.room_type)
        conditions.append(line.exists())
    return conditions


def _view_condition(session: Session, connection_id: int, view: View) -> ColumnElement[bool] | None:
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
    return and_(Booking.id.in_(stays), Booking.gone_at.is_(None))


def _page_of(
    listed: Select[*tuple[Any, ...]], place: Place | None, towards_older: bool
) -> Select[*tuple[Any, ...]]:
    key = tuple_(Booking.arrival, Booking.id)
    if place is not None:
        here = tuple_(literal(place.arrival), literal(place.id))
        listed = listed.where(key < here if towards_older else key > here)
    if towards_older:
        return listed.order_by(Booking.arrival.desc(), Booking.id.desc())
    return listed.order_by(Booking.arrival, Booking.id)


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
    seen = _view_condition(session, connection_id, wanted.view)
    also = [] if seen is None else [seen]
    statement = select(*_COLUMNS).where(
        Booking.id.in_(found.exact), *also, *_plain_conditions(session, wanted)
    )
    return list(session.execute(statement.order_by(Booking.arrival.desc(), Booking.id.desc())))


def _count(
    session: Session, listed: Select[*tuple[Any, ...]], wanted: BookingFilter, found: Matches | None
) -> int | None:
    if wanted.room_type or (found is not None and found.is_common):
        return None
    some = listed.with_only_columns(Booking.id).limit(COUNTED + 1).subquery()
    exact = len(found.exact) if found else 0
    return (session.scalar(select(func.count()).select_from(some)) or 0) + exact


def _views(session: Session, rows: Sequence[Found]) -> tuple[BookingRow, ...]:
    if not rows:
        return ()
    ids = [row.id for row in rows]
    lines: dict[int, list[Found]] = defaultdict(list)
    for line in session.execute(
        select(Stay.booking_id, Stay.unit, Stay.room, Stay.room_type, Stay.adults, Stay.children)
        .where(Stay.booking_id.in_(ids))
        .order_by(Stay.booking_id, Stay.arrival, Stay.id)
    ):
        lines[line.booking_id].append(line)
    told = select(Fact.booking_id, Fact.recorded_at).where(
        Fact.booking_id.in_(ids), Fact.type == FactType.BOOKING_CREATED.value
    )
    announced = {fact.booking_id: fact.recorded_at for fact in session.execute(told)}
    return tuple(_view(row, lines[row.id], announced.get(row.id)) for row in rows)


def _view(row: Found, lines: Sequence[Found], announced_at: datetime | None) -> BookingRow:
    units = {line.unit: line for line in lines}  # people stay the same when they move rooms
    plain = {name: value for name, value in row._mapping.items() if name not in {"id", "gone_at"}}
    return BookingRow(
        **{
            **plain,
            "status": BookingStatus(row.status),
            "rooms": tuple(dict.fromkeys(line.room for line in lines if line.room)),
            "room_types": tuple(dict.fromkeys(line.room_type for line in lines if line.room_type)),
            "units": len(units),
            "adults": sum(line.adults for line in units.values()),
            "children": sum(line.children for line in units.values()),
            "is_gone": row.gone_at is not None,
            "announced_at": announced_at,
        }
    )


def _distinct_sources(connection_id: int) -> Select[str]:
    """Leaps from one source to the next in its index instead of reading every booking."""

    def least(*beyond: ColumnElement[bool]) -> Select[str]:
        return select(func.min(Booking.source)).where(Booking.connection_id == connection_id, *beyond)

    leaps = least(Booking.source > "").cte("sources", recursive=True)
    last = aliased(leaps)
    onward = least(Booking.source > last.c[0]).correlate(last).scalar_subquery()
    leaps = leaps.union_all(select(onward).where(last.c[0].is_not(None)))
    return select(leaps.c[0]).where(leaps.c[0].is_not(None)).limit(100)


def _business_date(session: Session) -> date:
    return session.scalars(select(Hotel.business_date)).one()
