"""From a record of the API to a record of the hub: pure, compiled once per stream, run for every record."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from webapp.domain.guest import Guest
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Record, Skipped
from webapp.integrations.kit.unreadable import MISSING, NO_OBJECT, Unreadable

from . import values
from .booking_mapping import BookingMapper
from .booking_places import Places, typed_places
from .recipe import Fields, Recipe, mapping_source
from .statuses import UnknownWords, status_table
from .typed_records import Untyped
from .values import Reader, rule_of

EDITION = 1
"""Grows whenever the same record and recipe give another booking than before: what is stored is then read again."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of one page. `unmapped` counts raw statuses that the status table lacks."""

    records: Sequence[Record]
    skipped: Sequence[Skipped] = ()
    unmapped: Mapping[str, int] = field(default_factory=dict)
    high_water: datetime | None = None
    ignored: int = 0


class Mapper:
    """Maps pages of one stream, for several threads at once if need be."""

    def __init__(self, recipe: Recipe, stream: Stream) -> None:
        source = mapping_source(recipe, stream)
        zone = ZoneInfo(recipe.timezone)
        self._id = (
            values.text(rule_of(source.fields["external_id"])) if "external_id" in source.fields else None
        )
        self._unknown = UnknownWords()
        self._read: Callable[[Any], Record | None]
        self._typed: _TypedReader | None = None
        self._typed_id: _TypedReader | None = None
        if stream in {Stream.BOOKINGS, Stream.CHECK_INS}:
            status_of = status_table(source, self._unknown)
            self._read = BookingMapper(source, recipe, zone, status_of, Places())
            with suppress(Untyped):
                typed = typed_places(source, recipe)
                mapper = BookingMapper(source, recipe, zone, status_of, typed.places)
                self._typed = typed.decode, mapper
                read_id = values.text(rule_of(source.fields["external_id"]), typed.id_paths)
                self._typed_id = typed.decode_id, read_id
        elif stream is Stream.GUESTS:
            self._read = _guests(source.fields, zone)
        elif stream is Stream.AVAILABILITY:
            self._read = _availability(source.fields, recipe, zone)
        else:
            self._read = _rates(source.fields, recipe, zone)

    def id_of(self, record: Any) -> str:
        """The record's id, empty when it has none; for streams keyed by days, too. Bytes are decoded for it."""
        if isinstance(record, msgspec.Raw):
            record = _json(record)
        found = self._id(record) if self._id is not None and isinstance(record, dict) else ""
        return str(found)

    def ids_of(self, raws: Sequence[msgspec.Raw]) -> list[str]:
        """The ids of records that are still bytes, with nothing else of them decoded."""
        if self._typed_id is None:
            return [self.id_of(raw) for raw in raws]
        decode, read = self._typed_id
        try:
            return [read(decode(raw)) for raw in raws]
        except msgspec.ValidationError:
            return [self.id_of(raw) for raw in raws]

    def page(self, rows: Sequence[Any]) -> Mapped:
        """All rows, none dropped in silence: what cannot be read is in `skipped` with the reason."""
        return self._page(rows, self._read_json)

    def raw_page(self, raws: Sequence[msgspec.Raw]) -> Mapped:
        """The same out of records that are still bytes. Raises DecodeError for one that is no JSON."""
        if self._typed is None:
            return self.page([_json(raw) for raw in raws])
        return self._page(raws, self._read_raw)

    def _page(self, rows: Sequence[Any], read: Callable[[Any], Record | None]) -> Mapped:
        unmapped = self._unknown.counts
        unmapped.clear()
        records: list[Record] = []
        skipped: list[Skipped] = []
        high_water: datetime | None = None
        ignored = 0
        for row in rows:
            try:
                record = read(row)
            except Unreadable as error:
                skipped.append(Skipped(self.id_of(row), error.sentence))
                continue
            if record is None:
                ignored += 1
                continue
            records.append(record)
            stamp = getattr(record, "updated_at", None)
            if stamp is not None and (high_water is None or stamp > high_water):
                high_water = stamp
        return Mapped(records, skipped, dict(unmapped), high_water, ignored)

    def _read_json(self, row: Any) -> Record | None:
        if type(row) is not dict:
            raise Unreadable(NO_OBJECT)
        return self._read(row)

    def _read_raw(self, raw: msgspec.Raw) -> Record | None:
        decode, read = self._typed or (_json, self._read_json)
        try:
            record = decode(raw)
        except msgspec.ValidationError:
            return self._read_json(_json(raw))  # its shape is unusual; plain JSON forgives more
        return read(record)


