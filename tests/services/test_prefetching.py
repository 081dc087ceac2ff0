"""One page ahead and never more; what the adapter raises arrives where the run can judge it."""

import threading
from collections.abc import Iterator

import pytest

from webapp.integrations.kit.contract import Page
from webapp.integrations.kit.errors import ProviderUnavailable
from webapp.services.prefetching import Prefetch


def test_pages_come_in_order_and_only_one_is_fetched_ahead() -> None:
    fetched: list[int] = []
    second = threading.Event()

    def pages() -> Iterator[Page]:
        for number in range(4):
            fetched.append(number)
            if number == 1:
                second.set()
            yield Page((), str(number) if number < 3 else None)

    prefetch = Prefetch(pages, "test")
    cursors = []
    for _ in range(4):
        assert prefetch.take(60)
        assert len(fetched) == len(cursors) + 1
        page = prefetch.page()
        assert page is not None
        cursors.append(page.cursor)
        if len(cursors) == 1:
            assert second.wait(60)
            assert fetched == [0, 1]
    assert cursors == ["0", "1", "2", None]
    prefetch.close()


def test_an_error_is_raised_where_the_page_is_taken() -> None:
    def pages() -> Iterator[Page]:
        yield Page((), "1")
        raise ProviderUnavailable("reset")

    prefetch = Prefetch(pages, "test")
    assert prefetch.take(60)
    prefetch.page()
    assert prefetch.take(60)
    with pytest.raises(ProviderUnavailable):
        prefetch.page()
    prefetch.close()


def test_an_end_without_a_last_page_is_none() -> None:
    prefetch = Prefetch(lambda: iter(()), "test")
    assert prefetch.take(60)
    assert prefetch.page() is None
    prefetch.close()


def test_closing_does_not_wait_for_a_provider_that_hangs() -> None:
    released = threading.Event()

    def pages() -> Iterator[Page]:
        released.wait(30)
        yield Page((), None)

    prefetch = Prefetch(pages, "test")
    assert not prefetch.take(0.01)
    prefetch.close(seconds=0.01)
    released.set()
