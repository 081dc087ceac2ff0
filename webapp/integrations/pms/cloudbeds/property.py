"""The property a connection is for: which server it lives on, its name, zone and currency, and its rooms by type.

All of it moves slowly, so it is kept in the set-up cache for a day.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit, urlunsplit

import msgspec

from webapp.integrations.kit.auth import fingerprint
from webapp.integrations.kit.contract import Credentials, SetupCache
from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing, PropertyUnknown
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.plain_values import first, is_true, text

from .asking import PAGE, Asker, decoded
from .hotel import Hotel, RoomType
from .manifest import MANIFEST
from .payloads import HotelRow, Metadata, RoomsOfProperty
from .reading import listed
from .refusals import PropertyNotChosen

KEPT_FOR = timedelta(days=1)
VENDOR_DOMAIN = "cloudbeds.com"
_MOST_ROOM_PAGES = 50


class PropertyDesk:
    """Finds out about the property once a day; `asker` asks for it from then on."""

    def __init__(self, client: ProviderClient, credentials: Credentials, cache: SetupCache) -> None:
        self._client = client
        self._cache = cache
        self._wanted = credentials.text("property_id").strip()
        # A connection that is edited must not be answered from what another property or key once said.
        self._mark = fingerprint(
            client.base_url,
            self._wanted,
            *(credentials.secret(name) for name in ("api_key", "api_secret", "refresh_token")),
        )
        self.asker = Asker(client, self._wanted)
        self.answered_at: datetime | None = (
            None  # by the vendor's clock, at the last question about the property
        )

    def hotel(self) -> Hotel:
        """From the cache, else asked. Raises ProviderError."""
        self.find_server()
        kept = self._cache.get(f"hotel:{self._mark}")
        hotel = msgspec.json.decode(kept, type=Hotel) if kept else self.ask()
        self.asker.property_id = hotel.external_id
        return hotel

    def ask(self) -> Hotel:
        """Asks, whatever the cache says. Raises PropertyUnknown when the key is not good for the one wanted."""
        found = self.all_of_key(self._wanted)
        if self._wanted:
            found = tuple(hotel for hotel in found if hotel.external_id == self._wanted)
        if not found:
            raise PropertyUnknown(self._wanted, "not among the properties of the key")
        if len(found) > 1:
            raise PropertyNotChosen("", f"{len(found)} properties")
        hotel = found[0]
        _check(hotel)
        self._keep(f"hotel:{self._mark}", hotel)
        self.asker.property_id = hotel.external_id
        return hotel

    def all_of_key(self, property_id: str = "") -> tuple[Hotel, ...]:
        """The properties of the key, or the one named. Raises ProviderError."""
        asker = Asker(self._client, property_id)
        found: list[Hotel] = []
        for answered, _ in asker.pages("getHotels", {}, None):
            self.answered_at = answered.answer.sent_at
            found += [_hotel(decoded(row, HotelRow, "getHotels")) for row in answered.rows]
        return tuple(found)

    def ask_who(self) -> None:
        """A call that needs no permission, only a key. Raises ProviderError."""
        self._client.get("userinfo")

    def room_types(self) -> Mapping[str, RoomType]:
        """Room types that have rooms; empty when the key may not read rooms, which costs the totals only."""
        kept = self._cache.get(f"rooms:{self._mark}")
        if kept:
            return msgspec.json.decode(kept, type=dict[str, RoomType])
        try:
            found = self._count_rooms()
        except PermissionMissing:
            return {}
        self._keep(f"rooms:{self._mark}", found)
        return found

    def find_server(self) -> None:
        """Moves the client to the server that the property lives on, if that is another one of the vendor's.

        The answer's own path is not used: this adapter speaks 1.3 and no other version.
        """
        name = f"server:{self._mark}"
        kept = self._cache.get(name)
        if kept is None:
            named = self._named_server()
            self._keep(name, named)
        else:
            named = msgspec.json.decode(kept, type=str)
        moved = on_server(self._client.base_url, named)
        if moved != self._client.base_url:
            self._client.base_url = moved
            self._client.pace(*([MANIFEST.limit] if MANIFEST.limit else []))

    def _named_server(self) -> str:
        """Empty when the call says nothing useful: the usual server answers for every property."""
        try:
            answered = self.asker.get("oauth/metadata")
        except (ContractBroken, NotFound, PermissionMissing, PropertyUnknown):
            return ""
        try:
            return decoded(answered.data, Metadata, "oauth/metadata").api.url
        except ContractBroken:
            return ""

    def _count_rooms(self) -> dict[str, RoomType]:
        """Whether pages of getRooms count properties or rooms is not said, so it goes on until nothing new comes."""
        seen: set[str] = set()
        types: dict[str, RoomType] = {}
        for page in range(1, _MOST_ROOM_PAGES):
            listed_rooms = self.asker.list("getRooms", {"pageNumber": page, "pageSize": PAGE})
            rooms = [
                room
                for row in listed_rooms.rows
                for group in [decoded(row, RoomsOfProperty, "getRooms")]
                if text(group.propertyID) in ("", self.asker.property_id)
                for room in listed(group.rooms)
            ]
            news = [room for room in rooms if text(room.roomID) not in seen]
            for room in news:
                seen.add(text(room.roomID))
                key = text(room.roomTypeID)
                before = types.get(key, RoomType(first(room.roomTypeName), 0))
                types[key] = RoomType(before.name, before.rooms + (0 if is_true(room.isVirtual) else 1))
            if not news or len(rooms) < PAGE:
                break
        return types

    def _keep(self, name: str, value: object) -> None:
        self._cache.put(name, msgspec.json.encode(value).decode(), self._client.clock() + KEPT_FOR)


def on_server(base_url: str, named: str) -> str:
    """The base address on the named server. Only from one of the vendor's hosts to another: the key goes along."""
    home, other = urlsplit(base_url), _split(named)
    if (
        other is None
        or other.scheme != "https"
        or not (_is_vendor(home.hostname) and _is_vendor(other.hostname))
    ):
        return base_url
    if other.username or other.password or other.port not in (None, 443):
        return base_url
    return urlunsplit(home._replace(scheme="https", netloc=str(other.hostname)))


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_vendor(host: str | None) -> bool:
    return bool(host) and (host == VENDOR_DOMAIN or str(host).endswith(f".{VENDOR_DOMAIN}"))


def _hotel(row: HotelRow) -> Hotel:
    currency = row.propertyCurrency
    if not isinstance(currency, str):
        found = currency if isinstance(currency, dict) else next(iter(currency or ()), {})
        currency = text(found.get("currencyCode"))
    return Hotel(
        external_id=text(row.propertyID),
        name=text(row.propertyName),
        timezone=text(row.propertyTimezone),
        currency=currency.strip().upper(),
    )


def _check(hotel: Hotel) -> None:
    """Without a zone every stamp, and without a currency every price would be a guess."""
    try:
        _ = hotel.zone
    except (ValueError, LookupError, OSError):
        raise ContractBroken("getHotels: propertyTimezone", "no such time zone") from None
    if not (len(hotel.currency) == 3 and hotel.currency.isalpha()):
        raise ContractBroken("getHotels: propertyCurrency", "no currency code")
