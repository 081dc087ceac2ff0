"""How calls to the pretend Guesty are read and refused: parameters, fields, pages and its error bodies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TypeVar

import msgspec

from simulator.wire import Call, Refusal

MOST_ROWS = 100
NO_PERMISSION = "You don't have permission to access, please contact Guesty support."

Json = dict[str, object]
_T = TypeVar("_T")


class Refused(Refusal):
    """A refusal whose body has a shape of its own, as the token endpoint and the old reservations have."""

    def __init__(self, status: int, body: Json, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(status, "", "", headers)
        self.body = body


def invalid(message: str, *details: str) -> Refused:
    """400, naming what is wrong."""
    return Refused(400, {"message": message, "code": "VALIDATION_FAILED", "details": list(details)})


def not_found(what: str, identifier: str) -> Refused:
    code = f"{what.upper().replace(' ', '_')}_NOT_FOUND"
    return Refused(404, {"message": f"{what} not found", "code": code, "data": {"id": identifier}})


def forbidden() -> Refused:
    return Refused(403, {"message": NO_PERMISSION})


def too_many(seconds: int) -> Refused:
    return Refused(429, {"message": "Too many requests"}, (("Retry-After", str(seconds)),))


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that is let in; with `is_empty` lists have no records. `rest` are the path's parts after the first."""

    call: Call
    rest: tuple[str, ...]
    is_empty: bool

    @property
    def query(self) -> Mapping[str, str]:
        return self.call.query

    def rows(self, rows: Callable[[], Sequence[_T]]) -> Sequence[_T]:
        return [] if self.is_empty else rows()

    def required(self, *names: str) -> tuple[str, ...]:
        missing = [name for name in names if not self.query.get(name)]
        if missing:
            raise invalid("Validation failed", *(f'"{name}" is required' for name in missing))
        return tuple(self.query[name] for name in names)

    def whole(self, name: str, otherwise: int, least: int, most: int | None = None) -> int:
        text = self.query.get(name)
        if not text:
            return otherwise
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if number < least or (most is not None and number > most):
            raise invalid("Validation failed", f'"{name}" must be a number from {least}')
        return number

    def turn(self) -> tuple[int, int]:
        """`skip` and `limit`; more than a hundred rows are refused."""
        return self.whole("skip", 0, 0), self.whole("limit", 25, 1, MOST_ROWS)

    def flag(self, name: str) -> bool | None:
        text = self.query.get(name)
        return None if text is None else text.lower() == "true"

    def days(self, first: str, last: str) -> tuple[date, date]:
        """Two dates, both included."""
        start, end = (day(text) for text in self.required(first, last))
        if end < start:
            raise Refused(422, {"message": f"{last} is before {first}", "code": "VALIDATION_FAILED"})
        return start, end

    def body(self, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(self.call.body, type=kind)
        except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
            raise invalid("Validation failed", str(wrong)) from None


def day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise invalid("Validation failed", f"{text[:40]} is not a date") from None


@lru_cache(maxsize=20_000)
def instant(at: datetime) -> str:
    """Milliseconds and Z, as every moment here."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def instant_or_none(at: datetime | None) -> str | None:
    return None if at is None else instant(at)


def picked(row: Json, fields: str | None) -> Json:
    """The named fields of a row, with dots for nested ones, and its id; all of it when none are named."""
    names = (fields or "").split()
    if not names:
        return row
    made: Json = {"_id": row["_id"]} if "_id" in row else {}
    for name in names:
        _copy(row, made, name.split("."))
    return made


def _copy(row: Mapping[str, object], into: Json, path: list[str]) -> None:
    first, *rest = path
    if first not in row:
        return
    inner = row[first]
    if not rest:
        into[first] = inner
    elif isinstance(inner, Mapping):
        part = into.setdefault(first, {})
        if isinstance(part, dict):
            _copy(inner, part, rest)


def at_path(row: Json, name: str) -> object:
    """The value of a dotted name; None when there is none."""
    value: object = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
