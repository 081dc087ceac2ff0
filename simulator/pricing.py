"""What a night costs and when it may be sold: a pure function of hotel, plan, room type and date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32

from simulator.hotel import Hotel, RatePlan, RoomType

# Percent of the base price, Monday first, and January first.
_WEEKDAY = (94, 97, 100, 100, 112, 116, 92)
_SEASON = (88, 90, 95, 100, 106, 116, 122, 120, 108, 100, 92, 104)
_BUSY = 70


@dataclass(frozen=True, slots=True)
class RateDay:
    """The price and the restrictions of one plan, room type and arrival date."""

    day: date
    room_type: str
    rate_plan: str
    price: int
    min_stay: int
    closed_to_arrival: bool
    closed_to_departure: bool


def demand(hotel: Hotel, day: date) -> int:
    """0 to 99, the same for the same hotel and day on every machine."""
    return crc32(f"{hotel.code}:{day.isoformat()}".encode()) % 100


def price(hotel: Hotel, plan: RatePlan, room_type: RoomType, night: date) -> int:
    """Gross minor units for one night and two people, in steps of fifty minor units."""
    percent = _WEEKDAY[night.weekday()] * _SEASON[night.month - 1]
    swing = 94 + demand(hotel, night) * 12 // 100
    plain = room_type.base_price * percent * swing * plan.percent // 100_000_000
    persons = min(2, room_type.max_occupancy)
    return max(50, plain // 50 * 50) + plan.per_person * persons


def nightly(hotel: Hotel, plan: str, room_type: str, arrival: date, departure: date) -> tuple[int, ...]:
    """One price per night of `[arrival, departure)`; raises KeyError for an unknown plan or type."""
    prices, kind = hotel.rate_plan(plan), hotel.room_type(room_type)
    nights = (departure - arrival).days
    return tuple(price(hotel, prices, kind, arrival + timedelta(n)) for n in range(nights))


def rate_day(hotel: Hotel, plan: RatePlan, room_type: RoomType, day: date) -> RateDay:
    """Weekends in demand want two nights; the busiest Saturdays take no arrivals."""
    busy = demand(hotel, day) >= _BUSY
    weekend = day.weekday() in (4, 5)
    return RateDay(
        day=day,
        room_type=room_type.code,
        rate_plan=plan.code,
        price=price(hotel, plan, room_type, day),
        min_stay=7 if plan.code == "LONG" else 2 if busy and weekend else 1,
        closed_to_arrival=busy and day.weekday() == 5,
        closed_to_departure=busy and day.weekday() == 6 and plan.refundable is False,
    )


def rates(hotel: Hotel, first: date, last: date) -> Iterator[RateDay]:
    """Every plan and room type for each day of `first` to `last`, both included, by date."""
    day = first
    while day <= last:
        for kind in hotel.room_types:
            for plan in hotel.rate_plans:
                yield rate_day(hotel, plan, kind, day)
        day += timedelta(1)
