"""Rates and packages: what a night costs on a plan."""

from datetime import date

import msgspec


class RateDay(msgspec.Struct, frozen=True):
    """Keyed by (rate_plan_id, room_type_id, day); `price_minor` is gross minor units of `currency`."""

    rate_plan_id: str
    day: date
    price_minor: int
    currency: str
    room_type_id: str = ""
    rate_plan: str = ""
    room_type: str = ""
    min_stay: int | None = None
    closed_to_arrival: bool = False
    closed_to_departure: bool = False
