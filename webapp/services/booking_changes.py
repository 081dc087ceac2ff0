"""Compares a stored booking with what the provider says now: one change per field and stay line."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from webapp.models import instant_text

from .booking_rows import FIELDS, STAY_FIELDS, Row

# The dates follow from the stays, the names from the people, and the stamp is when, not what.
_DERIVED = frozenset({"external_id", "arrival", "departure", "guest_first", "guest_last", "updated_at"})
_COMPARED = tuple((place, name) for place, name in enumerate(FIELDS) if name not in _DERIVED)
_COMPARED_STAY = tuple((place, name) for place, name in enumerate(STAY_FIELDS) if name != "line")

_encode = msgspec.json.Encoder().encode

LINE, UNIT, STATUS, ARRIVAL, DEPARTURE, ROOM_TYPE, ROOM = (
    STAY_FIELDS.index(name)
    for name in ("line", "unit", "status", "arrival", "departure", "room_type", "room")
)


class Change(NamedTuple):
    """`stay_line` is empty for a field of the booking itself; values are texts as stored, None for nothing.

    `snapshot` stands on the first change of a moment whose lines or people cannot be told back from the others.
    """

    stay_line: str
    field: str
    old: str | None
    new: str | None
    snapshot: str | None = None


class Content(NamedTuple):
    """A booking as rows: its own in the order of FIELDS, its stays of STAY_FIELDS, its people of PEOPLE_FIELDS."""

    booking: Row
    stays: Sequence[Row]
    people: Sequence[Row]


def compare(old: Content, new: Content) -> list[Change]:
    """Empty when nothing differs. Order: the booking's fields, its people, its stays."""
    changes = [
        Change("", name, text_of(old.booking[place]), text_of(new.booking[place]))
        for place, name in _COMPARED
        if old.booking[place] != new.booking[place]
    ]
    if old.people == new.people and old.stays == new.stays:  # a note, an amount: most changes
        return changes
    changes += _people(old.people, new.people)
    for before, after in _pairs(old.stays, new.stays):
        changes += _stay(before, after)
    changes += _moves(old.stays, new.stays)
    if changes and _is_beyond_fields(old, new):
        changes[0] = changes[0]._replace(snapshot=_encode((old.stays, old.people)).decode())
    return changes


def _is_beyond_fields(old: Content, new: Content) -> bool:
    """Lines came, went or are called otherwise, or the people differ: change rows hold words about them, no rows."""
    before, after = ({(row[UNIT], row[LINE]) for row in rows} for rows in (old.stays, new.stays))
    return before != after or list(old.people) != list(new.people)


def compared_fields(content: Content) -> int:
    """How many fields `compare` looks at in a booking like this: its own, guests and who has come, each stay's."""
    return len(_COMPARED) + 2 + len(_COMPARED_STAY) * len(content.stays)


def _people(old: Sequence[Row], new: Sequence[Row]) -> Iterable[Change]:
    if [row[:5] for row in old] != [row[:5] for row in new]:
        yield Change("", "guests", _names(old), _names(new))
    before, after = ([row for row in rows if row[5]] for rows in (old, new))
    if [row[0] for row in before] != [row[0] for row in after]:
        yield Change("", "guests_checked_in", _names(before), _names(after))


def _names(people: Sequence[Row]) -> str:
    return ", ".join(" ".join(part for part in row[1:3] if part) or row[0] for row in people)


def _pairs(old: Sequence[Row], new: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    """Lines that tell the same story: same unit and line, else the next ones of the same unit by arrival.

    Some providers count their lines anew after a room move; that is not a change of every line.
    """
    left = {(row[UNIT], row[LINE]): row for row in old}
    pairs: list[tuple[Row | None, Row | None]] = []
    unpaired: list[Row] = []
    for row in new:
        before = left.pop((row[UNIT], row[LINE]), None)
        if before is None:
            unpaired.append(row)
        else:
            pairs.append((before, row))
    remaining = sorted(left.values(), key=_by_arrival)
    for row in sorted(unpaired, key=_by_arrival):
        before = next((candidate for candidate in remaining if candidate[UNIT] == row[UNIT]), None)
        if before is not None:
            remaining.remove(before)
        pairs.append((before, row))
    return pairs + [(row, None) for row in remaining]


def _stay(before: Row | None, after: Row | None) -> list[Change]:
    if before is None or after is None:
        line = (before or after or ("",))[LINE]
        return [Change(line, "line", _description(before), _description(after))]
    return [
        Change(after[LINE], name, text_of(before[place]), text_of(after[place]))
        for place, name in _COMPARED_STAY
        if before[place] != after[place]
    ]


def _moves(old: Sequence[Row], new: Sequence[Row]) -> Iterable[Change]:
    """A further line of a known unit in another room is a room move, told as one, old room to new."""
    known = {(row[UNIT], row[LINE]) for row in old}
    units = {row[UNIT] for row in old}
    if len(new) <= len(old):
        return
    for unit in sorted(units):
        lines = sorted((row for row in new if row[UNIT] == unit), key=_by_arrival)
        for earlier, later in pairwise(lines):
            is_new = (unit, later[LINE]) not in known
            if is_new and earlier[ROOM] and later[ROOM] and earlier[ROOM] != later[ROOM]:
                yield Change(later[LINE], "room", earlier[ROOM], later[ROOM])


def _by_arrival(row: Row) -> tuple[date, str]:
    return row[ARRIVAL], row[LINE]


def _description(row: Row | None) -> str | None:
    if row is None:
        return None
    what = " ".join(part for part in (row[ROOM_TYPE], row[ROOM]) if part)
    return f"{what} {row[ARRIVAL]} – {row[DEPARTURE]}".strip()


def text_of(value: Any) -> str | None:
    """A stored value as change rows hold it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
