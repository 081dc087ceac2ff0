"""The audit trail of the pretend RMS Cloud: who changed what of a reservation, from what to what, and when."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from simulator.hotel import Reservation, State
from simulator.pms.rms_books import PROPERTY, Books, Row
from simulator.pms.rms_calls import Ask, Ids, Json, Span, local
from simulator.register import Change, News

_FIRST = 990_000
_FIELDS = Literal[
    "Arrive", "Depart", "Category", "Area", "Adults", "Children", "Infants", "RateType", "Company", "Status",
    "Surname", "Given", "Mobile", "Email", "Email2",
]  # fmt: skip


class Search(msgspec.Struct, frozen=True, rename="camel"):
    """`auditTrailIdFrom` and `auditTrailIdTo` belong to the range."""

    audit_trail_id_from: int | None = None
    audit_trail_id_to: int | None = None
    date_from: str | None = None
    date_to: str | None = None
    field_modified: _FIELDS | None = None
    property_ids: Ids = None
    reservation_ids: Ids = None


@dataclass(frozen=True, slots=True)
class _Entry:
    id: int
    at: datetime
    reservation: int
    guest: int
    field: str
    old: str
    new: str


class Trail:
    """Begins with what the reservations themselves tell of their past; the rest it hears."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = threading.Lock()
        self._count = itertools.count(_FIRST)
        self._entries: list[_Entry] = []
        past = [
            each
            for record in books.world.reservations()
            for row in books.of(record)
            if row.kind == "Normal"
            for each in self._past(record, row)
        ]
        for at, row, old, new in sorted(past, key=lambda each: (each[0], each[1].id)):
            self._write(at, row, "Status", old, new)
        books.world.listen(self._hear)

    def search(self, ask: Ask) -> object:
        wish = ask.body(Search)
        zone, span = self._books.world.hotel.zone, Span(wish.date_from, wish.date_to)
        with self._lock:
            entries = list(self._entries)
        found = [
            entry
            for entry in entries
            if (wish.audit_trail_id_from is None or entry.id >= wish.audit_trail_id_from)
            and (wish.audit_trail_id_to is None or entry.id <= wish.audit_trail_id_to)
            and (wish.field_modified is None or entry.field == wish.field_modified)
            and (not wish.property_ids or PROPERTY in wish.property_ids)
            and (not wish.reservation_ids or entry.reservation in wish.reservation_ids)
            and span.holds(local(entry.at, zone))
        ]
        return ask.page(lambda: [self._row(entry) for entry in found])

    def _row(self, entry: _Entry) -> Json:
        return {
            "id": entry.id,
            "reservationId": entry.reservation,
            "guestId": entry.guest,
            "fieldModified": entry.field,
            "oldValue": entry.old,
            "newValue": entry.new,
            "createdDate": local(entry.at, self._books.world.hotel.zone),
            "username": "front1",
            "userId": 3,
            "reason": "",
        }

    def _past(self, record: Reservation, row: Row) -> Iterator[tuple[datetime, Row, str, str]]:
        state = row.line.state if row.line else record.state
        if record.checked_in_at and state in (State.IN_HOUSE, State.CHECKED_OUT):
            yield record.checked_in_at, row, "Confirmed", "Arrived"
        if state is State.CHECKED_OUT:
            yield record.checked_out_at or record.updated_at, row, "Arrived", "Departed"
        if state is State.CANCELLED:
            yield record.cancelled_at or record.updated_at, row, "Confirmed", "Cancelled"
        if state is State.NO_SHOW:
            yield record.updated_at, row, "Confirmed", row.status

    def _hear(self, news: News) -> None:
        if not isinstance(news, Change) or not isinstance(news.after, Reservation):
            return
        before = (
            {row.id: row for row in self._books.of(news.before)}
            if isinstance(news.before, Reservation)
            else {}
        )
        for row in self._books.of(news.after):
            old = before.get(row.id)
            if row.kind != "Normal" or (old is None and not before):
                continue
            for field, was, now in _differences(old, row):
                self._write(news.after.updated_at, row, field, was, now)

    def _write(self, at: datetime, row: Row, field: str, old: str, new: str) -> None:
        guest = self._books.guest_id(row.record.guest_id) if row.record is not None else 0
        with self._lock:
            self._entries.append(_Entry(next(self._count), at, row.id, guest, field, old, new))


def _differences(old: Row | None, new: Row) -> Iterator[tuple[str, str, str]]:
    """A part of a stay that begins with a room move has no past of its own."""
    if old is None:
        yield "Status", "Confirmed", new.status
        return
    pairs = (
        ("Status", old.status, new.status),
        ("Arrive", str(old.arrival), str(new.arrival)),
        ("Depart", str(old.departure), str(new.departure)),
        ("Area", old.room or "", new.room or ""),
    )
    for field, was, now in pairs:
        if was != now:
            yield field, was, now
