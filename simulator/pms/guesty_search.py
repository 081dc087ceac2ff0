"""The two ways Guesty lets reservations be searched: a JSON list of filters, and filters in brackets."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import msgspec

from simulator.pms.guesty_books import Booking, Books
from simulator.pms.guesty_calls import Ask, Json, at_path, day, invalid
from simulator.pms.guesty_words import channel

_INSTANTS = frozenset({"checkIn", "checkOut", "createdAt", "lastUpdatedAt", "confirmedAt", "canceledAt"})
_DATES = frozenset({"checkInDateLocalized", "checkOutDateLocalized"})
_NUMBERS = frozenset({"guestsCount", "nightsCount", "money.totalPaid", "money.balanceDue"})
_TEXTS = frozenset(
    "_id status source confirmationCode listingId guestId accountId integration.platform guest._id guest.fullName "
    "guest.email guest.phone listing._id".split()
)
_OLD_FIELDS = _INSTANTS | _DATES | _NUMBERS | _TEXTS
_SORTS = frozenset({"_id", "checkIn", "checkOut", "createdAt"})
_BRACKETS = re.compile(r"filter\[(\w+)\](?:\[(\w+)\])?")
_COMPARED = frozenset({"eq", "gte", "gt", "lte", "lt"})
_OPERATORS: Mapping[str, frozenset[str]] = {
    "status": frozenset({"eq", "ne", "in", "nin"}),
    "listingId": frozenset({"eq", "in"}),
    "confirmationCode": frozenset({"eq", "in"}),
    "source": frozenset({"eq", "in"}),
    "checkIn": _COMPARED,
    "checkOut": _COMPARED,
    "createdAt": _COMPARED,
    "lastUpdatedAt": _COMPARED,
}

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}

Value = str | float | datetime
Test = Callable[[Json], bool]


class _Filter(msgspec.Struct, frozen=True):
    field: str
    operator: str
    value: object = None
    from_: object = msgspec.field(default=None, name="from")
    to: object = None
    context: object = None


def old_rows(ask: Ask, books: Books, are_unconfirmed_hidden: bool) -> list[Json]:
    """Every row that passes `filters`, in the order of `sort`; by default rows of one day have no fixed order."""
    try:
        filters = msgspec.json.decode(ask.query.get("filters") or "[]", type=list[_Filter])
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise invalid("filters is not a JSON array of filters", str(wrong)) from None
    tests = [_old_test(each) for each in filters]
    if are_unconfirmed_hidden and not any(each.field == "status" for each in filters):
        tests.append(lambda row: row["status"] in ("confirmed", "checked_in", "checked_out"))
    rows = [books.old_row(booking) for booking in books.bookings()]
    kept = [row for row in rows if all(test(row) for test in tests)]
    sort = ask.query.get("sort") or ""
    name = sort.removeprefix("-")
    if not name:
        # The documents warn of it: ties fall differently on every page.
        salt = ask.query.get("skip", "0")
        return sorted(kept, key=lambda row: (str(row["checkIn"]), crc32(f"{row['_id']}{salt}".encode())))
    if name not in _OLD_FIELDS:
        raise invalid(f"cannot sort by {name[:40]}")
    return sorted(
        sorted(kept, key=lambda row: str(row["_id"])),
        key=lambda row: _sortable(name, at_path(row, name)),
        reverse=sort.startswith("-"),
    )


def found(ask: Ask, books: Books, is_updated_known: bool, missing: frozenset[str]) -> list[Booking]:
    """What the new search finds, in the order of `sort`."""
    tests: list[Callable[[Booking], bool]] = [lambda booking: channel(booking.record)[0] not in missing]
    for name, text in ask.call.pairs:
        asked = _BRACKETS.fullmatch(name)
        if asked is None:
            if name.startswith("filter"):
                raise invalid(f"{name[:60]} is not a filter")
            continue
        field, how = asked[1], asked[2]
        if field not in _OPERATORS or (field == "lastUpdatedAt" and not is_updated_known):
            raise invalid("Validation failed", f'"filter.{field}" is not allowed')
        how = how or ("in" if "," in text and "in" in _OPERATORS[field] else "eq")
        if how not in _OPERATORS[field]:
            raise invalid("Validation failed", f'"filter.{field}.{how}" is not allowed')
        tests.append(_new_test(books, field, how, text))
    kept = [booking for booking in books.bookings() if all(test(booking) for test in tests)]
    sort = ask.query.get("sort") or "-_id"
    name = sort.removeprefix("-")
    if name not in _SORTS:
        raise invalid("Validation failed", f'"sort" must be one of {", ".join(sorted(_SORTS))}')
    kept.sort(key=lambda booking: booking.id)
    kept.sort(key=lambda booking: _place(booking, name), reverse=sort.startswith("-"))
    return kept


def _place(booking: Booking, name: str) -> str:
    if name == "_id":
        return booking.id
    if name == "createdAt":
        return booking.record.created_at.isoformat()
    return (booking.arrival if name == "checkIn" else booking.departure).isoformat()


def _new_test(books: Books, field: str, how: str, text: str) -> Callable[[Booking], bool]:
    if field in ("createdAt", "lastUpdatedAt"):
        at = _moment(text)
        return lambda booking: _compares(
            booking.record.created_at if field == "createdAt" else booking.record.updated_at, how, at
        )
    if field in ("checkIn", "checkOut"):
        on = day(text)
        return lambda booking: _compares(
            booking.arrival if field == "checkIn" else booking.departure, how, on
        )
    wanted = frozenset(part.strip() for part in text.split(","))
    is_in = how in ("eq", "in")
    return lambda booking: bool(_words(books, booking, field) & wanted) is is_in


def _words(books: Books, booking: Booking, field: str) -> frozenset[str]:
    """Only the first segment of a stay is compared with listings."""
    if field == "status":
        return frozenset({booking.status})
    if field == "source":
        return frozenset({channel(booking.record)[0]})
    if field == "confirmationCode":
        return frozenset({books.code(booking)})
    return books.first_listings(booking)


def _old_test(wish: _Filter) -> Test:
    if wish.field not in _OLD_FIELDS:
        raise invalid(f"cannot filter by {wish.field[:40]}")
    how = wish.operator.removeprefix("$")
    if how == "between":
        low, high = _value(wish.field, wish.from_), _value(wish.field, wish.to)
        return lambda row: _within(_of(row, wish.field), low, high)
    if how in ("contains", "notcontains"):
        part, is_in = str(wish.value).lower(), how == "contains"
        return lambda row: (part in str(at_path(row, wish.field) or "").lower()) is is_in
    if how == "in":
        if not isinstance(wish.value, Sequence) or isinstance(wish.value, str):
            raise invalid("$in needs an array")
        several = [_value(wish.field, each) for each in wish.value]
        return lambda row: _of(row, wish.field) in several
    names = {"eq": "eq", "not": "ne", "gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte"}
    if how not in names:
        raise invalid(f"unknown operator {wish.operator[:20]}")
    value = _value(wish.field, wish.value)
    return lambda row: _compares(_of(row, wish.field), names[how], value)


def _of(row: Json, field: str) -> Value | None:
    value = at_path(row, field)
    return None if value is None else _value(field, value)


def _value(field: str, given: object) -> Value:
    if field in _INSTANTS:
        return _moment(str(given))
    if field in _DATES:
        return day(str(given)).isoformat()
    if field in _NUMBERS:
        if not isinstance(given, int | float):
            raise invalid(f"{field} is compared with a number")
        return float(given)
    return str(given)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("Validation failed", f"{text[:40]} is not a moment") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _within(value: object, low: Value, high: Value) -> bool:
    return _compares(value, "gte", low) and _compares(value, "lte", high)


def _compares(value: object, how: str, other: object) -> bool:
    """Nothing compares with nothing, except that it differs."""
    if how == "ne":
        return value != other
    if how == "eq" or value is None:
        return value == other and value is not None
    return _ORDERS[how](value, other)


def _sortable(name: str, value: object) -> tuple[bool, float, str]:
    """Numbers by size, all else by its text, which for moments of one form is their order."""
    if name in _NUMBERS and isinstance(value, int | float):
        return (True, float(value), "")
    return (value is not None, 0.0, str(value or ""))
