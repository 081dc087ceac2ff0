"""The account and its listings, remembered for some hours: names, zones and currencies that every booking needs."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from webapp.integrations.kit.auth import fingerprint
from webapp.integrations.kit.contract import Credentials, Property, SetupCache
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import first, text

from .asking import ME, Guesty, Row, rows_of
from .reading import id_of, zone_of
from .refusals import ListingUnknown

T = TypeVar("T")

REMEMBERED_FOR = timedelta(hours=6)
_FIELDS = "_id title nickname active isListed timezone defaultCheckInTime defaultCheckOutTime prices"
_MOST_OFFERED = 20


class Account(msgspec.Struct, frozen=True):
    id: str
    name: str
    zone_name: str
    currency: str


class Listing(msgspec.Struct, frozen=True):
    """A unit, or the type of several: what the hub calls a room type. `is_active`: it has a calendar and prices."""

    id: str
    name: str
    nickname: str
    zone_name: str
    currency: str
    check_in_time: str
    check_out_time: str
    is_active: bool


class Memory:
    """The connection's cache, by credentials: what another account once said is never met."""

    def __init__(self, guesty: Guesty, credentials: Credentials, cache: SetupCache) -> None:
        self._cache = cache
        self._clock = guesty.client.clock
        self._mark = fingerprint(
            guesty.client.base_url,
            credentials.secret("api_key"),
            credentials.text("property_id"),
            credentials.text("reservations_api"),
        )

    def get(self, name: str, shape: type[T]) -> T | None:
        document = self._cache.get(f"{name}:{self._mark}")
        if document is None:
            return None
        try:
            return msgspec.json.decode(document, type=shape)
        except msgspec.DecodeError:
            return None  # written by another version

    def put(self, name: str, value: object, lasting: timedelta) -> None:
        document = msgspec.json.encode(value).decode()
        self._cache.put(f"{name}:{self._mark}", document, self._clock() + lasting)


class House:
    """Reads each part when it is first needed. `is_fresh` reads nothing from the cache. Raises ProviderError."""

    def __init__(
        self, guesty: Guesty, credentials: Credentials, memory: Memory, *, is_fresh: bool = False
    ) -> None:
        self._guesty = guesty
        self._memory = memory
        self._is_fresh = is_fresh
        wanted = (part.strip().lower() for part in credentials.text("property_id").split(","))
        self._wanted = tuple(dict.fromkeys(part for part in wanted if part))
        self._account: Account | None = None
        self._listings: dict[str, Listing] | None = None

    @property
    def account(self) -> Account:
        if self._account is None:
            self._account = self._remembered("account", Account, self._read_account)
        return self._account

    @property
    def listings(self) -> Mapping[str, Listing]:
        """By id, those that are switched off too: old bookings refer to them."""
        if self._listings is None:
            self._listings = self._remembered("listings", dict[str, Listing], self._read_listings)
        return self._listings

    @property
    def scope(self) -> tuple[str, ...]:
        """Ids of the listings that the connection is for; empty: all. Raises ListingUnknown."""
        for identity in self._wanted:
            if identity not in self.listings and not self._exists(identity):
                raise ListingUnknown(identity, self.offered())
        return self._wanted

    @property
    def sold(self) -> tuple[Listing, ...]:
        """Those with a calendar and prices, of the scope."""
        scope = self.scope
        found = [
            item for item in self.listings.values() if item.is_active and (not scope or item.id in scope)
        ]
        return tuple(sorted(found, key=lambda item: item.id))

    def listing(self, identity: str) -> Listing | None:
        """One that was made after the list was read is looked up once."""
        found = self.listings.get(identity)
        if found is None and identity and self._exists(identity):
            found = self.listings.get(identity)
        return found

    def zone(self, identity: str) -> ZoneInfo:
        """Zones belong to listings."""
        found = self.listings.get(identity)
        return (
            (zone_of(found.zone_name) if found else None)
            or zone_of(self.account.zone_name)
            or ZoneInfo("UTC")
        )

    def offered(self) -> tuple[Property, ...]:
        active = [item for item in self.listings.values() if item.is_active]
        return tuple(Property(item.id, item.name) for item in active[:_MOST_OFFERED])

    # ----------------------------------------------------------------------------------------------------------------

    def _exists(self, identity: str) -> bool:
        try:
            answer = self._guesty.get(f"listings/{identity}", {"fields": _FIELDS})
        except NotFound:
            found = Listing(identity, "", "", "", "", "", "", is_active=False)
            exists = False
        else:
            found = _listing(answer.json(Row), self.account, is_active=True)
            exists = found.id == identity
            if identity not in self._wanted:
                # A unit of a listing that counts it already: it has a name, but no calendar of its own.
                found = msgspec.structs.replace(found, id=identity, is_active=False)
        if self._listings is not None and (exists or identity not in self._wanted):
            # Units of a listing may be missing in the list: each is asked for once, whether it is there or not.
            self._listings[identity] = found
            self._memory.put("listings", self._listings, REMEMBERED_FOR)
        return exists

    def _remembered(self, name: str, shape: type[T], read: Callable[[], T]) -> T:
        known = None if self._is_fresh else self._memory.get(name, shape)
        if known is not None:
            return known
        part = read()
        self._memory.put(name, part, REMEMBERED_FOR)
        return part

    def _read_account(self) -> Account:
        row = self._guesty.get(ME).json(Row)
        identity = id_of(row)
        if not identity:
            raise ContractBroken(f"{ME}: _id")
        return Account(identity, text(row.get("name")), text(row.get("timezone")), text(row.get("currency")))

    def _read_listings(self) -> dict[str, Listing]:
        """Twice, because the list without a filter is not promised to hold both kinds."""
        found: dict[str, Listing] = {}
        for is_active in (False, True):
            params = [("active", str(is_active).lower()), ("fields", _FIELDS), ("sort", "_id")]
            for row in rows_of([*self._guesty.every("listings", params)]):
                listing = _listing(row, self.account, is_active=is_active)
                if listing.id:
                    found[listing.id] = listing
        return found


def _listing(row: Row, account: Account, *, is_active: bool) -> Listing:
    prices = row.get("prices")
    currency = text(prices.get("currency")) if isinstance(prices, dict) else ""
    stated = row.get("active")
    return Listing(
        id=id_of(row),
        name=first(row.get("title"), row.get("nickname")),
        nickname=text(row.get("nickname")),
        zone_name=text(row.get("timezone")),
        currency=(currency or account.currency).upper(),
        check_in_time=text(row.get("defaultCheckInTime")),
        check_out_time=text(row.get("defaultCheckOutTime")),
        is_active=stated if isinstance(stated, bool) else is_active,
    )
