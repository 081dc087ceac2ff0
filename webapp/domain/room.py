"""Room availability: how many rooms of a type can still be sold on a date."""

from datetime import date

import msgspec


class AvailabilityDay(msgspec.Struct, frozen=True):
    """Keyed by (room_type_id, day). `total` is None when a provider does not tell it."""

    room_type_id: str
    day: date
    available: int
    room_type: str = ""
    total: int | None = None
