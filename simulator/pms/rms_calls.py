"""How calls to the pretend RMS Cloud are read and refused: bodies, pages, and times without a zone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from simulator.wire import Call, Refusal

MOST_ROWS = 500
MODELS = ("lite", "basic", "full")

Json = dict[str, object]
Ids = list[int] | None
_T = TypeVar("_T")


class Span(msgspec.Struct, frozen=True):
    """Two texts that are days or local times, either of them perhaps missing."""

    first: str | None = None
    last: str | None = None

    def holds(self, local: str) -> bool:
        """Both ends belong to it; a bare day as the end is its midnight, as the vendor compares."""
        return (not self.first or local >= padded(self.first)) and (
            not self.last or local <= padded(self.last)
        )


class IdSearch(msgspec.Struct, frozen=True):
    """Money is asked for by reservation ids, at most fifty at once."""

    ids: Annotated[list[int], Meta(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that is let in; `rest` are the path's parts after the first. `is_training`: for the training copy."""

    call: Call
    rest: tuple[str, ...]
    is_empty: bool
    is_training: bool
    most_rows: int | None

    def rows(self, rows: Callable[[], Sequence[_T]]) -> Sequence[_T]:
        return [] if self.is_empty else rows()

    def number(self, name: str) -> int:
        """A required number of the query."""
        text = self.call.query.get(name, "")
        if not text.isascii() or not text.isdecimal():
            raise wrong(f"The {name} field is required.")
        return int(text)

    @property
    def id(self) -> int:
        """The number in the path."""
        text = self.rest[0]
        if not text.isascii() or not text.isdecimal():
            raise wrong(f"The value '{text[:20]}' is not valid.")
        return int(text)

    @property
    def model(self) -> str:
        given = self.call.query.get("modelType") or "basic"
        if given not in MODELS:
            raise wrong("modelType must be lite, basic or full.")
        return given

    def page(self, rows: Callable[[], Sequence[_T]]) -> list[_T]:
        """`limit` and `offset` of the query, 100 from the start unless given; nothing tells how many there are."""
        size = self._whole("limit", 100, 1)
        offset = self._whole("offset", 0, 0)
        if size > MOST_ROWS:
            raise wrong(f"limit must be between 1 and {MOST_ROWS}.")
        if self.most_rows is not None:
            size = min(size, self.most_rows)
        return list(self.rows(rows)[offset : offset + size])

    def body(self, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(self.call.body or b"{}", type=kind)
        except (msgspec.ValidationError, msgspec.DecodeError) as bad:
            raise wrong(str(bad)) from None

    def _whole(self, name: str, otherwise: int, least: int) -> int:
        text = self.call.query.get(name)
        if not text:
            return otherwise
        if not text.isascii() or not text.isdecimal() or int(text) < least:
            raise wrong(f"The {name} field is not valid.")
        return int(text)


def wrong(message: str) -> Refusal:
    return Refusal(400, "WRONG", message)


def nowhere(message: str = "Not Found") -> Refusal:
    return Refusal(404, "NOT_FOUND", message)


def local(at: datetime, zone: ZoneInfo) -> str:
    """The hotel's wall clock, to the second."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def local_or_none(at: datetime | None, zone: ZoneInfo) -> str | None:
    return None if at is None else local(at, zone)


def on_clock(day: date, at: time) -> str:
    return f"{day} {at:%H:%M:%S}"


def padded(text: str) -> str:
    """A local time as text that compares; raises Refusal 400 for what is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise wrong(f"The value '{text[:30]}' is not a date.") from None


def day(text: str) -> date:
    return date.fromisoformat(padded(text)[:10])


def kept(row: Json, names: str) -> Json:
    """The part of a full row that a smaller model has."""
    return {name: row[name] for name in names.split() if name in row}
