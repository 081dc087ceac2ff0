"""Reads bookings: reservations in slices of time, and for each page the prices, companions and customers they lack."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from webapp.domain.booking import Booking
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing, Page

from .asking import Mews, Rows, interval
from .customers import CustomerBook
from .inventory import unit_start
from .listings import COMPANIONSHIPS, NO_EXTRAS, ORDER_ITEMS, RESERVATIONS
from .mapping import STATUSES, Names, Parts, begins, booking_of
from .prices import ITEM_TYPES
from .setup import Setup
from .shapes import OrderItem, Reservation, maybe_utc
from .walking import Slice, Span, from_cursor, to_cursor, walk

COUNT = 500
"""Reservations a page: their order items then come in few pages too."""
STAY_SLICE = timedelta(days=30)
CHANGE_SLICE = timedelta(days=85)
"""Mews takes at most three months, the shortest of which have 89 days."""
OVERLAP = timedelta(minutes=10)
"""Clocks differ, and the documents disagree whether the end of an interval belongs to it."""

_STAYS, _CHANGED, _REPRICED = "stays", "changed", "repriced"


class BookingReader:
    def __init__(self, mews: Mews, setup: Setup, customers: CustomerBook) -> None:
        self._mews = mews
        self._setup = setup
        self._customers = customers

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        """What changed, where the walk is a delta of bookings; else all stays that touch the days of the window."""
        if stream is Stream.BOOKINGS and window.mode is Mode.DELTA and window.since is not None:
            yield from self._changes(window.since - OVERLAP, window.until, cursor)
        else:
            yield from self._stays(window, cursor)

    def by_ids(self, ids: Sequence[str]) -> tuple[Booking | Missing, ...]:
        """Those of other services than the stay (parking, meetings) are missing: the hub does not know them."""
        found = self._mews.every_of(RESERVATIONS, "ReservationIds", ids, self._setup.scope)
        services = set(self._setup.stay_services) if found else set()
        page = self._composed([row for row in found if row.service_id is None or row.service_id in services])
        bookings = {booking.external_id: booking for booking in page}
        return tuple(bookings.get(identity.lower(), Missing(identity)) for identity in ids)

    def look(self, part: Slice, *, count: int) -> Page:
        """A few bookings whose stay touches the slice, whole."""
        return self._page(self._reservations(part, None, by="CollidingUtc", count=count), None)

    def _reservations(
        self, part: Slice, token: str | None, *, by: str, count: int = COUNT
    ) -> Rows[Reservation]:
        """One page of the stay services; `by` is the filter that takes the slice."""
        filters = {
            "ServiceIds": self._setup.stay_services,
            by: interval(part.start, part.end),
            **self._setup.scope,
        }
        return self._mews.page(RESERVATIONS, filters, cursor=token, count=count)

    def stays(self, window: Window, cursor: str | None) -> Iterator[tuple[Rows[Reservation], str | None]]:
        """Reservations that touch the days of the window, each once, and the cursor after each page."""
        span = self._stay_span(window)
        place = from_cursor(cursor)
        if place is None or place.phase != _STAYS:
            place = span.beginning

        def look(part: Slice, token: str | None) -> Rows[Reservation]:
            return self._reservations(part, token, by="CollidingUtc")

        for step in walk(span, place, look):
            rows = step.page.rows
            if not step.slice.is_first:
                # One that began before came with the slice before.
                rows = [row for row in rows if begins(row) >= step.slice.start]
            yield Rows(rows, step.page.skipped, step.page.cursor), to_cursor(step.following)

    def _names_for(self, reservations: Sequence[Reservation]) -> Names:
        """The hotel's names; read again, once in a walk, when the reservations know newer ones."""
        names = self._names()
        if not self._setup.is_fresh and any(names.lacks(row) for row in reservations):
            self._setup.refresh()
            names = self._names()
        return names

    # ----------------------------------------------------------------------------------------------------------------

    def _names(self) -> Names:
        setup = self._setup
        return Names(
            zone=setup.hotel.zone,
            currency=setup.hotel.currency,
            categories={category.id: category.name for category in setup.categories.values()},
            rooms=setup.rooms,
            plans=setup.plan_names,
            children=setup.children,
        )

    def _stay_span(self, window: Window) -> Span:
        zone = self._setup.hotel.zone
        first = window.from_date
        editable = self._setup.hotel.editable_days
        if window.mode is Mode.SWEEP and editable is not None:
            # What is older cannot change any more, so that looking again is a waste of the hotel's calls.
            first = max(first, window.until.astimezone(zone).date() - timedelta(days=editable + 1))
        last = max(window.to_date, first)
        return Span(_STAYS, unit_start(first, zone), unit_start(last, zone), STAY_SLICE)

    def _stays(self, window: Window, cursor: str | None) -> Iterator[Page]:
        for rows, following in self.stays(window, cursor):
            yield self._page(rows, following)

    def _changes(self, since: datetime, until: datetime, cursor: str | None) -> Iterator[Page]:
        """First by the stamp of the reservation, then by that of its order items: whether a new price moves the
        reservation's own stamp is nowhere promised."""
        place = from_cursor(cursor)
        changed = Span(_CHANGED, since, until, CHANGE_SLICE)
        repriced = Span(_REPRICED, since, until, CHANGE_SLICE)
        if place is None or place.phase != _REPRICED:
            start = place if place is not None and place.phase == _CHANGED else changed.beginning

            def look(part: Slice, token: str | None) -> Rows[Reservation]:
                return self._reservations(part, token, by="UpdatedUtc")

            for step in walk(changed, start, look):
                yield self._page(step.page, to_cursor(step.following or repriced.beginning))
            place = repriced.beginning
        for page in walk(repriced, place, self._changed_items):
            orders = [row.service_order_id for row in page.page.rows]
            found = self._mews.every_of(RESERVATIONS, "ReservationIds", orders, self._setup.scope)
            services = set(self._setup.stay_services)
            # The others came by their own stamp.
            rows = [
                row
                for row in found
                if row.service_id in services and not _within(maybe_utc(row.updated_utc), since, until)
            ]
            yield self._page(Rows(rows, [], None), to_cursor(page.following))

    def _changed_items(self, part: Slice, token: str | None) -> Rows[OrderItem]:
        filters = {
            "ServiceIds": self._setup.stay_services,
            "UpdatedUtc": interval(part.start, part.end),
            "Types": list(ITEM_TYPES),
            **self._setup.scope,
        }
        return self._mews.page(ORDER_ITEMS, filters, cursor=token)

    def _page(self, rows: Rows[Reservation], cursor: str | None) -> Page:
        stamps = [stamp for row in rows.rows if (stamp := maybe_utc(row.updated_utc)) is not None]
        return Page(
            records=self._composed(rows.rows),
            cursor=cursor,
            high_water=max(stamps, default=None),
            unmapped=Counter(row.state for row in rows.rows if row.state not in STATUSES),
            skipped=rows.skipped,
        )

    def _composed(self, reservations: Sequence[Reservation]) -> list[Booking]:
        if not reservations:
            return []
        names = self._names_for(reservations)
        parts = self._parts(reservations)
        return [booking_of(row, parts, names) for row in reservations]

    def _parts(self, reservations: Sequence[Reservation]) -> Parts:
        ids = [row.id for row in reservations]
        items: dict[str, list[OrderItem]] = defaultdict(list)
        filters: dict[str, Any] = {"Types": list(ITEM_TYPES), **self._setup.scope}
        for item in self._mews.every_of(ORDER_ITEMS, "ServiceOrderIds", ids, filters):
            items[item.service_order_id].append(item)
        companions = self.companions(ids)
        people = people_ids(reservations, companions)
        return Parts(items, companions, self._customers.by_ids(people))

    def companions(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Customer ids by reservation id."""
        found: dict[str, list[str]] = defaultdict(list)
        filters: dict[str, Any] = {**NO_EXTRAS, **self._setup.scope}
        for row in self._mews.every_of(COMPANIONSHIPS, "ReservationIds", ids, filters):
            if row.reservation_id is not None:
                found[row.reservation_id].append(row.customer_id)
        return found


def people_ids(reservations: Sequence[Reservation], companions: dict[str, list[str]]) -> list[str]:
    """Everybody on these reservations, each once."""
    found: dict[str, None] = {}
    for row in reservations:
        if row.account_id and row.account_type in (None, "Customer"):
            found[row.account_id] = None
        found |= dict.fromkeys(companions.get(row.id, ()))
        if row.booker_id:
            found[row.booker_id] = None
    return list(found)


def _within(stamp: datetime | None, since: datetime, until: datetime) -> bool:
    return stamp is not None and since <= stamp < until
