"""Reads availability and rates, a part of the days and one service or rate at a time."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Mode, Window
from webapp.integrations.kit.contract import Page

from .asking import Mews, instant
from .inventory import METRICS, availability_of, public_availability_of, rates_of, spans_of, unit_start
from .listings import AVAILABILITY, PRICING, PUBLIC_AVAILABILITY
from .price_marks import PriceMarks
from .refusals import NotEnabled, TooMuch
from .setup import Plan, Setup
from .shapes import Availability, Pricing, PublicAvailability

D = TypeVar("D", AvailabilityDay, RateDay)

AVAILABILITY_DAYS = 30
RATE_DAYS = 90
MOST_PRICE_CALLS = 60
"""In one walk but the first. Each rate is a call of its own: a hotel with hundreds would use up the calls of everything else. What is
left over comes first in the next walk."""


class InventoryReader:
    def __init__(self, mews: Mews, setup: Setup) -> None:
        self._mews = mews
        self._setup = setup

    def availability(self, window: Window, cursor: str | None) -> Iterator[Page]:
        tasks = [
            (service, first, last)
            for service in self._setup.sold_services
            for first, last in spans_of(window.from_date, window.to_date, AVAILABILITY_DAYS)
        ]
        keys = [f"{service}|{first}" for service, first, _ in tasks]
        for number in range(_place(keys, cursor), len(tasks)):
            service, first, last = tasks[number]
            days = self.availability_days(service, first, last)
            yield Page(days, keys[number + 1] if number + 1 < len(keys) else None)

    def rates(self, window: Window, cursor: str | None) -> Iterator[Page]:
        """The default rate first, so that a walk that is cut short still shows prices."""
        now = self._mews.client.clock()
        spans = list(spans_of(window.from_date, window.to_date, RATE_DAYS))
        marks = PriceMarks(self._setup.cache, self._setup.key)
        plans = self._chosen(marks, window, cursor, now=now, calls_each=len(spans))
        tasks = [(plan, first, last) for plan in plans for first, last in spans]
        keys = [f"{plan.id}|{first}" for plan, first, _ in tasks]
        for number in range(_place(keys, cursor), len(tasks)):
            plan, first, last = tasks[number]
            yield Page(
                self.rate_days(plan, first, last), keys[number + 1] if number + 1 < len(keys) else None
            )
            if last + timedelta(1) >= window.to_date:
                marks.note(plan, window.to_date, now)

    def _chosen(
        self, marks: PriceMarks, window: Window, cursor: str | None, *, now: datetime, calls_each: int
    ) -> list[Plan]:
        """The rates of this walk: all of them for the history, else what is due and within the budget. The one that an
        interrupted walk was at stays among them."""
        plans = self.sold_plans()
        if window.mode is Mode.BACKFILL:
            return plans
        due = marks.due(plans, window.to_date, now)
        chosen = due[: max(MOST_PRICE_CALLS // max(calls_each, 1), 1)]
        resumed = (cursor or "").partition("|")[0]
        return chosen + [plan for plan in plans if plan.id == resumed and plan not in chosen]

    def sold_plans(self) -> list[Plan]:
        """What can be booked now: the default rate, then public ones, then those for some guests only."""
        services = set(self._setup.sold_services)
        found = [plan for plan in self._setup.plans.values() if plan.is_sold and plan.service_id in services]
        return sorted(found, key=lambda plan: (not plan.is_default, not plan.is_public, plan.name, plan.id))

    def availability_days(self, service: str, first: date, last: date) -> list[AvailabilityDay]:
        """Both days included. Where the exact counts are not enabled, what the public may book."""
        zone, categories = self._setup.hotel.zone, self._setup.categories

        def exact(start: date, end: date) -> list[AvailabilityDay]:
            fields = {"ServiceId": service, **self._units(start, end), "Metrics": list(METRICS)}
            return availability_of(self._mews.ask(AVAILABILITY, fields).json(Availability), categories, zone)

        def public(start: date, end: date) -> list[AvailabilityDay]:
            fields = {"ServiceId": service, **self._units(start, end)}
            answer = self._mews.ask(PUBLIC_AVAILABILITY, fields).json(PublicAvailability)
            return public_availability_of(answer, categories, zone)

        try:
            return _in_parts(exact, first, last)
        except NotEnabled as missing:
            try:
                return _in_parts(public, first, last)
            except NotEnabled:
                raise missing from None  # the one that Mews should enable

    def rate_days(self, plan: Plan, first: date, last: date) -> list[RateDay]:
        """Both days included."""
        hotel, categories = self._setup.hotel, self._setup.categories

        def priced(start: date, end: date) -> list[RateDay]:
            answer = self._mews.ask(PRICING, {"RateId": plan.id, **self._units(start, end)})
            return rates_of(answer.json(Pricing), plan, categories, hotel.zone, hotel.currency)

        return _in_parts(priced, first, last)

    def _units(self, first: date, last: date) -> dict[str, str]:
        zone = self._setup.hotel.zone
        return {
            "FirstTimeUnitStartUtc": instant(unit_start(first, zone)),
            "LastTimeUnitStartUtc": instant(unit_start(last, zone)),
        }


def _in_parts(read: Callable[[date, date], list[D]], first: date, last: date) -> list[D]:
    """All days at once, or in halves when that is too much."""
    try:
        return read(first, last)
    except TooMuch:
        if first == last:
            raise
    middle = first + (last - first) / 2
    return _in_parts(read, first, middle) + _in_parts(read, middle + timedelta(1), last)


def _place(keys: Sequence[str], cursor: str | None) -> int:
    """Where to go on; at the beginning when the hotel's set-up changed since."""
    return keys.index(cursor) if cursor in keys else 0
