"""Reads calendars and rate plans: availability and prices of each listing, a few listings and weeks at a time."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Page, Record, Skipped
from webapp.integrations.kit.errors import NotFound, PermissionMissing
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.spoilt_rows import sift
from webapp.integrations.kit.unreadable import MISSING, Unreadable

from .asking import PAGE, Guesty, Row, rows_of
from .house import House, Listing, Memory
from .inventory_mapping import STANDARD, availability_of, days_of, plan_rates_of, rates_of
from .reading import id_of
from .refusals import Refused

LISTINGS_A_CALL = 10
DAYS_A_CALL = 30
CALENDAR = "availability-pricing/api/calendar/listings"
PLANS = "rm-rate-plans-ext/rate-plans"
PLAN_CALENDAR = "rm-rate-plans-ext/ari-calendar"
MOST_PLANS = 5
"""Each plan of each listing costs a call."""
_REMEMBERED_FOR = timedelta(days=1)
# All four are required; which channel means the hotel's own sales is not documented.
_PLAN_QUESTION = [("sort", "_id"), ("channelId", "all")]


class Task(NamedTuple):
    """What one page asks for: a few listings, days `[first, end)`, and for prices of a plan which."""

    listings: tuple[Listing, ...]
    first: date
    end: date
    plan_id: str = ""
    plan_name: str = ""

    @property
    def key(self) -> str:
        return f"{self.listings[0].id}|{self.first.isoformat()}|{self.plan_id}"


class Inventory:
    """Raises ProviderError."""

    def __init__(self, guesty: Guesty, house: House, memory: Memory) -> None:
        self._guesty = guesty
        self._house = house
        self._memory = memory

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        """The cursor is the key of the next task."""
        tasks = list(self._tasks(stream, window))
        keys = [task.key for task in tasks]
        number = keys.index(cursor) if cursor in keys else 0
        while number < len(tasks):
            records, skipped = self._records(stream, tasks[number])
            number += 1
            yield Page(records, keys[number] if number < len(tasks) else None, skipped=skipped)
            self._guesty.mind_the_hour()

    def plan_names(self) -> dict[str, str]:
        """By id, for bookings."""
        return dict(self._plans())

    def look(self, stream: Stream, today: date) -> int:
        """One day of one listing, for the connection test; how many records that gave."""
        listings = self._house.sold[:1]
        if not listings:
            return 0
        records, _ = self._records(stream, Task(listings, today, today + timedelta(1)))
        return len(records)

    def _tasks(self, stream: Stream, window: Window) -> Iterator[Task]:
        listings = self._house.sold
        plans = self._plans() if stream is Stream.RATES else ()
        for begin in range(0, len(listings), LISTINGS_A_CALL):
            some = listings[begin : begin + LISTINGS_A_CALL]
            first = window.from_date
            while first < window.to_date:
                end = min(first + timedelta(DAYS_A_CALL), window.to_date)
                yield Task(some, first, end)
                first = end
        for identity, name in plans[:MOST_PLANS]:
            for listing in listings:
                yield Task((listing,), window.from_date, window.to_date, identity, name)

    def _records(self, stream: Stream, task: Task) -> tuple[Sequence[Record], list[Skipped]]:
        """Days that cannot be read are set aside: a calendar is made of hundreds."""
        rows = self._plan_days(task) if task.plan_id else self._calendar(task)
        read = _plan_rates if task.plan_id else _availability if stream is Stream.AVAILABILITY else _rates

        def checked(row: Row) -> Row:
            if len(task.listings) > 1 and not text(row.get("listingId")):
                raise Unreadable(MISSING, field="listingId")
            if not text(row.get("date")):
                raise Unreadable(MISSING, field="date")
            read([row], task)
            return row

        good, skipped = sift(rows, checked, lambda row: text(row.get("listingId")))
        return read(good, task), skipped

    def _calendar(self, task: Task) -> list[Row]:
        """Guesty's days include the last one."""
        asked = {
            "listingIds": ",".join(listing.id for listing in task.listings),
            "startDate": task.first.isoformat(),
            "endDate": (task.end - timedelta(1)).isoformat(),
            "includeAllotment": "true",
        }
        return days_of(self._guesty.get(CALENDAR, asked).json(Any), CALENDAR)

    def _plan_days(self, task: Task) -> list[Row]:
        (listing,) = task.listings
        path = f"{PLAN_CALENDAR}/listing/{listing.id}/ratePlan/{task.plan_id}"
        asked = {"fromDate": task.first.isoformat(), "toDate": (task.end - timedelta(1)).isoformat()}
        try:
            return days_of(self._guesty.get(path, asked).json(Any), PLAN_CALENDAR)
        except (NotFound, PermissionMissing):
            return []  # the plan is not one of this listing's

    def _plans(self) -> tuple[tuple[str, str], ...]:
        """(id, name) of the active ones; none where the feature is off, which is how most accounts are."""
        known = self._memory.get("plans", tuple[tuple[str, str], ...])
        if known is not None:
            return known
        try:
            body = self._guesty.get(PLANS, [("skip", 0), ("limit", PAGE), *_PLAN_QUESTION]).json(_Plans)
        except (PermissionMissing, NotFound, Refused):
            found: tuple[tuple[str, str], ...] = ()
        else:
            rows = rows_of(body.ratePlans or ())
            found = tuple(
                (id_of(row), text(row.get("name")) or STANDARD[1])
                for row in rows
                if id_of(row) and row.get("active") is not False
            )
        self._memory.put("plans", found, _REMEMBERED_FOR)
        return found


class _Plans(msgspec.Struct):
    ratePlans: list[msgspec.Raw] | None = None


def _availability(rows: Sequence[Row], task: Task) -> list[AvailabilityDay]:
    return availability_of(rows, {listing.id: listing for listing in task.listings}, (task.first, task.end))


def _plan_rates(rows: Sequence[Row], task: Task) -> list[RateDay]:
    (listing,) = task.listings
    return plan_rates_of(rows, listing, (task.plan_id, task.plan_name), (task.first, task.end))


def _rates(rows: Sequence[Row], task: Task) -> list[RateDay]:
    return rates_of(rows, {listing.id: listing for listing in task.listings}, (task.first, task.end))
