"""Puts facts about bookings into the words of outgoing events, with what the booking says at that moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.event import FactType
from webapp.domain.outgoing import OutgoingType
from webapp.models.bulk_reading import is_one_of

from . import outbox
from .applying import Circumstances
from .applying_guests import GUESTS
from .booking_rows import BOOKINGS, PEOPLE, STAYS
from .outbox import News

_ABOUT_A_STAY = {FactType.GUEST_CHECKIN: "checked_in_at", FactType.GUEST_CHECKOUT: "checked_out_at"}


class Recorded(NamedTuple):
    """A fact as it was just written."""

    public_id: str
    booking_id: int
    type: str
    occurred_at: datetime | None
    document: Mapping[str, Any]


def tell(db: DatabaseConnection, how: Circumstances, facts: Sequence[Recorded]) -> None:
    """In the transaction of the facts; the event keeps the fact's public id, so that no road tells it twice."""
    types = frozenset(OutgoingType(fact.type) for fact in facts)

    def news(wanted: frozenset[OutgoingType]) -> list[News]:
        asked = [fact for fact in facts if fact.type in wanted]
        books = _Books(db, how.connection_id, sorted({fact.booking_id for fact in asked}))
        return [_news(books, fact, how.at) for fact in asked]

    outbox.tell_lazily(db, how.at, types, news)


def _news(books: "_Books", fact: Recorded, now: datetime) -> News:
    at = fact.occurred_at or now
    booking = books.bookings[fact.booking_id]
    kind = FactType(fact.type)
    data: dict[str, Any]
    if kind in _ABOUT_A_STAY:
        data = {
            "booking_id": booking["booking_id"],
            "guest_id": books.guests.get(fact.booking_id),
            "room": _rooms(fact.document),
            _ABOUT_A_STAY[kind]: outbox.stamp(at),
        }
    else:
        data = dict(booking)
        if kind is FactType.BOOKING_UPDATED:
            data["changed"] = list(fact.document.get("fields", ()))
    return News(
        OutgoingType(fact.type),
        at,
        data,
        subject=booking["booking_id"],
        personal={"guest_name": books.names[fact.booking_id]},
        public_id=fact.public_id,
    )


def _rooms(document: Mapping[str, Any]) -> str | None:
    """The rooms of the people who came or went, in the order of their lines; None when none has a number."""
    rooms = [stay["room"] for stay in document.get("stays", ()) if stay.get("room")]
    return ", ".join(dict.fromkeys(rooms)) or None


class _Books:
    """What the events say of these bookings, read in three statements."""

    def __init__(self, db: DatabaseConnection, connection_id: int, keys: Sequence[int]) -> None:
        stays: dict[int, list[Any]] = {}
        lines = select(STAYS.c.booking_id, STAYS.c.unit, STAYS.c.room_type, STAYS.c.adults, STAYS.c.children)
        for row in db.execute(
            lines.where(is_one_of(db, STAYS.c.booking_id, keys)).order_by(STAYS.c.booking_id, STAYS.c.line)
        ):
            stays.setdefault(row.booking_id, []).append(row)
        self.bookings: dict[int, dict[str, Any]] = {}
        self.names: dict[int, str] = {}
        for row in db.execute(select(BOOKINGS).where(is_one_of(db, BOOKINGS.c.id, keys))):
            self.bookings[row.id] = _booking(row, stays.get(row.id, []))
            self.names[row.id] = f"{row.guest_first} {row.guest_last}".strip()
        self.guests: dict[int, str] = {}
        main = select(PEOPLE.c.booking_id, GUESTS.c.public_id).join(
            GUESTS,
            and_(GUESTS.c.external_id == PEOPLE.c.guest_external_id, GUESTS.c.connection_id == connection_id),
        )
        for booking_id, public_id in db.execute(
            main.where(is_one_of(db, PEOPLE.c.booking_id, keys)).order_by(
                PEOPLE.c.booking_id, PEOPLE.c.position
            )
        ):
            self.guests.setdefault(booking_id, public_id)


def _booking(row: Any, stays: Sequence[Any]) -> dict[str, Any]:
    units = {stay.unit: stay for stay in stays}  # a room move has several lines of one unit
    return {
        "booking_id": row.public_id,
        "external_id": row.external_id,
        "confirmation_number": row.confirmation_number,
        "source": row.source,
        "status": row.status,
        "arrival": row.arrival.isoformat(),
        "departure": row.departure.isoformat(),
        "room_type": ", ".join(dict.fromkeys(stay.room_type for stay in stays if stay.room_type)),
        "guests": {
            "adults": sum(stay.adults for stay in units.values()),
            "children": sum(stay.children for stay in units.values()),
        },
        "total": None if row.total_minor is None else {"amount": row.total_minor, "currency": row.currency},
    }
