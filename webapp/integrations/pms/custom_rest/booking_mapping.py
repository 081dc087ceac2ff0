"""Bookings out of a record: the booking itself, its stays, its people, and the words for its status."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.wording import N_
from webapp.integrations.kit.unreadable import ENDS_BEFORE_IT_BEGINS, MISSING, Unreadable

from . import values
from .booking_places import Places
from .paths import Paths
from .recipe import Fields, Recipe, StreamRecipe
from .statuses import StatusOf
from .texts import texts
from .values import Reader, rule_of

STAY_FIELDS = frozenset(
    {"line", "unit", "room_type_id", "room_type", "room", "adults", "children", "rate_plan_id", "rate_plan"}
    | {"arrival", "departure", "nights", "nights_net", "checked_in_at", "checked_out_at"}
)
BOOKING_TEXTS = ("confirmation_number", "group_ref", "source", "notes")
BOOKING_INSTANTS = ("created_at", "updated_at", "cancelled_at")
STAY_TEXTS = ("line", "status", "unit", "room_type_id", "room_type", "room", "rate_plan_id", "rate_plan")
GUEST_TEXTS = ("external_id", "first_name", "last_name", "email", "phone", "role", "stay_line")
NO_STAY = N_("the booking has no stay")
FLAT_GUEST = {f"guest_{name}": name for name in ("external_id", "first_name", "last_name", "email", "phone")}


class BookingMapper:
    """Called with one record; returns a Booking, None for one that the status table ignores, or raises Unreadable.

    `places` says how the record, its stays and its guests are read.
    """

    def __init__(
        self, source: StreamRecipe, recipe: Recipe, zone: ZoneInfo, status_of: StatusOf, places: Places
    ) -> None:
        fields, own = source.fields, places.booking
        self._status_of = status_of
        self._texts = texts(fields, ("external_id", "status", *BOOKING_TEXTS), own)
        self._currency = values.currency(fields, recipe.currency, own)
        self._created, self._updated, self._cancelled = (
            _instant(fields, name, zone, own) for name in BOOKING_INSTANTS
        )
        self._total, self._balance = (
            values.amount(rule_of(fields[name]), name, own) if name in fields else _no_amount
            for name in ("total_amount", "balance_amount")
        )
        self._holds = values.flag(rule_of(fields["holds_room"]), own) if "holds_room" in fields else None
        self._flat_stay = StayMapper(fields, recipe, zone, own) if "arrival" in fields else None
        self._stays = own.rows(source.stays.select) if source.stays else None
        self._stay = (
            StayMapper(source.stays.fields, recipe, zone, places.stay, status_of) if source.stays else None
        )
        # Told of the whole booking: the first lines begin with its check-in, the last ones end with its check-out.
        self._moments = [
            values.instant(rule_of(fields[name]), name, zone, own)
            if name in fields and source.stays
            else None
            for name in ("checked_in_at", "checked_out_at")
        ]
        flat = {plain: fields[name] for name, plain in FLAT_GUEST.items() if name in fields}
        self._flat_guest = GuestMapper(flat, own, role="booker") if flat else None
        self._guests = own.rows(source.guests.select) if source.guests else None
        self._guest = GuestMapper(source.guests.fields, places.guest, role="guest") if source.guests else None

    def __call__(self, record: Any) -> Booking | None:
        external_id, raw_status, confirmation, group, source, notes = self._texts(record)
        if not external_id:
            raise Unreadable(MISSING, field="external_id")
        if not raw_status:
            raise Unreadable(MISSING, field="status")
        known = self._status_of(raw_status)
        if known is None:
            return None
        status, holds_room = known
        currency = self._currency(record)
        # In the order of the fields: names cost as much again as the values.
        return Booking(
            external_id,
            status,
            currency,
            self._read_stays(record, status, raw_status, currency),
            self._read_guests(record, external_id),
            confirmation,
            group,
            holds_room if self._holds is None else bool(self._holds(record)),
            source,
            self._total(record, currency),
            self._balance(record, currency),
            notes,
            self._created(record),
            self._updated(record),
            self._cancelled(record),
            raw_status,
        )

    def _read_stays(self, record: Any, status: BookingStatus, raw: str, currency: str) -> tuple[Stay, ...]:
        if self._stays is not None and self._stay is not None:
            rows = self._stays(record)
            if rows:
                read = self._stay
                stays = [read(row, status, raw, currency, number) for number, row in enumerate(rows, 1)]
                came, left = [moment(record) if moment else None for moment in self._moments]
                return tuple(_timed(stays, came, left) if came or left else stays)
        if self._flat_stay is None:
            raise Unreadable(NO_STAY)
        return (self._flat_stay(record, status, raw, currency, 1),)

    def _read_guests(self, record: Any, booking_id: str) -> tuple[BookingGuest, ...]:
        found: list[BookingGuest] = []
        if self._flat_guest is not None:
            guest = self._flat_guest(record, f"{booking_id}:1")
            if guest is not None:
                found.append(guest)
        if self._guests is not None and self._guest is not None:
            seen = {guest.external_id for guest in found}
            for number, row in enumerate(self._guests(record), 1):
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
        self, fields: Fields, recipe: Recipe, zone: ZoneInfo, paths: Paths, status_of: StatusOf | None = None
    ) -> None:
        self._arrival, self._departure = (
            values.day(rule_of(fields[name]), name, recipe.date_formats, zone, paths)
            for name in ("arrival", "departure")
        )
        self._status_of = status_of if "status" in fields else None
        self._texts = texts(fields, STAY_TEXTS, paths)
        self._adults, self._children = (
            values.number(rule_of(fields[name]), paths) if name in fields else _nothing
            for name in ("adults", "children")
        )
        self._came, self._left = (
            _instant(fields, name, zone, paths) for name in ("checked_in_at", "checked_out_at")
        )
        self._nights = _Nights(fields, paths) if "nights" in fields else None

    def __call__(
        self, row: Any, status: BookingStatus, booking_word: str, currency: str, number: int
    ) -> Stay:
        arrival = self._arrival(row)
        departure = self._departure(row)
        if arrival is None or departure is None:
            raise Unreadable(MISSING, field="arrival" if arrival is None else "departure")
        if departure < arrival:
            raise Unreadable(ENDS_BEFORE_IT_BEGINS)
        line, word, unit, room_type_id, room_type, room, rate_plan_id, rate_plan = self._texts(row)
        if word and word != booking_word and self._status_of is not None:
            known = self._status_of(word)
            status = status if known is None else known[0]
        adults, children = self._adults(row), self._children(row)
        return Stay(
            line or str(number),
            arrival,
            departure,
            status,
            unit or "1",
            room_type_id,
            room_type,
            room,
            1 if adults is None else adults,
            0 if children is None else children,
            rate_plan_id,
            rate_plan,
            self._nights(row, currency, (departure - arrival).days) if self._nights is not None else (),
            self._came(row),
            self._left(row),
        )


class GuestMapper:
    """One person of a booking; None when the row says nothing about anybody."""

    def __init__(self, fields: Fields, paths: Paths, *, role: str) -> None:
        self._default_role = role
        self._texts = texts(fields, GUEST_TEXTS, paths)
        self._checked_in = (
            values.flag(rule_of(fields["is_checked_in"]), paths) if "is_checked_in" in fields else _nothing
        )

    def __call__(self, row: Any, composed_id: str) -> BookingGuest | None:
        found = self._texts(row)
        if not any(found):
            return None
        external_id, first, last, email, phone, role, line = found
        return BookingGuest(
            external_id or composed_id,
            first,
            last,
            email,
            phone,
            role or self._default_role,
            line,
            self._checked_in(row),
        )


class _Nights:
    """Prices per night, out of a list of amounts; nothing when there are more or fewer than nights."""

    def __init__(self, fields: Fields, paths: Paths) -> None:
        gross = rule_of(fields["nights"])
        self._gross = values.raw(gross, paths)
        self._is_minor = "from_minor_units" in (
            (gross.transform,) if isinstance(gross.transform, str) else gross.transform
        )
        self._net = values.raw(rule_of(fields["nights_net"]), paths) if "nights_net" in fields else None

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


def _instant(fields: Fields, name: str, zone: ZoneInfo, paths: Paths) -> Reader:
    return values.instant(rule_of(fields[name]), name, zone, paths) if name in fields else _nothing


def _nothing(_record: Any) -> None:
    return None


def _no_amount(_record: Any, _currency: str) -> None:
    return None
