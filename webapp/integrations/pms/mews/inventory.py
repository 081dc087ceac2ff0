"""From counts and prices by time unit to days of availability and of rates. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from webapp.domain.money import to_minor
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.errors import ContractBroken

from .setup import Category, Plan
from .shapes import Availability, CategoryMetrics, Pricing, PublicAvailability, utc

T = TypeVar("T")

METRICS = ("ActiveResources", "UsableResources", "Occupied", "HouseUse")


def unit_start(day: date, zone: ZoneInfo) -> datetime:
    """The hotel's midnight: asked for anything else, Mews answers 400. Where clocks skip midnight, the first moment of
    the day."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def days_of_units(starts: Sequence[datetime], zone: ZoneInfo) -> list[date]:
    return [utc(start).astimezone(zone).date() for start in starts]


def availability_of(
    answer: Availability, categories: Mapping[str, Category], zone: ZoneInfo
) -> list[AvailabilityDay]:
    """Usable rooms less those occupied by reservations and blocks, less those the house uses itself. The documents give
    no formula: by their words usable means "not out of order" and occupied counts bookings, so house use is in
    neither. Overbooked days go below zero and are kept so."""
    days = days_of_units(answer.time_unit_starts_utc, zone)
    found = []
    for item in answer.resource_category_availabilities:
        category = categories.get(item.resource_category_id)
        if category is None or not category.is_sold:
            continue
        nothing = (0,) * len(days)
        usable = _metric(item, "UsableResources", days)
        occupied = _metric(item, "Occupied", days)
        house = _metric(item, "HouseUse", days, nothing)
        # Usable rooms are fewer than all when some are out of order, but near enough where the count of all is missing.
        total = _metric(item, "ActiveResources", days, usable)
        for number, day in enumerate(days):
            free = usable[number] - occupied[number] - house[number]
            found.append(AvailabilityDay(category.id, day, free, category.name, total[number]))
    return found


def public_availability_of(
    answer: PublicAvailability, categories: Mapping[str, Category], zone: ZoneInfo
) -> list[AvailabilityDay]:
    """The older count, what the public may book. Group blocks are not taken off it, and it knows no total."""
    days = days_of_units(answer.time_unit_starts_utc, zone)
    return [
        AvailabilityDay(category.id, day, count, category.name)
        for item in answer.category_availabilities
        if (category := categories.get(item.category_id)) is not None and category.is_sold
        for day, count in zip(days, _fitting(item.availabilities, days, "Availabilities"), strict=True)
    ]


def rates_of(
    answer: Pricing, plan: Plan, categories: Mapping[str, Category], zone: ZoneInfo, currency: str
) -> list[RateDay]:
    """Gross prices of each room type; `currency` is the hotel's, for an answer that names none."""
    days = days_of_units(answer.time_unit_starts_utc, zone)
    found = []
    for item in answer.category_prices:
        category = categories.get(item.category_id)
        if category is None or not category.is_sold:
            continue
        for day, amount in zip(days, _fitting(item.amount_prices, days, "AmountPrices"), strict=True):
            if amount.gross_value is None:
                continue  # no price is set for this day
            code = amount.currency or answer.currency or currency
            found.append(
                RateDay(
                    rate_plan_id=plan.id,
                    day=day,
                    price_minor=to_minor(amount.gross_value, code),
                    currency=code,
                    room_type_id=category.id,
                    rate_plan=plan.name,
                    room_type=category.name,
                )
            )
    return found


def spans_of(first: date, end: date, longest: int) -> Iterator[tuple[date, date]]:
    """`[first, end)` in parts of at most `longest` days, each as first and last day, both included."""
    while first < end:
        following = min(first + timedelta(longest), end)
        yield first, following - timedelta(1)
        first = following


def _metric(
    item: CategoryMetrics, name: str, days: Sequence[date], otherwise: Sequence[int] | None = None
) -> Sequence[int]:
    return _fitting(item.metrics.get(name) or otherwise, days, name)


def _fitting(values: Sequence[T] | None, days: Sequence[date], name: str) -> Sequence[T]:
    """One value for each day, or Mews is not understood."""
    if values is None or len(values) != len(days):
        raise ContractBroken(name, "not one value for each time unit")
    return values