_json = msgspec.json.Decoder().decode
_TypedReader = tuple[Callable[[Any], Any], Callable[[Any], Any]]


# Where the recipe's name for a field differs from the hub's.
_RECIPE_NAMES = {"day": "date", "price_minor": "price"}


class _Compiled:
    """Readers of a flat record. `required` must have a value; None leaves a field at its default."""

    def __init__(
        self, shape: Callable[..., Record], readers: dict[str, Reader], required: Sequence[str]
    ) -> None:
        self._shape = shape
        self._required = [(name, readers.pop(name)) for name in required if name in readers]
        self._optional = list(readers.items())

    def __call__(self, record: Any) -> Record:
        found: dict[str, Any] = {}
        for name, read in self._required:
            value = read(record)
            if value is None or value == "":
                raise Unreadable(MISSING, field=_RECIPE_NAMES.get(name, name))
            found[name] = value
        for name, read in self._optional:
            value = read(record)
            if value is not None:
                found[name] = value
        return self._shape(**found)


def _texts(fields: Fields, *names: str) -> dict[str, Reader]:
    return {name: values.text(rule_of(fields[name])) for name in names if name in fields}


def _flags(fields: Fields, *names: str) -> dict[str, Reader]:
    return {name: values.flag(rule_of(fields[name])) for name in names if name in fields}


def _numbers(fields: Fields, *names: str) -> dict[str, Reader]:
    return {name: values.number(rule_of(fields[name])) for name in names if name in fields}


def _guests(fields: Fields, zone: ZoneInfo) -> _Compiled:
    names = ("external_id", "first_name", "last_name", "email", "phone", "language", "notes")
    readers = _texts(fields, *names) | _flags(fields, "is_vip")
    if "country" in fields:
        readers["country"] = _country(values.text(rule_of(fields["country"])))
    if "updated_at" in fields:
        readers["updated_at"] = values.instant(rule_of(fields["updated_at"]), "updated_at", zone)
    return _Compiled(Guest, readers, ("external_id",))


def _country(read: Reader) -> Reader:
    """Two letters, or nothing: a name or another code must go through a map table."""

    def country(record: Any) -> str:
        code = str(read(record)).upper()
        return code if len(code) == 2 and code.isascii() and code.isalpha() else ""

    return country


def _availability(fields: Fields, recipe: Recipe, zone: ZoneInfo) -> _Compiled:
    readers = _texts(fields, "room_type_id", "room_type") | _numbers(fields, "available", "total")
    readers["day"] = values.day(rule_of(fields["date"]), "date", recipe.date_formats, zone)
    return _Compiled(AvailabilityDay, readers, ("day", "room_type_id", "available"))


def _rates(fields: Fields, recipe: Recipe, zone: ZoneInfo) -> _Compiled:
    readers = _texts(fields, "rate_plan_id", "rate_plan", "room_type_id", "room_type")
    readers |= _flags(fields, "closed_to_arrival", "closed_to_departure") | _numbers(fields, "min_stay")
    readers["day"] = values.day(rule_of(fields["date"]), "date", recipe.date_formats, zone)
    currency = values.currency(fields, recipe.currency)
    price = values.amount(rule_of(fields["price"]), "price")
    readers["currency"] = currency
    readers["price_minor"] = lambda record: price(record, currency(record))
    return _Compiled(RateDay, readers, ("day", "rate_plan_id", "price_minor", "currency"))
