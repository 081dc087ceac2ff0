"""Walks reservations, by change or by stay, and asks what a reservation itself does not say: prices, accounts, guests."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import Sentence
from webapp.integrations.kit.contract import Missing, Page, Skipped
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.unreadable import NO_OBJECT, Unreadable

from .asking import Rms, batches, rows_of
from .guests import GuestBook
from .house import House, Memory
from .mapping import STATUSES, Frame, Moments, Told, booking_of, folded, is_booking
from .reading import Row, first_second, id_of, last_second, number_of, wall_clock
from .trail import Trail

SEARCH = "reservations/search"
RATES, ACCOUNTS = "reservations/dailyRates/search", "reservations/actualAccount/search"
OVERLAP = timedelta(minutes=75)
"""Wall clocks show an hour twice in autumn; a quarter of an hour more is for clocks that differ."""
FULL, LITE = "full", "lite"
_ALL_WRONG = 3
_MOVED = frozenset({BookingStatus.CHECKED_IN, BookingStatus.CHECKED_OUT})


class Step(NamedTuple):
    rows: list[Row]
    skipped: list[Skipped]
    cursor: str | None


class Reservations:
    """Raises ProviderError."""

    def __init__(self, rms: Rms, house: House, memory: Memory, guests: GuestBook) -> None:
        self._rms = rms
        self._house = house
        self._memory = memory
        self._guests = guests
        self._trail = Trail(rms, house, memory)

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        if stream is Stream.CHECK_INS or window.mode is Mode.DELTA:
            self._trail.catch_up()
        moments = self._trail.known()
        for step in self.steps(stream, window, cursor, FULL):
            unmapped: Counter[str] = Counter()
            bookings, skipped = self._bookings(step.rows, moments, unmapped)
            stamps = [booking.updated_at for booking in bookings if booking.updated_at]
            yield Page(
                bookings,
                step.cursor,
                high_water=max(stamps, default=None),
                unmapped=dict(unmapped),
                skipped=[*step.skipped, *skipped, *self._guests.left_out()],
            )

    def by_ids(self, ids: Sequence[str]) -> tuple[Booking | Missing, ...]:
        """In the order asked. One of another property is missing."""
        numbers = [number for identity in ids if (number := number_of(identity)) is not None]
        rows: list[Row] = []
        for batch in batches(numbers):
            filters = {"propertyIds": [self._house.hotel.id], "reservationIds": batch}
            for listed in self._rms.pages(SEARCH, filters, FULL, None):
                rows += [row for row in listed.rows if is_booking(row)]
        moved = [number for row in rows if _has_moved(row) and (number := number_of(id_of(row)))]
        moments = self._trail.of(moved) if moved else {}
        bookings, skipped = self._bookings(rows, moments, Counter())
        if skipped:
            raise ContractBroken(skipped[0].reason)
        known = {booking.external_id: booking for booking in bookings}
        return tuple(known.get(identity, Missing(identity)) for identity in ids)

    def steps(self, stream: Stream, window: Window, cursor: str | None, model: str) -> Iterator[Step]:
        """Rows that are bookings, each once, page by page."""
        met: set[str] = set()
        for listed in self._rms.pages(SEARCH, self._filters(stream, window), model, cursor):
            fresh = [row for row in listed.rows if not id_of(row) or id_of(row) not in met]
            met |= {id_of(row) for row in fresh}
            skipped = [Skipped("", Sentence(NO_OBJECT))] * listed.odd
            yield Step([row for row in fresh if is_booking(row)], skipped, listed.cursor)

    def look(self, window: Window) -> list[Row]:
        """The first page of the stays of a window, for the connection test."""
        return next(self.steps(Stream.CHECK_INS, window, None, LITE)).rows

    def changed_from(self, since: datetime) -> str:
        return wall_clock(since - OVERLAP, self._house.zone)

    # ----------------------------------------------------------------------------------------------------------------

    def _filters(self, stream: Stream, window: Window) -> dict[str, object]:
        """By change without an upper limit: a booking that changes once more would leave the list while it is walked.
        By stay always with both: databases hold years of arrivals that nobody ever checked out."""
        mine: dict[str, object] = {"propertyIds": [self._house.hotel.id]}
        is_by_change = stream in (Stream.BOOKINGS, Stream.GUESTS) and window.mode is Mode.DELTA
        if is_by_change and window.since is not None:
            return {**mine, "modifiedFrom": self.changed_from(window.since)}
        return {
            **mine,
            "departFrom": first_second(window.from_date),
            "arriveTo": last_second(window.to_date - timedelta(days=1)),
        }

    def _bookings(
        self, rows: Sequence[Row], moments: Mapping[str, Moments], unmapped: Counter[str]
    ) -> tuple[list[Booking], list[Skipped]]:
        if not rows:
            return [], []
        ids = [number for row in rows if (number := number_of(id_of(row)))]
        nights = self._grouped("prices", RATES, ids)
        accounts = self._grouped("accounts", ACCOUNTS, ids)
        people = [number for row in rows if (number := number_of(id_of(row, "guestId")))]
        guests = self._guests.named(people)
        frame = Frame(self._house.zone, self._rms.now, self._house.currency)
        made: list[Booking] = []
        skipped: list[Skipped] = []
        for row in rows:
            key = id_of(row)
            word = text(row.get("status"))
            if folded(word) not in STATUSES:
                unmapped[word] += 1
            account = next(iter(accounts.get(key, ())), None)
            told = Told(
                nights.get(key, ()), account, guests.get(id_of(row, "guestId")), moments.get(key, Moments())
            )
            try:
                made.append(booking_of(row, told, frame))
            except Unreadable as error:
                skipped.append(Skipped(key, error.sentence))
        if len(skipped) >= _ALL_WRONG and not made:
            raise ContractBroken(skipped[0].reason)
        return made, skipped

    def _grouped(self, name: str, path: str, ids: Sequence[int]) -> dict[str, list[Row]]:
        """Rows by the booking they belong to; none where the module does not include them."""
        found: dict[str, list[Row]] = {}
        for batch in batches(ids):
            read: Callable[[], list[Row]] = partial(self._rows, path, batch)
            rows: list[Row] = self._memory.optional(name, read, [])
            for row in rows:
                found.setdefault(id_of(row, "reservationId"), []).append(row)
        return found

    def _rows(self, path: str, ids: list[int]) -> list[Row]:
        rows, _odd = rows_of(self._rms.search(path, {"ids": ids}))
        return rows


def _has_moved(row: Row) -> bool:
    return STATUSES.get(folded(text(row.get("status")))) in _MOVED
