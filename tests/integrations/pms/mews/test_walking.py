"""Slices of time: in order, resumed anywhere, halved when they hold too much."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.integrations.pms.mews.asking import Rows
from webapp.integrations.pms.mews.refusals import TooMuch
from webapp.integrations.pms.mews.shapes import Row
from webapp.integrations.pms.mews.walking import (
    Place,
    Slice,
    Span,
    Step,
    from_cursor,
    to_cursor,
    walk,
)

START = datetime(2026, 7, 1, tzinfo=UTC)
SPAN = Span("stays", START, START + timedelta(days=70), timedelta(days=30))


class Hours:
    """Holds one row an hour, and refuses slices longer than `bearable`."""

    def __init__(self, bearable: timedelta = timedelta(days=400), pages: int = 1) -> None:
        self.bearable = bearable
        self.pages = pages
        self.looked: list[tuple[Slice, str | None]] = []

    def __call__(self, part: Slice, token: str | None) -> Rows[Row]:
        self.looked.append((part, token))
        if part.end - part.start > self.bearable:
            raise TooMuch("status", "status 408")
        count = int((part.end - part.start) / timedelta(hours=1))
        first = int((part.start - START) / timedelta(hours=1))
        rows = [Row(id=str(first + number)) for number in range(count)]
        page = int(token or 0)
        mine = rows[page :: self.pages]
        return Rows(mine, [], str(page + 1) if page + 1 < self.pages else None)


def ids(steps: list[Step[Row]]) -> list[int]:
    return sorted(int(row.id) for step in steps for row in step.page.rows)


def test_slices_follow_each_other_to_the_end() -> None:
    hours = Hours(pages=2)
    steps = list(walk(SPAN, SPAN.beginning, hours))
    assert [(part.start - START).days for part, _ in hours.looked] == [0, 0, 30, 30, 60, 60]
    assert hours.looked[-1][0].end == SPAN.end
    assert [part.is_first for part, _ in hours.looked] == [True, True, False, False, False, False]
    assert ids(steps) == list(range(70 * 24))
    assert steps[-1].following is None


def test_a_walk_goes_on_from_any_cursor() -> None:
    steps = list(walk(SPAN, SPAN.beginning, Hours(pages=3)))
    for number, step in enumerate(steps[:-1], 1):
        place = from_cursor(to_cursor(step.following))
        assert list(walk(SPAN, place, Hours(pages=3))) == steps[number:]


def test_a_slice_that_holds_too_much_is_halved_until_it_fits() -> None:
    hours = Hours(bearable=timedelta(days=8))
    steps = list(walk(SPAN, SPAN.beginning, hours))
    assert [(part.end - part.start) / timedelta(days=1) for part, _ in hours.looked[:4]] == [30, 15, 7.5, 7.5]
    assert ids(steps) == list(range(70 * 24))


def test_a_slice_that_becomes_too_much_in_the_middle_begins_anew() -> None:
    inner = Hours(pages=2)

    def look(part: Slice, token: str | None) -> Rows[Row]:
        if token is not None and part.end - part.start > timedelta(days=20):
            raise TooMuch("status", "status 408")
        return inner(part, token)

    steps = list(walk(SPAN, SPAN.beginning, look))
    assert sorted(set(ids(steps))) == list(range(70 * 24))


def test_a_slice_that_cannot_be_made_shorter_is_a_fault() -> None:
    with pytest.raises(TooMuch):
        list(walk(SPAN, SPAN.beginning, Hours(bearable=timedelta(minutes=5))))


def test_an_empty_span_is_asked_once() -> None:
    span = Span("changed", START, START, timedelta(days=30))
    hours = Hours()
    (step,) = walk(span, span.beginning, hours)
    assert (len(hours.looked), step.following) == (1, None)


def test_a_cursor_of_somebody_else_is_the_beginning() -> None:
    assert from_cursor(None) is None
    assert from_cursor("12|offset:40") is None
    assert from_cursor('{"p": 7}') is None
    place = Place("stays", START, 60.0, "token")
    assert from_cursor(to_cursor(place)) == place
