"""The property as every record needs it: its id, its name, zone and currency, and what rooms it has."""

from zoneinfo import ZoneInfo

import msgspec


class Hotel(msgspec.Struct, frozen=True):
    """`timezone` is an IANA name, `currency` an ISO 4217 code."""

    external_id: str
    name: str
    timezone: str
    currency: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class RoomType(msgspec.Struct, frozen=True):
    """`rooms` counts the physical ones."""

    name: str
    rooms: int
