"""The hotel's set-up at Mews: whom the token belongs to, its stay services, room categories, rooms, ages and rates.

It moves slowly and every booking refers to it, so each part is remembered for an hour in the connection's cache.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from webapp.integrations.kit.auth import fingerprint
from webapp.integrations.kit.contract import Credentials, Property, SetupCache
from webapp.integrations.kit.errors import ContractBroken

from .asking import Mews
from .listings import AGES, ALIVE_OR_NOT, CATEGORIES, ENTERPRISES, RATES, RESOURCES, SERVICES
from .refusals import HotelUnknown, NoRooms, NotEnabled
from .shapes import Configuration, Service

T = TypeVar("T")

REMEMBERED_FOR = timedelta(hours=1)
# Nobody sleeps in these. A type that Mews adds later counts as a room: to see too much is better than to miss guests.
_NOT_FOR_SLEEPING = frozenset(
    "Office MeetingRoom ParkingSpot Desk TeamArea Membership Bike ExtraBed Cot Crib ConferenceRoom Rooftop Garden "
    "Restaurant Amphitheater PrivateSpaces".split()
)
_OF_A_BLOCK = "AvailabilityBlock"  # the price of one group, for its own days
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?")


class Hotel(msgspec.Struct, frozen=True):
    """`editable_days` is how far back bookings may still change; None when Mews does not say."""

    id: str
    name: str
    zone_name: str
    currency: str
    language: str
    chain_id: str
    is_portfolio: bool
    editable_days: int | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name)


class Category(msgspec.Struct, frozen=True):
    """A room type. `is_sold`: it and its service are active, so it has availability and prices."""

    id: str
    name: str
    service_id: str
    is_sold: bool


class Plan(msgspec.Struct, frozen=True):
    """A rate. `is_sold`: it can be booked now, by everybody where it `is_public`."""

    id: str
    name: str
    service_id: str
    is_sold: bool
    is_default: bool
    is_public: bool = True


class Setup:
    """Reads each part when it is first needed. Raises ProviderError."""

    def __init__(
        self, mews: Mews, credentials: Credentials, cache: SetupCache, *, is_fresh: bool = False
    ) -> None:
        self.mews = mews
        self._wanted = credentials.text("property_id").strip().lower()
        self.cache = cache
        self.key = fingerprint(mews.client.base_url, credentials.secret("api_key"), self._wanted)
        self._known: dict[str, object] = {}
        self.is_fresh = is_fresh

    def refresh(self) -> None:
        """Asks for everything again: something refers to a part that is not known."""
        self._known.clear()
        self.is_fresh = True

    @property
    def hotel(self) -> Hotel:
        return self._part("hotel", Hotel, lambda: self._identify(self.mews.configuration()))

    def know(self, configuration: Configuration) -> Hotel:
        """Takes the hotel out of an answer that is here already."""
        return self._part("hotel", Hotel, lambda: self._identify(configuration))

    def _identify(self, configuration: Configuration) -> Hotel:
        """The hotel to read. A portfolio token shows a stand-in for the whole group until an enterprise is named."""
        enterprise = configuration.enterprise
        is_portfolio = bool(enterprise.is_portfolio)
        if is_portfolio:
            offered = self._offered()
            if self._wanted not in {item.external_id.lower() for item in offered}:
                raise HotelUnknown(self._wanted, offered)
            enterprise = self.mews.configuration(EnterpriseId=self._wanted).enterprise
        elif self._wanted and self._wanted != enterprise.id.lower():
            raise HotelUnknown(self._wanted, (Property(enterprise.id, enterprise.name),))
        try:
            ZoneInfo(enterprise.time_zone_identifier)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ContractBroken("configuration/get: TimeZoneIdentifier") from None
        currencies = enterprise.currencies or ()
        default = next((item.currency for item in currencies if item.is_default), "")
        return Hotel(
            id=enterprise.id,
            name=enterprise.name,
            zone_name=enterprise.time_zone_identifier,
            currency=default or (currencies[0].currency if currencies else ""),
            language=enterprise.default_language_code or "",
            chain_id=enterprise.chain_id or "",
            is_portfolio=is_portfolio,
            editable_days=days_of(enterprise.operational_editable_history_interval or ""),
        )

    @property
    def scope(self) -> dict[str, list[str]]:
        """The filter by hotel that a portfolio token needs; other tokens are the hotel."""
        return {"EnterpriseIds": [self.hotel.id]} if self.hotel.is_portfolio else {}

    @property
    def chain_scope(self) -> dict[str, list[str]]:
        """Guests belong to the chain."""
        return {"ChainIds": [self.hotel.chain_id]} if self.hotel.is_portfolio else {}

    @property
    def stay_services(self) -> list[str]:
        """Services by the day with something to sleep in, closed ones included, because old bookings hang on them.
        Never empty: raises NoRooms."""
        found = list(dict.fromkeys(category.service_id for category in self.categories.values()))
        if not found:
            raise NoRooms
        return found

    @property
    def sold_services(self) -> list[str]:
        """The stay services that can be booked now."""
        sold = {category.service_id for category in self.categories.values() if category.is_sold}
        return [service for service in self.stay_services if service in sold]

    @property
    def categories(self) -> Mapping[str, Category]:
        """Room types of the stay services by id."""
        return self._part("categories", dict[str, Category], self._read_categories)

    @property
    def rooms(self) -> Mapping[str, str]:
        """Names of rooms by id."""
        return self._part("rooms", dict[str, str], self._read_rooms)

    @property
    def children(self) -> frozenset[str]:
        """The age categories that are children; a hotel may have several."""
        return self._part("children", frozenset[str], self._read_children)

    @property
    def plans(self) -> Mapping[str, Plan]:
        """Rates by id."""
        return self._part("plans", dict[str, Plan], self._read_plans)

    @property
    def plan_names(self) -> Mapping[str, str]:
        """Names of rates by id; none when the token may not read rates, which bookings can do without."""
        try:
            return {plan.id: plan.name for plan in self.plans.values()}
        except NotEnabled:
            return {}

    # --- reading ----------------------------------------------------------------------------------------------------

    def _part(self, name: str, shape: type[T], read: Callable[[], T]) -> T:
        if name not in self._known:
            self._known[name] = self._remembered(name, shape, read)
        part: T = self._known[name]  # type: ignore[assignment]  # each name has one shape
        return part

    def _remembered(self, name: str, shape: type[T], read: Callable[[], T]) -> T:
        key = f"{name}:{self.key}"
        document = None if self.is_fresh else self.cache.get(key)
        if document is not None:
            try:
                return msgspec.json.decode(document, type=shape)
            except msgspec.DecodeError:
                pass  # written by another version
        part = read()
        expires_at = self.mews.client.clock() + REMEMBERED_FOR
        self.cache.put(key, msgspec.json.encode(part).decode(), expires_at)
        return part

    def _offered(self) -> tuple[Property, ...]:
        return tuple(Property(row.id, row.name or row.id) for row in self.mews.every(ENTERPRISES, {}))

    def _read_categories(self) -> dict[str, Category]:
        services = {row.id: row.is_active for row in self.mews.every(SERVICES, self.scope) if _is_by_day(row)}
        if not services:
            return {}
        filters = {"ServiceIds": list(services), **self.scope, **ALIVE_OR_NOT}
        return {
            row.id: Category(
                row.id,
                text_of(row.names, self.hotel.language),
                row.service_id,
                row.is_active and services.get(row.service_id, False),
            )
            for row in self.mews.every(CATEGORIES, filters)
            if row.type not in _NOT_FOR_SLEEPING
        }

    def _read_rooms(self) -> dict[str, str]:
        filters = {"Extent": {"Resources": True, "Inactive": True}, **self.scope}
        return {row.id: row.name or "" for row in self.mews.every(RESOURCES, filters)}

    def _read_children(self) -> frozenset[str]:
        filters = {"ServiceIds": self.stay_services, **self.scope, **ALIVE_OR_NOT}
        return frozenset(row.id for row in self.mews.every(AGES, filters) if row.classification == "Child")

    def _read_plans(self) -> dict[str, Plan]:
        filters = {"ServiceIds": self.stay_services, "Extent": {"Rates": True}, **self.scope, **ALIVE_OR_NOT}
        return {
            row.id: Plan(
                row.id,
                text_of(row.names, self.hotel.language) or row.short_name or "",
                row.service_id,
                row.is_active and row.is_enabled and row.type != _OF_A_BLOCK,
                row.is_default,
                row.is_public,
            )
            for row in self.mews.every(RATES, filters)
        }


def _is_by_day(service: Service) -> bool:
    """Bookable by the day. Services by the hour or month are desks, spas and long leases without nights."""
    data = service.data
    if data is None or data.discriminator != "Bookable" or data.value is None:
        return False
    return (data.value.time_unit_period or data.value.time_unit or "Day") == "Day"


def text_of(names: Mapping[str, str] | None, language: str) -> str:
    """A text in the hotel's language, else in any."""
    if not names:
        return ""
    return names.get(language) or next((text for text in names.values() if text), "")


def days_of(duration: str) -> int | None:
    """`P0M7DT0H0M0S` -> 7; generous with months and years. None for what is no duration."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        return None
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return years * 366 + months * 31 + weeks * 7 + days
