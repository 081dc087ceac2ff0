"""Bookings, guests and facts of the primary connection as programs read them: oldest first, or what changed since."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, false, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType
from webapp.domain.value import Value
from webapp.models import Booking, Fact, Guest

from . import bookings
from .booking_listing import BOOKING, LISTED, rows_of
from .booking_search import matches
from .booking_views import BookingFilter, BookingRow, View
from .stay_metrics import primary_connection_id

FEW = frozenset({BookingStatus.INQUIRY, BookingStatus.CHECKED_IN, BookingStatus.NO_SHOW})
"""Statuses that few bookings have at a time: an index finds them. The others are met soon when all are walked."""


class After(Value, frozen=True):
    """The record that a page follows; `at` is its last change, where the list is in that order."""

    id: int
    at: datetime | None = None


class Follow(Value, frozen=True):
    """One page. Without `updated_since` in the order in which records were made, which never changes; with it in the
    order of their last change, so that a record that changes meanwhile comes again instead of being lost."""

    limit: int
    updated_since: datetime | None = None
    after: After | None = None


class FeedBooking(NamedTuple):
    row: BookingRow
    created_at: datetime


class FeedGuest(Value, frozen=True):
    """What lists show of a person; the contact stays on the booking's page."""

    public_id: str
    external_id: str
    first_name: str
    last_name: str
    is_anonymised: bool
    is_gone: bool
    created_at: datetime
    changed_at: datetime


class FeedFact(Value, frozen=True):
    """`document` says what, without guest data."""

    public_id: str
    type: FactType
    booking_id: str
    occurrence: int
    occurred_at: datetime | None
    recorded_at: datetime
    road: str
    document: dict[str, Any]


class Fed(Value, frozen=True):
    """`next` is set when there is more."""

    items: tuple[Any, ...] = ()
    next: After | None = None


def booking_feed(session: Session, wanted: BookingFilter, follow: Follow) -> Fed:
    """FeedBooking by FeedBooking. `wanted.order` means nothing here; bookings gone at the provider are told as gone."""
    connection_id = primary_connection_id(session)
    if connection_id is None:
        return Fed()
    conditions = bookings.plain_conditions(session, wanted)
    is_narrow = wanted.view not in (View.ALL, View.UPCOMING)
    if wanted.arrival_from is not None and wanted.arrival_to is not None:
        is_narrow = True
    if wanted.status in FEW:
        is_narrow = True
    if wanted.text.strip():
        found = matches(session, connection_id, wanted.text)
        among = Booking.id.in_(found.ids) if found.ids is not None else false()
        conditions.append(or_(among, Booking.id.in_(found.exact)) if found.exact else among)
    seen = bookings.view_condition(session, connection_id, wanted.view)
    if seen is not None:
        conditions.append(seen)
    # A plus fits no index: all are walked in the order of the answer instead of fetching a large part and sorting it.
    owner = Booking.connection_id if is_narrow else Booking.connection_id + 0
    statement = LISTED.add_columns(BOOKING.stored_at).where(owner == connection_id, *conditions)
    rows, onward = _page(session, statement, follow, Booking.id, Booking.changed_at)
    shown = rows_of(session, rows)
    items = tuple(FeedBooking(row, found.stored_at) for row, found in zip(shown, rows, strict=True))
    return Fed(items, onward)


def guest_feed(session: Session, follow: Follow) -> Fed:
    """FeedGuest by FeedGuest; profiles that were merged into another one are left out."""
    connection_id = primary_connection_id(session)
    if connection_id is None:
        return Fed()
    statement = _GUESTS.where(Guest.connection_id + 0 == connection_id, Guest.merged_into_id.is_(None))
    rows, onward = _page(session, statement, follow, Guest.id, Guest.changed_at)
    return Fed(tuple(map(_guest, rows)), onward)


def find_guest(session: Session, public_id: str) -> FeedGuest | None:
    owner = primary_connection_id(session)
    wanted = _GUESTS.where(Guest.public_id == public_id, Guest.connection_id == owner)
    row = session.execute(wanted).one_or_none()
    return _guest(row) if row is not None else None


def fact_feed(
    session: Session, follow: Follow, *, kind: FactType | None = None, booking: str | None = None
) -> Fed:
    """FeedFact by FeedFact. A fact never changes: the order of changes is the one in which facts were recorded."""
    connection_id = primary_connection_id(session)
    if connection_id is None:
        return Fed()
    statement = _FACTS.where(Booking.connection_id + 0 == connection_id)
    if kind is not None:
        statement = statement.where(Fact.type == kind.value)
    if booking is not None:
        statement = statement.where(Booking.public_id == booking)
    rows, onward = _page(session, statement, follow, Fact.id, Fact.recorded_at)
    return Fed(tuple(map(_fact, rows)), onward)


def find_fact(session: Session, public_id: str) -> FeedFact | None:
    owner = primary_connection_id(session)
    wanted = _FACTS.where(Fact.public_id == public_id, Booking.connection_id == owner)
    row = session.execute(wanted).one_or_none()
    return _fact(row) if row is not None else None


_GUESTS = select(
    Guest.id,
    Guest.public_id,
    Guest.external_id,
    Guest.first_name,
    Guest.last_name,
    Guest.anonymised_at,
    Guest.gone_at,
    Guest.stored_at,
    Guest.changed_at,
)
_FACTS = select(
    Fact.id,
    Fact.public_id,
    Fact.type,
    Booking.public_id.label("booking_id"),
    Fact.occurrence,
    Fact.occurred_at,
    Fact.recorded_at,
    Fact.road,
    Fact.document,
).join(Booking, Booking.id == Fact.booking_id)


def _page(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    follow: Follow,
    key: InstrumentedAttribute[int],
    stamp: InstrumentedAttribute[datetime],
) -> tuple[Sequence[Row[*tuple[Any, ...]]], After | None]:
    after, by_change = follow.after, follow.updated_since is not None
    place: list[ColumnElement[bool]] = []
    if by_change and (after is None or after.at is None):
        place.append(stamp >= follow.updated_since)
    elif by_change and after is not None:
        place.append(tuple_(stamp, key) > tuple_(literal(after.at, stamp.type), literal(after.id)))
    elif after is not None:
        place.append(key > after.id)
    ordered = statement.where(*place).order_by(*((stamp, key) if by_change else (key,)))
    rows = session.execute(ordered.limit(follow.limit + 1)).all()
    if len(rows) <= follow.limit:
        return rows, None
    rows = rows[: follow.limit]
    last = rows[-1]
    return rows, After(last.id, getattr(last, stamp.key) if by_change else None)


def _guest(row: Row[*tuple[Any, ...]]) -> FeedGuest:
    is_known = row.anonymised_at is None
    return FeedGuest(
        public_id=row.public_id,
        external_id=row.external_id,
        first_name=row.first_name if is_known else "",
        last_name=row.last_name if is_known else "",
        is_anonymised=not is_known,
        is_gone=row.gone_at is not None,
        created_at=row.stored_at,
        changed_at=row.changed_at,
    )


def _fact(row: Row[*tuple[Any, ...]]) -> FeedFact:
    return FeedFact(
        public_id=row.public_id,
        type=FactType(row.type),
        booking_id=row.booking_id,
        occurrence=row.occurrence,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        road=row.road,
        document=row.document,
    )


def changes_of(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these bookings changed last, by its key."""
    found: dict[int, datetime] = {}
    for start in range(0, len(ids), 500):
        wanted = select(Booking.id, Booking.changed_at).where(Booking.id.in_(ids[start : start + 500]))
        found.update((row.id, row.changed_at) for row in session.execute(wanted))
    return found
