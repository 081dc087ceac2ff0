"""From days of a calendar to availability and prices. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import amount, day, text, whole

from .asking import Row
from .house import Listing

STANDARD = ("standard", "Standard")
"""The plan of an account without rate plans: base price and calendar price."""

Days = tuple[date, date]
"""Half-open."""


def days_of(body: Any, where: str) -> list[Row]:
    """The days out of any of the envelopes in use: a bare list, `days`, `data.days`, `data`. Raises ContractBroken."""
    found = body
    for name in ("data", "days"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    if isinstance(found, dict) and "calendar" in found:
        found = found["calendar"]
    if isinstance(found, dict) and "date" in found:
        found = [found]  # the published description shows one day where a list comes
    if not isinstance(found, list):
        raise ContractBroken(f"{where}: days")
    return [row for row in found if isinstance(row, dict)]


def availability_of(
    rows: Sequence[Row], listings: Mapping[str, Listing], days: Days
) -> list[AvailabilityDay]:
    """Where a listing stands for several units, `allotment` counts those that are free; else the status tells."""
    found: dict[tuple[str, date], AvailabilityDay] = {}
    for row, listing, on in _of(rows, listings, days):
        allotment = whole(row.get("allotment"))
        is_free = text(row.get("status")).lower() == "available"
        free = max(allotment, 0) if allotment is not None else int(is_free)
        found[listing.id, on] = AvailabilityDay(
            listing.id, on, free, listing.name, total=1 if allotment is None else None
        )
    return list(found.values())


def rates_of(rows: Sequence[Row], listings: Mapping[str, Listing], days: Days) -> list[RateDay]:
    """Raises Unreadable."""
    found: dict[tuple[str, date], RateDay] = {}
    for row, listing, on in _of(rows, listings, days):
        rate = _rate(row, listing, STANDARD, on)
        if rate is not None:
            found[listing.id, on] = rate
    return list(found.values())


def plan_rates_of(rows: Sequence[Row], listing: Listing, plan: tuple[str, str], days: Days) -> list[RateDay]:
    """Closed days have no price that anybody could book. Raises Unreadable."""
    found: dict[date, RateDay] = {}
    for row, _, on in _of(rows, {listing.id: listing}, days):
        rate = _rate(row, listing, plan, on)
        if rate is not None and row.get("closed") is not True:
            found[on] = rate
    return list(found.values())


def _rate(row: Row, listing: Listing, plan: tuple[str, str], on: date) -> RateDay | None:
    currency = text(row.get("currency")).upper() or listing.currency
    price = row.get("price")
    if isinstance(price, dict):  # the published description has an object there
        price = price.get("amount", price.get("value"))
    minor = amount(price, currency, "price")
    if minor is None:
        return None
    return RateDay(
        rate_plan_id=plan[0],
        day=on,
        price_minor=minor,
        currency=currency,
        room_type_id=listing.id,
        rate_plan=plan[1],
        room_type=listing.name,
        min_stay=whole(row.get("minNights")),
        closed_to_arrival=row.get("cta") is True,
        closed_to_departure=row.get("ctd") is True,
    )


def _of(
    rows: Sequence[Row], listings: Mapping[str, Listing], days: Days
) -> Iterator[tuple[Row, Listing, date]]:
    """Rows of the listings and days that were asked for. A row of a single listing need not name it."""
    only = next(iter(listings.values())) if len(listings) == 1 else None
    for row in rows:
        listing = listings.get(text(row.get("listingId"))) or (only if not row.get("listingId") else None)
        on = day(row.get("date"), "date")
        if listing is not None and on is not None and days[0] <= on < days[1]:
            yield row, listing, on
