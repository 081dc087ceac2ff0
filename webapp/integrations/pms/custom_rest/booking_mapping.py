"""Bookings out of a record: the booking itself, its stays, its people, and the words for its status."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.integrations.kit.select import PathMissing, records

from . import values
from .recipe import Fields, Nested, Recipe, StreamRecipe
from .values import Reader, Unreadable, rule_of

STAY_FIELDS = frozenset(
    {"line", "unit", "room_type_id", "room_type", "room", "adults", "children", "rate_plan_id", "rate_plan"}
    | {"arrival", "departure", "nights", "nights_net", "checked_in_at", "checked_out_at"}
)
BOOKING_TEXTS = ("confirmation_number", "group_ref", "source", "notes")
BOOKING_INSTANTS = ("created_at", "updated_at", "cancelled_at")
GUEST_TEXTS = ("external_id", "first_name", "last_name", "email", "phone", "role", "stay_line")
FLAT_GUEST = {f"guest_{name}": name for name in ("external_id", "first_name", "last_name", "email", "phone")}

_OWN_WORDS = {status.value: (status, False) for status in BookingStatus}
_HOLD = (BookingStatus.INQUIRY, True)

StatusOf = Callable[[str], tuple[BookingStatus, bool] | None]


class BookingMapper:
    """Called with one record; returns a Booking, None for one that the status table ignores, or raises Unreadable."""

    def __init__(self, source: StreamRecipe, recipe: Recipe, zone: ZoneInfo, unmapped: Counter[str]) -> None:
        fields = source.fields
        self._id = values.text(rule_of(fields["external_id"]))
        self._status = values.text(rule_of(fields["status"]))
        self._status_of = status_table(source, unmapped)
        self._currency = values.currency(fields, recipe.currency)
        self._texts = [(name, values.text(rule_of(fields[name]))) for name in BOOKING_TEXTS if name in fields]
        self._instants = [
            (name, values.instant(rule_of(fields[name]), name, zone))
            for name in BOOKING_INSTANTS
            if name in fields
        ]
        self._amounts = [
            (target, values.amount(rule_of(fields[name]), name))
            for name, target in (("total_amount", "total_minor"), ("balance_amount", "balance_minor"))
            if name in fields
        ]
        self._holds = values.flag(rule_of(fields["holds_room"])) if "holds_room" in fields else None
        self._flat_stay = StayMapper(fields, recipe, zone) if "arrival" in fields else None
        self._stays = _Nested(source.stays) if source.stays else None
        self._stay = StayMapper(source.stays.fields, recipe, zone, self._status_of) if source.stays else None
        # Told of the whole booking: the first lines begin with its check-in, the last ones end with its check-out.
        self._moments = [
            values.instant(rule_of(fields[name]), name, zone) if name in fields and source.stays else None
            for name in ("checked_in_at", "checked_out_at")
        ]
        flat = {plain: fields[name] for name, plain in FLAT_GUEST.items() if name in fields}
        self._flat_guest = GuestMapper(flat, role="booker") if flat else None
        self._guests = _Nested(source.guests) if source.guests else None
        self._guest = GuestMapper(source.guests.fields, role="guest") if source.guests else None

    def __call__(self, record: dict[str, Any]) -> Booking | None:
        external_id = self._id(record)
        if not external_id:
            raise Unreadable("external_id is missing")
        raw_status = self._status(record)
        if not raw_status:
            raise Unreadable("status is missing")
        known = self._status_of(raw_status)
        if known is None:
            return None
        status, holds_room = known
        currency = self._currency(record)
        found: dict[str, Any] = {name: read(record) for name, read in self._texts}
        for name, read in self._instants:
            found[name] = read(record)
        for name, amount in self._amounts:
            found[name] = amount(record, currency)
        if self._holds is not None:
            holds_room = bool(self._holds(record))
        return Booking(
            external_id=external_id,
            status=status,
            currency=currency,
            stays=self._read_stays(record, status, raw_status, currency),
            guests=self._read_guests(record, external_id),
            holds_room=holds_room,
            raw_status=raw_status,
            **found,
        )

    def _read_stays(
        self, record: dict[str, Any], status: BookingStatus, raw: str, currency: str
    ) -> tuple[Stay, ...]:
        if self._stays is not None and self._stay is not None:
            rows = self._stays.rows(record)
            if rows:
                read = self._stay
                stays = [read(row, status, raw, currency, number) for number, row in enumerate(rows, 1)]
                came, left = [moment(record) if moment else None for moment in self._moments]
                return tuple(_timed(stays, came, left) if came or left else stays)
        if self._flat_stay is None:
            raise Unreadable("the booking has no stay")
        return (self._flat_stay(record, status, raw, currency, 1),)

    def _read_guests(self, record: dict[str, Any], booking_id: str) -> tuple[BookingGuest, ...]:
        found: list[BookingGuest] = []
        if self._flat_guest is not None:
            guest = self._flat_guest(record, f"{booking_id}:1")
            if guest is not None:
                found.append(guest)
        if self._guests is not None and self._guest is not None:
            seen = {guest.external_id for guest in found}
            for number, row in enumerate(self._guests.rows(record), 1):
                guest = self._guest(row, f"{booking_id}:{len(found) + 1 if found else number}")
                if guest is not None and guest.external_id not in seen:
                    seen.add(guest.external_id)
                    found.append(guest)
        return tuple(found)


def _timed(stays: list[Stay], came: datetime | None, left: datetime | None) -> list[Stay]:
    first = min(stay.arrival for stay in stays)
    last = max(stay.departure for stay in stays)
    return [
        replace(
            stay,
            checked_in_at=stay.checked_in_at or (came if stay.arrival == first else None),
            checked_out_at=stay.checked_out_at or (left if stay.departure == last else None),
        )
        for stay in stays
    ]


class StayMapper:
    """One stay out of a line, or out of a booking that is its only stay."""

    def __init__(
        self, fields: Fields, recipe: Recipe, zone: ZoneInfo, status_of: StatusOf | None = None
    ) -> None:
        own = {name: rule_of(source) for name, source in fields.items()}
        self._arrival = values.day(own["arrival"], "arrival", recipe.date_formats, zone)
        self._departure = values.day(own["departure"], "departure", recipe.date_formats, zone)
        self._status_of = status_of if "status" in own else None
        self._status = values.text(own["status"]) if "status" in own else None
        self._line = values.text(own["line"]) if "line" in own else None
        # A reader that gives nothing leaves the default of Stay.
        self._others: list[tuple[str, Reader]] = [
            (name, values.text(own[name]))
            for name in ("unit", "room_type_id", "room_type", "room", "rate_plan_id", "rate_plan")
            if name in own
        ]
        self._others += [(name, values.number(own[name])) for name in ("adults", "children") if name in own]
        self._others += [
            (name, values.instant(own[name], name, zone))
            for name in ("checked_in_at", "checked_out_at")
            if name in own
        ]
        self._nights = _Nights(fields) if "nights" in own else None

    def __call__(
        self, row: Any, status: BookingStatus, booking_word: str, currency: str, number: int
    ) -> Stay:
        arrival = self._arrival(row)
        departure = self._departure(row)
        if arrival is None or departure is None:
            raise Unreadable("arrival is missing" if arrival is None else "departure is missing")
        if departure < arrival:
            raise Unreadable("departure is before arrival")
        if self._status is not None and self._status_of is not None:
            word = self._status(row)
            if word and word != booking_word:
                known = self._status_of(word)
                status = status if known is None else known[0]
        found: dict[str, Any] = {}
        for name, read in self._others:
            value = read(row)
            if value is not None and value != "":
                found[name] = value
        if self._nights is not None:
            found["nights"] = self._nights(row, currency, (departure - arrival).days)
        line = self._line(row) if self._line is not None else ""
        return Stay(line=line or str(number), arrival=arrival, departure=departure, status=status, **found)


class GuestMapper:
    """One person of a booking; None when the row says nothing about anybody."""

    def __init__(self, fields: Fields, *, role: str) -> None:
        self._role = role
        self._texts = [(name, values.text(rule_of(fields[name]))) for name in GUEST_TEXTS if name in fields]
        self._checked_in = (
            values.flag(rule_of(fields["is_checked_in"])) if "is_checked_in" in fields else None
        )

    def __call__(self, row: Any, composed_id: str) -> BookingGuest | None:
        found: dict[str, Any] = {}
        for name, read in self._texts:
            value = read(row)
            if value:
                found[name] = value
        if not found:
            return None
        found.setdefault("external_id", composed_id)
        found.setdefault("role", self._role)
        if self._checked_in is not None:
            found["is_checked_in"] = self._checked_in(row)
        return BookingGuest(**found)


class _Nights:
    """Prices per night, out of a list of amounts; nothing when there are more or fewer than nights."""

    def __init__(self, fields: Fields) -> None:
        gross = rule_of(fields["nights"])
        self._gross = values.raw(gross)
        self._is_minor = "from_minor_units" in (
            (gross.transform,) if isinstance(gross.transform, str) else gross.transform
        )
        self._net = values.raw(rule_of(fields["nights_net"])) if "nights_net" in fields else None

    def __call__(self, row: Any, currency: str, nights: int) -> tuple[tuple[int, int | None], ...]:
        gross = self._gross(row)
        if not isinstance(gross, list) or len(gross) != nights:
            return ()
        net = self._net(row) if self._net is not None else None
        # Whole numbers are what such lists hold; anything else is judged one by one below.
        if self._is_minor and net is None and all(type(value) is int for value in gross):
            return tuple([(value, None) for value in gross])
        if not isinstance(net, list) or len(net) != nights:
            net = [None] * nights
        return tuple(
            (self._minor(one, currency), None if other is None else self._minor(other, currency))
            for one, other in zip(gross, net, strict=True)
        )

    def _minor(self, value: Any, currency: str) -> int:
        return values.minor(value, currency, "nights", is_minor=self._is_minor)


class _Nested:
    """The rows of a list inside a record; the usual one-key path takes no walk."""

    def __init__(self, nested: Nested) -> None:
        self._path = nested.select
        self._is_plain = nested.select.replace("_", "a").isalnum()

    def rows(self, record: dict[str, Any]) -> list[Any]:
        if self._is_plain:
            found = record.get(self._path)
            if type(found) is list:
                return found
        try:
            return [row for row in records(record, self._path) if isinstance(row, dict)]
        except PathMissing:
            return []


def status_table(source: StreamRecipe, unmapped: Counter[str]) -> StatusOf:
    """Raw word -> status and whether it holds a room; None for `ignore`. An unknown word is an inquiry and counted."""
    table: dict[str, tuple[BookingStatus, bool] | None] = dict(_OWN_WORDS)
    for word, target in source.status_map.items():
        if target == "ignore":
            table[word.strip().casefold()] = None
        else:
            table[word.strip().casefold()] = _HOLD if target == "hold" else (BookingStatus(target), False)

    def status_of(raw: str) -> tuple[BookingStatus, bool] | None:
        word = raw.casefold()
        if word in table:
            return table[word]
        unmapped[raw] += 1
        return BookingStatus.INQUIRY, False

    return status_of
