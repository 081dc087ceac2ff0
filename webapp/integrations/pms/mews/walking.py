"""Walks a long span of time in slices that Mews bears, halving a slice when it holds too much; the whole state is a
place, which is also the cursor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from .asking import Rows
from .refusals import TooMuch
from .shapes import Row

R = TypeVar("R", bound=Row)

SHORTEST = timedelta(minutes=15)
"""A slice that still holds too much is a fault."""


class Place(msgspec.Struct, frozen=True, rename={"phase": "p", "start": "s", "seconds": "d", "token": "t"}):
    """The slice that begins at `start` and is `seconds` long, after the page that ends with `token`. `phase` names
    the question, for walks that ask several one after another."""

    phase: str
    start: datetime
    seconds: float
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """`[start, end)`; `is_first` when nothing of the span lies before it."""

    start: datetime
    end: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)` to be walked in slices of at most `longest`."""

    phase: str
    start: datetime
    end: datetime
    longest: timedelta

    @property
    def beginning(self) -> Place:
        return Place(self.phase, self.start, self.longest.total_seconds())


@dataclass(frozen=True, slots=True)
class Step(Generic[R]):
    """One page, the slice it belongs to, and where to go on; None at the end of the span."""

    page: Rows[R]
    slice: Slice
    following: Place | None


def walk(span: Span, place: Place | None, look: Callable[[Slice, str | None], Rows[R]]) -> Iterator[Step[R]]:
    """All pages from `place` on. After a halving the slice begins anew, so that a record may come twice."""
    while place is not None:
        end = min(place.start + timedelta(seconds=place.seconds), span.end)
        part = Slice(place.start, end, is_first=place.start <= span.start)
        try:
            page = look(part, place.token)
        except TooMuch:
            half = (part.end - part.start) / 2
            if half < SHORTEST:
                raise
            place = Place(span.phase, part.start, half.total_seconds())
            continue
        following = None
        if page.cursor is not None:
            following = msgspec.structs.replace(place, token=page.cursor)
        elif part.end < span.end:
            following = Place(span.phase, part.end, place.seconds)
        yield Step(page, part, following)
        place = following


def to_cursor(place: Place | None) -> str | None:
    return None if place is None else msgspec.json.encode(place).decode()


def from_cursor(cursor: str | None) -> Place | None:
    """None for the beginning, and for what another version or stream wrote."""
    if not cursor:
        return None
    try:
        return msgspec.json.decode(cursor, type=Place)
    except msgspec.DecodeError:
        return None
