"""The hotel a connection is for: its name, zone, currency and business date, as far as the subscription tells them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing, PropertyUnknown
from webapp.integrations.kit.plain_values import day, text
from webapp.integrations.kit.unreadable import Unreadable

from .asking import Ohip

KEPT_FOR = timedelta(days=1)
NO_CURRENCY = "XXX"
"""ISO 4217's own code for "none": amounts that come without a currency from a hotel whose own is not known."""


class Hotel(msgspec.Struct, frozen=True):
    """`zone_name` and `currency` are empty where the API Enterprise Configuration is not part of the subscription."""

    external_id: str
    name: str = ""
    zone_name: str = ""
    currency: str = ""
    business_date: date | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone_name or "UTC")

    @property
    def stamp_leeway(self) -> timedelta:
        """How far a stamp that has no zone may be from the true instant."""
        return timedelta(minutes=10) if self.zone_name else timedelta(hours=15)


class HotelDesk:
    def __init__(self, ohip: Ohip) -> None:
        self._ohip = ohip
        self._key = f"hotel:{ohip.mark}"

    def hotel(self) -> Hotel:
        """From the cache, else asked. Raises ProviderError."""
        kept = self._ohip.setup.get(self._key)
        return msgspec.json.decode(kept, type=Hotel) if kept else self.ask()

    def ask(self) -> Hotel:
        """Asks, whatever the cache says. A subscription without this API, and a hotel whose settings may not be read,
        cost the name, the zone and the currency only. Raises PropertyUnknown when the user may not see the hotel."""
        code = self._ohip.hotel_id
        context = self._told(f"ent/config/v1/hotels/{code}/operaContext")
        general = self._told(f"ent/config/v1/hotels/{code}", {"fetchInstructions": "General"})
        hotel = Hotel(
            external_id=code,
            name=_found(("hotelname",), str, context, general),
            zone_name=_zone(self._ohip.time_zone) or _found(("timezone", "zone"), _zone, context, general),
            currency=_found(("currency",), _currency, context, general),
            business_date=_business_date(_found(("businessdate",), str, context)),
        )
        expires_at = self._ohip.client.clock() + KEPT_FOR
        self._ohip.setup.put(self._key, msgspec.json.encode(hotel).decode(), expires_at)
        return hotel

    def _told(self, path: str, fields: dict[str, object] | None = None) -> Any:
        try:
            answer = self._ohip.get(path, fields or {})
        except PropertyUnknown:
            raise
        except (PermissionMissing, NotFound, ContractBroken):
            return None
        return _decoded(answer)


def _decoded(answer: Answer | None) -> Any:
    try:
        return None if answer is None else answer.json()
    except ContractBroken:
        return None


# How these two answers nest is not part of the published files at hand, so a name is looked for wherever it stands.


def _found(words: Sequence[str], read: Callable[[str], str], *documents: Any) -> str:
    """The first value that reads as what is wanted, under a name that has one of the words; the shallowest first."""
    for document in documents:
        for word in words:
            for key, value in _pairs(document):
                if word in key and (found := read(text(value))):
                    return found
    return ""


def _pairs(document: Any) -> Iterator[tuple[str, Any]]:
    level = [document]
    while level:
        below: list[Any] = []
        for node in level:
            items = (
                node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
            )
            for key, value in items:
                yield str(key).lower(), value
                below.append(value)
        level = below


def _currency(code: str) -> str:
    return code.upper() if len(code) == 3 and code.isascii() and code.isalpha() else ""


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""


def _business_date(value: str) -> date | None:
    try:
        return day(value, "businessDate")
    except Unreadable:
        return None
