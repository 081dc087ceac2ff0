"""The two grids of the pretend RMS Cloud: free rooms by category, and what an agent may sell at which price."""

from datetime import date, timedelta
from typing import Literal

import msgspec

from simulator import pricing
from simulator.hotel import RatePlan, RoomType
from simulator.pms.rms_books import PROPERTY, Books
from simulator.pms.rms_calls import Ask, Ids, Json, day, wrong
from simulator.pms.rms_words import number

MOST_GRID_DAYS, MOST_RATE_DAYS = 90, 14
# The hotel's own booking page, and a channel.
AGENT, CHANNEL = 1, 4


class Grid(msgspec.Struct, frozen=True, rename="camel"):
    property_id: int
    date_from: str
    date_to: str
    availability_filter: Literal["house", "full"] = "house"


class RateGrid(msgspec.Struct, frozen=True, rename="camel"):
    property_id: int
    agent_id: int
    date_from: str
    date_to: str
    category_ids: Ids = None
    rate_ids: Ids = None


class Grids:
    """Both ends of a range belong to it; a property that is not the hotel's has no categories."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._world = books.world
        self._hotel = books.world.hotel

    def grid(self, ask: Ask) -> object:
        """Counts by category; below zero when more is sold than there is."""
        wish = ask.body(Grid)
        first, last = _span(wish.date_from, wish.date_to, MOST_GRID_DAYS)
        free = self._free(first, last)
        kinds = self._hotel.room_types if wish.property_id == PROPERTY else ()
        rows: list[Json] = [
            {
                "id": self._books.categories[kind.code],
                "name": kind.name,
                "availability": [
                    {"theDate": str(on), "count": free[on, kind.code]} for on in _days(first, last)
                ],
            }
            for kind in kinds
        ]
        return ask.rows(lambda: [{"categories": rows}])

    def rate_grid(self, ask: Ask) -> object:
        """Counts and base rates for what an agent sells."""
        wish = ask.body(RateGrid)
        first, last = _span(wish.date_from, wish.date_to, MOST_RATE_DAYS)
        is_ours = wish.property_id == PROPERTY and wish.agent_id in (AGENT, CHANNEL) and not ask.is_empty
        free = self._free(first, last)
        kinds = [
            kind
            for kind in self._hotel.room_types
            if is_ours and (not wish.category_ids or self._books.categories[kind.code] in wish.category_ids)
        ]
        plans = [
            plan
            for plan in self._hotel.rate_plans
            if not wish.rate_ids or self._books.rates[plan.code] in wish.rate_ids
        ]
        return {
            "categories": [
                {
                    "categoryId": self._books.categories[kind.code],
                    "name": kind.name,
                    "rates": [self._rate_days(plan, kind, _days(first, last), free) for plan in plans],
                }
                for kind in kinds
            ]
        }

    def _rate_days(
        self, plan: RatePlan, kind: RoomType, days: list[date], free: dict[tuple[date, str], int]
    ) -> Json:
        rows: list[Json] = []
        for on in days:
            rate = pricing.rate_day(self._hotel, plan, kind, on)
            rows.append(
                {
                    "theDate": str(on),
                    "availableAreas": max(0, free[on, kind.code]),
                    "dailyRate": self._money(rate.price),
                    "minStay": rate.min_stay,
                    "maxStay": 0,
                    "minStayOnArrival": rate.min_stay,
                    "closedOnArrival": rate.closed_to_arrival,
                    "closedOnDeparture": rate.closed_to_departure,
                    "stopSell": False,
                }
            )
        people = min(2, kind.max_occupancy)
        identifier = self._books.rates[plan.code]
        return {"rateId": identifier, "name": plan.name, "personBase": people, "dayBreakdown": rows}

    def _free(self, first: date, last: date) -> dict[tuple[date, str], int]:
        today, over = self._world.business_date, self._books.switches().over_sold
        return {
            (row.day, row.room_type): -over
            if over and row.day == today
            else row.rooms - row.out_of_order - row.sold - row.held
            for row in self._world.availability(first, last)
        }

    def _money(self, minor: int) -> int | float:
        return number(minor, self._hotel.currency)


def _span(first: str, last: str, most: int) -> tuple[date, date]:
    """Both days included."""
    start, end = day(first), day(last)
    if end < start or (end - start).days >= most:
        raise wrong(f"The date range must be between 1 and {most} days.")
    return start, end


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]
