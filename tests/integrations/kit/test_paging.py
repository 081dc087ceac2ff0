"""Paging: every kind delivers every record once, from any point on, and none goes in circles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest

from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.paging import (
    Ask,
    Cursor,
    LastId,
    NextLink,
    Offset,
    PageNumber,
    Pager,
    Seen,
    SinglePage,
    Size,
    next_in_header,
    walk,
    whole,
)

SIZE = Size("limit", 3)


@dataclass
class Api:
    """Serves `count` records in every way there is; `cap` is the most it gives at once whatever is asked."""

    count: int = 8
    cap: int = 100
    asked: list[Ask] = field(default_factory=list)

    def fetch(self, ask: Ask) -> Seen:
        self.asked.append(ask)
        params: Mapping[str, Any] = ask.params
        if ask.link:
            params = {name: values[0] for name, values in parse_qs(ask.link.partition("?")[2]).items()}
        size = min(int(params.get("limit", 3)), self.cap)
        start = int(params.get("offset") or params.get("cursor") or params.get("after") or 0)
        if "page" in params:
            start = (int(params["page"]) - 1) * size
        rows = list(range(start + 1, min(start + size, self.count) + 1))
        following = start + len(rows)
        has_more = following < self.count
        link = f"/rooms?cursor={following}&limit={size}"
        body = {
            "rows": rows,
            "meta": {
                "pages": -(-self.count // size),
                "total": self.count,
                "more": has_more,
                "cursor": str(following) if has_more else None,
                "next": link if has_more else None,
            },
        }
        headers = {"x-next": str(following), "link": f'<{link}>; rel="next"'} if has_more else {}
        ids = [str(row) for row in rows]
        return Seen(body, headers, len(rows), ids[0] if ids else "", ids[-1] if ids else "")


PAGERS: dict[str, Pager] = {
    "page, no total": PageNumber("page", size=SIZE),
    "page, pages": PageNumber("page", size=SIZE, total_pages_path="meta.pages"),
    "page, total": PageNumber("page", size=SIZE, total_path="meta.total"),
    "offset, no total": Offset("offset", SIZE),
    "offset, total": Offset("offset", SIZE, total_path="meta.total"),
    "offset, more": Offset("offset", SIZE, has_more_path="meta.more"),
    "cursor in body": Cursor("cursor", path="meta.cursor", size=SIZE),
    "cursor in header": Cursor("cursor", header="X-Next", size=SIZE),
    "link in body": NextLink("meta.next", SIZE),
    "link in header": NextLink(size=SIZE),
    "last id": LastId("after", SIZE),
}


def rows_of(pages: list[tuple[Seen, str | None]]) -> list[int]:
    return [row for seen, _ in pages for row in seen.body["rows"]]


@pytest.mark.parametrize("count", [0, 1, 3, 7, 8, 9])
@pytest.mark.parametrize("name", PAGERS)
def test_every_record_comes_once(name: str, count: int) -> None:
    pages = list(walk(PAGERS[name], Api(count).fetch, None))
    assert rows_of(pages) == list(range(1, count + 1))
    assert [following is None for _, following in pages] == [*[False] * (len(pages) - 1), True]


@pytest.mark.parametrize("name", PAGERS)
def test_a_walk_goes_on_where_it_stopped(name: str) -> None:
    first, state = next(walk(PAGERS[name], Api().fetch, None))
    assert state is not None
    rest = list(walk(PAGERS[name], Api().fetch, state))
    assert first.body["rows"] + rows_of(rest) == list(range(1, 9))


@pytest.mark.parametrize("token", ["2026-07-14T10:30:00Z", "https://pms.example/rooms?page=2"])
def test_a_token_may_hold_colons(token: str) -> None:
    asked: list[Ask] = []

    def last(ask: Ask) -> Seen:
        asked.append(ask)
        return Seen({}, {}, 1, "1", "1")

    list(walk(Cursor("cursor", "next"), last, f"cursor:{token}"))
    assert asked == [Ask({"cursor": token})]


@pytest.mark.parametrize("name", ["cursor in body", "cursor in header", "last id"])
def test_the_first_page_is_asked_for_without_a_token(name: str) -> None:
    api = Api(1)
    list(walk(PAGERS[name], api.fetch, None))
    assert api.asked == [Ask({"limit": 3})]


@pytest.mark.parametrize("name", ["page, pages", "page, total", "offset, total", "offset, more"])
def test_who_tells_the_total_is_not_asked_for_a_page_that_does_not_exist(name: str) -> None:
    api = Api(9)
    list(walk(PAGERS[name], api.fetch, None))
    assert len(api.asked) == 3


@pytest.mark.parametrize("name", PAGERS)
def test_a_state_of_another_kind_starts_at_the_front(name: str) -> None:
    assert len(rows_of(list(walk(PAGERS[name], Api().fetch, "other:7")))) == 8


@pytest.mark.parametrize("name", ["page, no total", "page, total", "offset, no total", "offset, total"])
def test_a_server_that_caps_its_pages_loses_no_record(name: str) -> None:
    """Asked for 50, it gives 10 and says nothing."""
    pager = PAGERS[name]
    capped = (
        PageNumber("page", size=Size("limit", 50), total_path=pager.total_path)
        if isinstance(pager, PageNumber)
        else Offset("offset", Size("limit", 50), total_path=pager.total_path)  # type: ignore[attr-defined]
    )
    assert rows_of(list(walk(capped, Api(34, cap=10).fetch, None))) == list(range(1, 35))


def test_a_single_page_asks_once() -> None:
    api = Api(2)
    assert len(list(walk(SinglePage(), api.fetch, None))) == 1
    assert api.asked == [Ask()]


@pytest.mark.parametrize("first", [0, 1])
def test_pages_may_count_from_nought(first: int) -> None:
    assert PageNumber("page", first).ask(PageNumber("page", first).first().partition(":")[2]) == Ask(
        {"page": first}
    )


def stuck(**body: Any) -> Callable[[Ask], Seen]:
    return lambda ask: Seen({"rows": [1], **body}, {}, 3, "", "1")


def test_the_same_page_twice_ends_the_walk() -> None:
    def same(ask: Ask) -> Seen:
        return Seen({}, {}, 3, "204101", "204103")

    with pytest.raises(ContractBroken) as broken:
        list(walk(Offset("offset", SIZE), same, None))
    assert "same page" in str(broken.value.params["where"])


def test_the_same_token_twice_ends_the_walk() -> None:
    with pytest.raises(ContractBroken) as broken:
        list(walk(Cursor("cursor", "next", size=SIZE), stuck(next="abc"), None))
    assert "same token" in str(broken.value.params["where"])


def test_the_last_token_may_be_repeated_when_nothing_is_left() -> None:
    def empty(ask: Ask) -> Seen:
        return Seen({"next": "abc"}, {}, 0)

    pages = list(walk(Cursor("cursor", "next"), empty, "cursor:abc"))
    assert len(pages) == 1


def test_an_endless_list_ends() -> None:
    count = iter(range(10_000))

    def endless(ask: Ask) -> Seen:
        number = next(count)
        return Seen({}, {}, 3, str(number), str(number))

    with pytest.raises(ContractBroken) as broken:
        list(walk(Offset("offset", SIZE), endless, None, max_pages=5))
    assert "5 pages" in str(broken.value.params["where"])


def test_a_link_is_judged_before_it_is_followed() -> None:
    def refuse(link: str) -> str:
        raise ContractBroken("unexpected next link")

    def look(ask: Ask) -> Seen:
        return Seen({"next": "https://evil.example/"}, {}, 1, "1", "1", refuse)

    with pytest.raises(ContractBroken):
        list(walk(NextLink("next"), look, None))


def test_a_token_too_long_to_keep_is_refused() -> None:
    with pytest.raises(ContractBroken):
        list(walk(Cursor("cursor", "next"), stuck(next="x" * 4000), None))


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://a/b?page=2>; rel="next", <https://a/b?page=9>; rel="last"', "https://a/b?page=2"),
        (
            '<https://a/b?page=1>; rel="prev", <https://a/b?a=1,2&page=3>; rel=next',
            "https://a/b?a=1,2&page=3",
        ),
        ('</b?page=2>; title="x"; rel="start next"', "/b?page=2"),
        ('<https://a/b>; rel="prev"', ""),
        ("garbage", ""),
        ("", ""),
    ],
)
def test_the_next_link_is_found_in_a_header(header: str, target: str) -> None:
    assert next_in_header(header) == target


@pytest.mark.parametrize(
    ("value", "number"), [(3, 3), ("4", 4), (5.0, 5), ("x", None), (None, None), (True, None)]
)
def test_totals_come_as_numbers_or_texts(value: object, number: int | None) -> None:
    assert whole(value) == number
