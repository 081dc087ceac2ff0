"""The hotel's books: every reservation and guest, when each changed, and the questions a vendor answers."""

import threading
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from simulator import inventory, pricing
from simulator.clock import WorldClock
from simulator.hotel import Guest, Hotel, Reservation
from simulator.inventory import AvailabilityDay
from simulator.pricing import RateDay


class WorldError(Exception):
    """The world refused; the text says why."""


class UnknownError(WorldError):
    """No such reservation, guest, room, room type or rate plan."""


class NotPossibleError(WorldError):
    """The reservation is not in a state for this, or no room is free."""


@dataclass(frozen=True, slots=True)
class Change:
    """One record before (None: it is new) and after an act of the front desk."""

    before: Reservation | Guest | None
    after: Reservation | Guest


@dataclass(frozen=True, slots=True)
class DayClosed:
    """The night audit has moved the business date to `today`."""

    today: date
    at: datetime


News = Change | DayClosed


@dataclass(frozen=True, slots=True)
class Query:
    """A selection of records; every field that is None does not restrict.

    `changed_since` is included, `changed_until` is not. With `changed_until` a record counts, and keeps
    its place, by its last change before that instant, so that a list does not move while it is paged.
    `stay_from` to `stay_to`, both included, selects stays that touch those days.
    """

    changed_since: datetime | None = None
    changed_until: datetime | None = None
    stay_from: date | None = None
    stay_to: date | None = None
    ids: frozenset[str] | None = None


class Register:
    """Holds the records of one hotel; every method may be called from any thread."""

    def __init__(
        self,
        hotel: Hotel,
        business_date: date,
        clock: WorldClock,
        reservations: Iterable[Reservation],
        guests: Iterable[Guest],
    ) -> None:
        self.hotel = hotel
        self.clock = clock
        self._lock = threading.RLock()
        self._business_date = business_date
        self._reservations = {r.number: r for r in reservations}
        self._guests = {g.id: g for g in guests}
        self._changes = {r.number: [r.updated_at] for r in self._reservations.values()}
        self._guest_changes = {g.id: [g.updated_at] for g in self._guests.values()}
        stamps = [stamps[-1] for stamps in (*self._changes.values(), *self._guest_changes.values())]
        self._last_stamp = max(stamps, default=datetime(2000, 1, 1, tzinfo=UTC))
        self._listeners: list[Callable[[News], None]] = []

    def listen(self, listener: Callable[[News], None]) -> None:
        """Calls `listener` with all that happens from now on, in order, while the books are locked: be quick."""
        with self._lock:
            self._listeners.append(listener)

    @property
    def business_date(self) -> date:
        with self._lock:
            return self._business_date

    def horizon(self) -> datetime:
        """An instant after every change so far and no later than any to come."""
        with self._lock:
            return max(self._now(), self._last_stamp + timedelta(milliseconds=1))

    def reservations(self) -> list[Reservation]:
        """All of them, in order of number."""
        with self._lock:
            return sorted(self._reservations.values(), key=lambda r: r.number)

    def guests(self) -> list[Guest]:
        with self._lock:
            return sorted(self._guests.values(), key=lambda g: g.id)

    def reservation(self, number: str) -> Reservation:
        """Raises UnknownError."""
        with self._lock:
            try:
                return self._reservations[number]
            except KeyError:
                raise UnknownError(f"no reservation {number}") from None

    def guest(self, guest_id: str) -> Guest:
        """Raises UnknownError."""
        with self._lock:
            try:
                return self._guests[guest_id]
            except KeyError:
                raise UnknownError(f"no guest {guest_id}") from None

    def select_reservations(self, query: Query) -> list[tuple[datetime, Reservation]]:
        """Matching reservations with the stamp they are ordered by, oldest change first, then by number."""
        with self._lock:
            found = [
                (stamp, self._reservations[number])
                for number, stamp in _changed(self._changes, query)
                if _stays_within(self._reservations[number], query)
            ]
        return sorted(found, key=lambda pair: (pair[0], pair[1].number))

    def select_guests(self, query: Query) -> list[tuple[datetime, Guest]]:
        """Matching guests with the stamp they are ordered by; the stay window does not apply."""
        with self._lock:
            found = [(stamp, self._guests[key]) for key, stamp in _changed(self._guest_changes, query)]
        return sorted(found, key=lambda pair: (pair[0], pair[1].id))

    def availability(self, first: date, last: date) -> list[AvailabilityDay]:
        """Both days included, ordered by date, then room type."""
        return list(inventory.availability(self.hotel, self.reservations(), first, last))

    def rates(self, first: date, last: date) -> list[RateDay]:
        """Both days included, ordered by date, then room type, then plan."""
        return list(pricing.rates(self.hotel, first, last))

    def _store(self, reservation: Reservation) -> Reservation:
        """Keeps the record under a stamp later than every stamp before it."""
        before = self._reservations.get(reservation.number)
        stored = replace(reservation, updated_at=self._next_stamp())
        self._reservations[stored.number] = stored
        self._changes.setdefault(stored.number, []).append(stored.updated_at)
        self._tell(Change(before, stored))
        return stored

    def _store_guest(self, guest: Guest) -> Guest:
        before = self._guests.get(guest.id)
        stored = replace(guest, updated_at=self._next_stamp())
        self._guests[stored.id] = stored
        self._guest_changes.setdefault(stored.id, []).append(stored.updated_at)
        self._tell(Change(before, stored))
        return stored

    def _tell(self, news: News) -> None:
        for listener in self._listeners:
            listener(news)

    def _now(self) -> datetime:
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def _next_stamp(self) -> datetime:
        self._last_stamp = max(self._now(), self._last_stamp + timedelta(milliseconds=1))
        return self._last_stamp


def _changed(changes: dict[str, list[datetime]], query: Query) -> Iterable[tuple[str, datetime]]:
    keys: Collection[str] = changes if query.ids is None else [key for key in query.ids if key in changes]
    for key in keys:
        stamps = changes[key]
        count = len(stamps) if query.changed_until is None else bisect_left(stamps, query.changed_until)
        if count and (query.changed_since is None or stamps[count - 1] >= query.changed_since):
            yield key, stamps[count - 1]


def _stays_within(reservation: Reservation, query: Query) -> bool:
    if query.stay_to is not None and reservation.arrival > query.stay_to:
        return False
    return query.stay_from is None or reservation.departure >= query.stay_from
