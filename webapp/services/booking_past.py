"""A booking as it was: its change rows undone one by one, from now backwards. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from webapp.domain.value import Value

from .booking_changes import ARRIVAL, DEPARTURE, LINE, Content
from .booking_rows import FIELDS, STAY_FIELDS, Row

_WHOLE = frozenset({"total_minor", "balance_minor", "adults", "children"})
_YES_OR_NO = frozenset({"holds_room", "nights_are_spread"})
_DAYS = frozenset({"arrival", "departure"})
_INSTANTS = frozenset({"booked_at", "cancelled_at", "checked_in_at", "checked_out_at"})
_PLACES = {name: place for place, name in enumerate(FIELDS)}
_STAY_PLACES = {name: place for place, name in enumerate(STAY_FIELDS)}
_CHECKED_IN = 5
_GUEST = "guest"

LINES, PEOPLE = "lines", "people"


class StoredChange(NamedTuple):
    """A change row as far as it is needed to undo it."""

    stay_line: str
    field: str
    old: str | None
    snapshot: str | None


class PastBooking(Value, frozen=True):
    """Rows in the order of FIELDS, STAY_FIELDS and PEOPLE_FIELDS. `unknown` names what its change rows cannot tell."""

    booking: Row
    stays: tuple[Row, ...]
    people: tuple[Row, ...]
    is_gone: bool = False
    unknown: frozenset[str] = frozenset()


class _Snapshot(msgspec.Struct, array_like=True, frozen=True):
    stays: tuple[
        tuple[
            str,
            str,
            str,
            date,
            date,
            str,
            str,
            str,
            int,
            int,
            str,
            str,
            str,
            bool,
            datetime | None,
            datetime | None,
        ],
        ...,
    ]
    people: tuple[tuple[str, str, str, str, str, bool | None], ...]


_snapshots = msgspec.json.Decoder(_Snapshot, strict=False)


def present(content: Content, *, is_gone: bool) -> PastBooking:
    """What is stored now, to go back from."""
    return _settled(PastBooking(tuple(content.booking), tuple(content.stays), tuple(content.people), is_gone))


def rewound(now: PastBooking, newest_first: Iterable[StoredChange]) -> PastBooking | None:
    """The booking before these changes, which must be all since then; None where it had not been seen yet."""
    past = now
    for change in newest_first:
        if change.field == "created":
            return None
        past = _undone(past, change)
    return _settled(past)


def _undone(past: PastBooking, change: StoredChange) -> PastBooking:
    if change.field == "gone":
        past = replace(past, is_gone=change.old == "yes")
    elif change.field in ("guests", "guests_checked_in"):
        if change.snapshot is None:
            past = replace(past, unknown=past.unknown | {PEOPLE})
    elif change.field == "line":
        past = replace(past, unknown=past.unknown | {LINES})
    elif change.stay_line:
        past = replace(past, stays=tuple(_line_undone(row, change) for row in past.stays))
    elif change.field in _PLACES:
        place = _PLACES[change.field]
        booking = (*past.booking[:place], _value(change.field, change.old), *past.booking[place + 1 :])
        past = replace(past, booking=booking)
    if change.snapshot is None:
        return past
    kept = _snapshots.decode(change.snapshot)
    return replace(past, stays=kept.stays, people=kept.people, unknown=frozenset())


def _line_undone(row: Row, change: StoredChange) -> Row:
    place = _STAY_PLACES.get(change.field)
    if place is None or row[LINE] != change.stay_line:
        return row
    return (*row[:place], _value(change.field, change.old), *row[place + 1 :])


def _value(field: str, text: str | None) -> Any:
    if text is None:
        return None
    if field in _WHOLE:
        return int(text)
    if field in _YES_OR_NO:
        return text == "yes"
    if field in _DAYS:
        return date.fromisoformat(text)
    return datetime.fromisoformat(text) if field in _INSTANTS else text


def _settled(past: PastBooking) -> PastBooking:
    """What follows from lines and people, as the store derives it; the provider's stamp has no change rows."""
    stays = tuple(sorted(past.stays, key=lambda row: (row[ARRIVAL], row[LINE])))
    people = tuple((*row[:_CHECKED_IN], bool(row[_CHECKED_IN])) for row in past.people)
    derived: dict[str, Any] = {"updated_at": None}
    if stays:
        derived["arrival"] = min(row[ARRIVAL] for row in stays)
        derived["departure"] = max(row[DEPARTURE] for row in stays)
    derived["guest_first"], derived["guest_last"] = _first_guest(people)
    booking = tuple(derived.get(name, value) for name, value in zip(FIELDS, past.booking, strict=True))
    return replace(past, booking=booking, stays=stays, people=people)


def _first_guest(people: Sequence[Row]) -> tuple[str, str]:
    shown = next((row for row in people if row[3] == _GUEST), people[0] if people else None)
    return (shown[1], shown[2]) if shown else ("", "")
