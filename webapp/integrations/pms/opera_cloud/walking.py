"""Walks lists by a series of questions, each page by page; the whole state is a place, which is also the cursor."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

LIMIT = 100
"""Records a page; the most is not documented."""
_MOST_PAGES = 1000


class Place(msgspec.Struct, frozen=True, rename={"question": "q", "offset": "o", "pages": "p"}):
    """Where a walk stands: in the question of that key, before the row `offset`. Where `pages`, OPERA counts pages and
    not rows, which the contract leaves open."""

    question: str
    offset: int = 0
    pages: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One list to be asked for. `before` keeps only arrivals before that day: later ones come with another question."""

    key: str
    filters: dict[str, object]
    before: date | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as it came; `more` and `total` are None when the answer does not say."""

    ids: tuple[str, ...]
    rows: tuple[msgspec.Raw, ...]
    more: bool | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of one page that this walk has not met yet; `cursor` is None after the last."""

    question: Question
    rows: tuple[msgspec.Raw, ...]
    cursor: str | None


Look = Callable[[Question, int], Listed]


class Walk:
    """Asks all questions from the cursor on."""

    def __init__(self, questions: Sequence[Question], look: Look, *, counts_pages: bool = False) -> None:
        self._questions = questions
        self._look = look
        self.counts_pages = counts_pages

    def steps(self, cursor: str | None) -> Iterator[Step]:
        place = from_cursor(cursor)
        keys = [question.key for question in self._questions]
        first = keys.index(place.question) if place and place.question in keys else 0
        met: set[str] = set()
        for number in range(first, len(keys)):
            question = self._questions[number]
            start = place if place and number == first and place.question == question.key else None
            following = Place(keys[number + 1]) if number + 1 < len(keys) else None
            yield from self._pages(question, start or Place(question.key), following, met)

    def _pages(self, question: Question, place: Place, after: Place | None, met: set[str]) -> Iterator[Step]:
        """Ends with the answer that says so, with one that brings nothing new, and with 204."""
        seen: set[str] = set()
        promised = False
        for _ in range(_MOST_PAGES):
            page = self._look(question, place.offset)
            news = set(page.ids) - seen
            if not news:
                other = self._other_way(place, promised=promised)
                if other is None:
                    break
                place = other
                continue
            self.counts_pages = self.counts_pages or place.pages
            seen |= news
            fresh = tuple(row for row, key in zip(page.rows, page.ids, strict=True) if key not in met)
            if question.before is None:  # else some of them are left to the question they belong to
                met |= news
            promised = _promises_more(page, len(seen))
            place = _after(place, len(page.rows), counts_pages=self.counts_pages)
            yield Step(question, fresh, to_cursor(place if promised else after))
            if not promised:
                return
        yield Step(question, (), to_cursor(after))

    def _other_way(self, place: Place, *, promised: bool) -> Place | None:
        """More was promised and nothing new came: then the offset counts pages, from 0 or from 1."""
        if not promised or place.offset == 0:
            return None
        if not place.pages:
            return Place(place.question, 1, pages=True)
        return Place(place.question, 2, pages=True) if place.offset == 1 else None


def _promises_more(page: Listed, seen: int) -> bool:
    if page.more is not None:
        return page.more
    if page.total is not None:
        return seen < page.total
    return len(page.rows) >= LIMIT


def _after(place: Place, rows: int, *, counts_pages: bool) -> Place:
    """The place after a page, by what came: a page that is capped must not make us skip."""
    if counts_pages:
        return Place(place.question, place.offset + 1, pages=True)
    return msgspec.structs.replace(place, offset=place.offset + rows)


def slices(first: date, last: date, days: int) -> Iterator[tuple[date, date]]:
    """`[first, last)` in parts of so many days, both ends of each part inclusive."""
    begin = first
    while begin < last:
        end = min(begin + timedelta(days), last)
        yield begin, end - timedelta(days=1)
        begin = end


def to_cursor(place: Place | None) -> str | None:
    return None if place is None else msgspec.json.encode(place).decode()


def from_cursor(cursor: str | None) -> Place | None:
    """None for the beginning, and for what another version wrote."""
    if not cursor:
        return None
    try:
        return msgspec.json.decode(cursor, type=Place)
    except msgspec.DecodeError:
        return None
