"""The property and what its ids stand for, remembered for some hours: zone, currency, room types, countries."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from webapp.integrations.kit.contract import Credentials, Property, SetupCache
from webapp.integrations.kit.errors import NotFound, PermissionMissing
from webapp.integrations.kit.plain_values import text

from .asking import Rms, rows_of
from .currencies import country_of, currency_of
from .login import PROOF
from .reading import Row, id_of, whole
from .refusals import CurrencyUnknown, HotelUnknown, Refused, ZoneUnknown
from .windows_zones import zone_of

T = TypeVar("T")

REMEMBERED_FOR = timedelta(hours=6)
_LONG = timedelta(days=7)
_OFF_FOR = timedelta(days=1)


class Hotel(msgspec.Struct, frozen=True):
    """`siblings` are the other properties of the database."""

    id: int
    name: str
    zone_name: str
    siblings: int
    is_inactive: bool = False


class Category(msgspec.Struct, frozen=True):
    """What the hub calls a room type."""

    id: int
    name: str
    rooms: int
    is_sold: bool


class Memory:
    """The connection's cache, by credentials and property: what another hotel once said is never met."""

    def __init__(self, rms: Rms, property_id: str, cache: SetupCache) -> None:
        self._rms = rms
        self._cache = cache
        self._mark = f"{rms.mark}-{property_id}"

    def get(self, name: str, shape: type[T]) -> T | None:
        document = self._cache.get(f"{name}:{self._mark}")
        try:
            return None if document is None else msgspec.json.decode(document, type=shape)
        except msgspec.DecodeError:
            return None  # written by another version

    def put(self, name: str, value: object, lasting: timedelta) -> None:
        document = msgspec.json.encode(value).decode()
        self._cache.put(f"{name}:{self._mark}", document, self._rms.now + lasting)

    def optional(self, name: str, read: Callable[[], T], otherwise: T) -> T:
        """What bookings can do without. Where the module does not include it, it is not asked for again for a day:
        refusals are counted by RMS."""
        if self.get(f"without-{name}", bool):
            return otherwise
        try:
            return read()
        except (PermissionMissing, NotFound, Refused):
            self.put(f"without-{name}", True, _OFF_FOR)
            return otherwise


class House:
    """Reads each part when it is first needed. `is_fresh` reads nothing from the cache. Raises ProviderError."""

    def __init__(self, rms: Rms, credentials: Credentials, memory: Memory, *, is_fresh: bool = False) -> None:
        self._rms = rms
        self._memory = memory
        self._is_fresh = is_fresh
        self._wanted = credentials.text("property_id").strip()
        self._typed_zone = credentials.text("time_zone").strip()
        self._typed_currency = credentials.text("currency").strip().upper()
        self._hotel: Hotel | None = None
        self._categories: dict[str, Category] | None = None
        self._currency: str | None = None

    @property
    def hotel(self) -> Hotel:
        """Raises HotelUnknown."""
        if self._hotel is None:
            self._hotel = self._remembered("hotel", Hotel, self._read_hotel, REMEMBERED_FOR)
        return self._hotel

    @property
    def zone(self) -> ZoneInfo:
        """Raises ZoneUnknown."""
        given = self._typed_zone or self.hotel.zone_name
        found = zone_of(given)
        if found is None:
            raise ZoneUnknown(given)
        return found

    @property
    def currency(self) -> str:
        """Raises CurrencyUnknown."""
        if self._typed_currency:
            return self._typed_currency
        if self._currency is None:
            self._currency = self._remembered("currency", str, self._read_currency, REMEMBERED_FOR)
        return self._currency

    @property
    def today(self) -> date:
        return self._rms.now.astimezone(self.zone).date()

    @property
    def categories(self) -> Mapping[str, Category]:
        """By id."""
        if self._categories is None:
            self._categories = self._remembered(
                "categories", dict[str, Category], self._read_categories, REMEMBERED_FOR
            )
        return self._categories

    def countries(self) -> Mapping[str, str]:
        """ISO code by RMS's id; empty where the module does not list them."""
        return self._memory.optional(
            "countries",
            lambda: self._remembered("countries", dict[str, str], self._read_countries, _LONG),
            {},
        )

    # ----------------------------------------------------------------------------------------------------------------

    def _remembered(self, name: str, shape: type[T], read: Callable[[], T], lasting: timedelta) -> T:
        known = None if self._is_fresh else self._memory.get(name, shape)
        if known is not None:
            return known
        part = read()
        self._memory.put(name, part, lasting)
        return part

    def _read_hotel(self) -> Hotel:
        rows, _odd = rows_of(self._rms.get(PROOF, {"modelType": "basic"}))
        found = next((row for row in rows if id_of(row) and id_of(row) == _plain(self._wanted)), None)
        if found is None:
            offered = tuple(
                Property(id_of(row), text(row.get("name"))) for row in rows if row.get("inactive") is not True
            )
            raise HotelUnknown(self._wanted, offered)
        return Hotel(
            id=whole(found.get("id")),
            name=text(found.get("name")),
            zone_name=text(found.get("timeZoneId")),
            siblings=len(rows) - 1,
            is_inactive=found.get("inactive") is True,
        )

    def _read_currency(self) -> str:
        rows, _odd = rows_of(self._rms.get(f"properties/{self.hotel.id}/currency"))
        row: Row = rows[0] if rows else {}
        # The contract spells the description with a capital, and no promise is made which of them is a code.
        kinds = (
            "primaryCurrencyName",
            "PrimaryCurrencyDescription",
            "primaryCurrencyDescription",
            "primaryCurrencySymbol",
        )
        names = [text(row.get(kind)) for kind in kinds]
        found = currency_of(*names)
        if not found:
            raise CurrencyUnknown(" ".join(name for name in names if name))
        return found

    def _read_categories(self) -> dict[str, Category]:
        asked = {"propertyId": self.hotel.id, "modelType": "full", "sort": "id"}
        return {
            id_of(row): Category(
                whole(row.get("id")),
                text(row.get("name")),
                whole(row.get("numberOfAreas")),
                row.get("inactive") is not True,
            )
            for row in self._rms.every("categories", asked)
            if id_of(row)
        }

    def _read_countries(self) -> dict[str, str]:
        rows, _odd = rows_of(self._rms.get("countries"))
        codes = {
            id_of(row): country_of(text(row.get("ISOCountryCode")), text(row.get("name"))) for row in rows
        }
        return {identity: code for identity, code in codes.items() if identity and code}


def _plain(typed: str) -> str:
    """`01` means 1."""
    return str(int(typed)) if typed.isascii() and typed.isdigit() else typed
