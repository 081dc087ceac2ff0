"""From RMS's grids to days of availability and of prices. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import amount, text
from webapp.integrations.kit.unreadable import MISSING, UNEXPECTED, Unreadable

from .house import Category
from .reading import Row, day, id_of, whole

PACKAGE = "package "
"""Begins the plan's id of what is a package and no rate."""
_PEOPLE = 2

Days = tuple[date, date]
"""Half-open."""


def categories_in(answer: Answer) -> list[Row]:
    """`categories` of one object, or of a list of them: both are documented. Raises ContractBroken."""
    body: Any = answer.json()
    grids = body if isinstance(body, list) else [body]
    found: list[Row] = []
    for grid in grids:
        rows = grid.get("categories") if isinstance(grid, dict) else None
        if not isinstance(rows, list):
            raise ContractBroken(f"{answer.path}: categories")
        found += [row for row in rows if isinstance(row, dict)]
    return found


def availability_of(
    rows: Sequence[Row], categories: Mapping[str, Category], days: Days
) -> list[AvailabilityDay]:
    """Overbooking may make counts negative; nothing is free then. Raises Unreadable."""
    found: dict[tuple[str, date], AvailabilityDay] = {}
    for row in rows:
        key = id_of(row)
        if not key:
            raise Unreadable(MISSING, field="id")
        category = categories.get(key)
        if category is not None and not category.is_sold:
            continue
        name = (category.name if category else "") or text(row.get("name"))
        total = category.rooms if category and category.rooms else None
        for cell, on in _cells(row, "availability", days):
            found[key, on] = AvailabilityDay(key, on, max(whole(cell.get("count")), 0), name, total)
    return sorted(found.values(), key=lambda one: (one.day, int(one.room_type_id)))


def rates_of(
    rows: Sequence[Row],
    categories: Mapping[str, Category],
    plans: Mapping[str, str],
    days: Days,
    currency: str,
) -> list[RateDay]:
    """A day on which the channel may not sell has no price. Raises Unreadable."""
    found: dict[tuple[str, str, date], RateDay] = {}
    for row in rows:
        key = category_in(row)
        if not key:
            raise Unreadable(MISSING, field="categoryId")
        category = categories.get(key)
        room_type = (category.name if category else "") or text(row.get("name"))
        for rate in _objects(row.get("rates"), "rates"):
            plan = id_of(rate, "rateId")
            for cell, on in _cells(rate, "dayBreakdown", days):
                price = amount(cell.get("dailyRate"), currency, "dailyRate")
                if not plan or not price or cell.get("stopSell") is True:
                    continue
                found[plan, key, on] = RateDay(
                    rate_plan_id=plan,
                    day=on,
                    price_minor=price,
                    currency=currency,
                    room_type_id=key,
                    rate_plan=plans.get(plan, "") or text(rate.get("name")),
                    room_type=room_type,
                    min_stay=max(whole(cell.get("minStay")), whole(cell.get("minStayOnArrival"))) or None,
                    closed_to_arrival=cell.get("closedOnArrival") is True,
                    closed_to_departure=cell.get("closedOnDeparture") is True,
                )
    return list(found.values())


def category_in(row: Row) -> str:
    """The id of a row of prices."""
    return id_of(row, "categoryId") or id_of(row)


def packages_of(rows: Sequence[Row], property_id: int, days: Days, currency: str) -> list[RateDay]:
    """What a package adds to a night of two adults, on each day; RMS sends no names of packages. Raises Unreadable."""
    found: list[RateDay] = []
    for row in rows:
        key = id_of(row)
        if not key or whole(row.get("propertyId")) not in (0, property_id):
            continue
        price = 0
        for fee in _objects(row.get("perPersonFee"), "perPersonFee"):
            price += _PEOPLE * (amount(fee.get("adults"), currency, "perPersonFee.adults") or 0)
        for fee in _objects(row.get("perPeriodFee"), "perPeriodFee"):
            price += amount(fee.get("amount"), currency, "perPeriodFee.amount") or 0
        if not price:
            continue
        length = (days[1] - days[0]).days
        found += [
            RateDay(
                f"{PACKAGE}{key}", days[0] + timedelta(number), price, currency, rate_plan=f"Package {key}"
            )
            for number in range(length)
        ]
    return found


def _cells(row: Row, name: str, days: Days) -> Iterator[tuple[Row, date]]:
    for cell in _objects(row.get(name), name):
        on = day(cell.get("theDate"), "theDate")
        if days[0] <= on < days[1]:
            yield cell, on


def _objects(value: Any, name: str) -> list[Row]:
    """Of a list or a single one. Raises Unreadable for anything else."""
    if value is None:
        return []
    given = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in given):
        raise Unreadable(UNEXPECTED, field=name)
    return given
