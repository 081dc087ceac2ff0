"""Reads guest profiles: those of the hotel's bookings, and later those that changed or were deleted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Window
from webapp.integrations.kit.contract import Missing, Page

from .asking import Mews, Rows, interval
from .booking_reading import CHANGE_SLICE, OVERLAP, BookingReader, people_ids
from .customers import CustomerBook
from .listings import ALIVE_OR_NOT, CUSTOMERS, CUSTOMERS_ONLY
from .mapping import guest_of, is_erased
from .setup import Setup
from .shapes import Customer, maybe_utc
from .walking import Slice, Span, from_cursor, to_cursor, walk

_UPDATED, _DELETED = "updated", "deleted"
_FILTERS: dict[str, tuple[str, dict[str, list[str]]]] = {
    _UPDATED: ("UpdatedUtc", ALIVE_OR_NOT),
    _DELETED: ("DeletedUtc", {"ActivityStates": ["Deleted"]}),
}


class GuestReader:
    def __init__(self, mews: Mews, setup: Setup, customers: CustomerBook, bookings: BookingReader) -> None:
        self._mews = mews
        self._setup = setup
        self._customers = customers
        self._bookings = bookings

    def pages(self, window: Window, cursor: str | None) -> Iterator[Page]:
        """Customers know no stay dates, so that a history of guests is that of its bookings. A walk that goes on
        after a break may bring a guest again whom a page before the break brought."""
        if window.mode is Mode.DELTA and window.since is not None:
            yield from self._changes(window.since - OVERLAP, window.until, cursor)
            return
        seen: set[str] = set()
        for rows, following in self._bookings.stays(window, cursor):
            companions = self._bookings.companions([row.id for row in rows.rows])
            people = [identity for identity in people_ids(rows.rows, companions) if identity not in seen]
            customers = self._customers.by_ids(people)
            fresh = {customer.id: customer for customer in customers.values() if customer.id not in seen}
            seen |= {*people, *fresh}
            yield replace(_page(list(fresh.values()), following), skipped=rows.skipped)

    def by_ids(self, ids: Sequence[str]) -> tuple[Guest | Missing, ...]:
        """In the order asked. One merged away, deleted, of a sister hotel, or no person at all is missing."""
        customers = self._customers.by_ids([identity.lower() for identity in ids])
        ours = self._customers.ours([customer.id for customer in customers.values()])
        mine = {identity: customer for identity, customer in customers.items() if customer.id in ours}
        return tuple(_guest_or_missing(identity, mine.get(identity.lower())) for identity in ids)

    def _changes(self, since: datetime, until: datetime, cursor: str | None) -> Iterator[Page]:
        updated, deleted = (Span(phase, since, until, CHANGE_SLICE) for phase in _FILTERS)
        place = from_cursor(cursor)
        if place is None or place.phase != _DELETED:
            start = place if place is not None and place.phase == _UPDATED else updated.beginning
            for step in walk(updated, start, self._look(_UPDATED)):
                yield self._ours(step.page, to_cursor(step.following or deleted.beginning))
            place = deleted.beginning
        for step in walk(deleted, place, self._look(_DELETED)):
            yield self._ours(step.page, to_cursor(step.following))

    def _look(self, phase: str) -> Callable[[Slice, str | None], Rows[Customer]]:
        name, states = _FILTERS[phase]

        def look(part: Slice, token: str | None) -> Rows[Customer]:
            filters: dict[str, Any] = {
                **CUSTOMERS_ONLY,
                **states,
                name: interval(part.start, part.end),
                **self._setup.chain_scope,
            }
            return self._mews.page(CUSTOMERS, filters, cursor=token)

        return look

    def _ours(self, rows: Rows[Customer], cursor: str | None) -> Page:
        ours = self._customers.ours([row.id for row in rows.rows])
        mine = [row for row in rows.rows if row.id in ours]
        merged = self._customers.by_ids([row.id for row in mine if row.merge_target_id])
        found = {row.id: row for row in (merged.get(row.id, row) for row in mine)}
        page = _page(list(found.values()), cursor)
        # The stamp of every row counts, a stranger's too, or the next walk would ask for them again.
        return Page(page.records, cursor, _latest(rows.rows), skipped=rows.skipped)


def _page(customers: Sequence[Customer], cursor: str | None) -> Page:
    guests = [guest for customer in customers if (guest := guest_of(customer)) is not None]
    return Page(guests, cursor, _latest(customers))


def _latest(customers: Sequence[Customer]) -> datetime | None:
    stamps = [stamp for row in customers if (stamp := maybe_utc(row.updated_utc)) is not None]
    return max(stamps, default=None)


def _guest_or_missing(identity: str, customer: Customer | None) -> Guest | Missing:
    if customer is None or is_erased(customer) or customer.id != identity.lower():
        return Missing(identity)
    return guest_of(customer) or Missing(identity)
