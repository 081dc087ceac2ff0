"""Walking lists page by page, whether OPERA counts rows or pages, and from any place on."""

import msgspec
import pytest

from webapp.integrations.pms.opera_cloud.walking import LIMIT, Listed, Place, Question, Walk, to_cursor


class Books:
    """Answers questions like a gateway that counts `by` rows or by pages from 0 or 1, `limit` records a page."""

    def __init__(
        self, sizes: dict[str, int], *, by: str = "rows", limit: int = LIMIT, tells: str = "more"
    ) -> None:
        self.sizes, self.by, self.limit, self.tells = sizes, by, limit, tells
        self.asked: list[tuple[str, int]] = []

    def __call__(self, question: Question, offset: int) -> Listed:
        self.asked.append((question.key, offset))
        size = self.sizes[question.key]
        start = {
            "rows": offset,
            "pages from 0": offset * self.limit,
            "pages from 1": max(offset - 1, 0) * self.limit,
        }[self.by]
        numbers = range(min(start, size), min(start + self.limit, size))
        ids = tuple(f"{question.key}{number}" for number in numbers)
        rows = tuple(msgspec.Raw(msgspec.json.encode(key)) for key in ids)
        more = start + self.limit < size if self.tells == "more" else None
        return Listed(ids, rows, more, size if self.tells == "total" else None)


def walked(books: Books, cursor: str | None = None, **how: bool) -> list[str]:
    questions = [Question(key, {}) for key in books.sizes]
    steps = list(Walk(questions, books, **how).steps(cursor))
    assert [step.cursor for step in steps][-1] is None
    assert all(step.cursor for step in steps[:-1])
    return [msgspec.json.decode(row) for step in steps for row in step.rows]


@pytest.mark.parametrize("by", ["rows", "pages from 0", "pages from 1"])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 250, 300])
@pytest.mark.parametrize("tells", ["more", "total"])
def test_every_record_comes_once(by: str, size: int, tells: str) -> None:
    books = Books({"a": size, "b": 3}, by=by, tells=tells)
    found = walked(books)
    assert sorted(found) == sorted([f"a{number}" for number in range(size)] + ["b0", "b1", "b2"])


def test_a_list_that_tells_nothing_ends_with_a_page_that_is_not_full() -> None:
    books = Books({"a": 250}, tells="nothing")
    assert len(walked(books)) == 250
    assert books.asked == [("a", 0), ("a", 100), ("a", 200)]


def test_a_capped_page_makes_nothing_skip() -> None:
    assert len(walked(Books({"a": 250}, limit=40))) == 250


def test_what_was_learned_of_counting_is_used_at_once() -> None:
    books = Books({"a": 250}, by="pages from 0")
    walked(books, counts_pages=True)
    assert books.asked == [("a", 0), ("a", 1), ("a", 2)]


def test_a_walk_goes_on_from_its_place_and_begins_anew_from_a_strange_one() -> None:
    books = Books({"a": 150, "b": 10})
    assert walked(books, to_cursor(Place("b"))) == [f"b{number}" for number in range(10)]
    assert len(walked(books, to_cursor(Place("a", 100)))) == 60
    for strange in ("nonsense", to_cursor(Place("z"))):
        assert len(walked(books, strange)) == 160


def test_a_record_of_two_questions_comes_once() -> None:
    twice = Books({"a": 3})
    questions = [Question("a", {}), Question("a", {"again": True})]
    steps = list(Walk(questions, twice).steps(None))
    assert [len(step.rows) for step in steps] == [3, 0]
