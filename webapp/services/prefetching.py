"""Fetches the next page in one thread while the last one is written."""

import threading
from collections.abc import Callable, Iterator

from webapp.domain.value import Value
from webapp.integrations.kit.contract import Page
from webapp.integrations.kit.raw_pages import RawPage

AnyPage = Page | RawPage


class _Answer(Value, frozen=True):
    """A page, the end (None), or what the adapter raised."""

    page: AnyPage | None
    error: Exception | None = None


class Prefetch:
    """Runs `pages` in a thread of its own, never more than one page ahead, so that memory stays flat.

    The thread is a daemon: an adapter that ignores its stop switch cannot keep the process alive.
    """

    def __init__(self, pages: Callable[[], Iterator[AnyPage]], name: str) -> None:
        self._pages = pages
        self._changed = threading.Condition()
        self._answer: _Answer | None = None
        self._is_wanted = True
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def take(self, seconds: float) -> bool:
        """Waits up to `seconds`; True when a page, the end or an error has arrived. Then call `page`."""
        with self._changed:
            return self._changed.wait_for(lambda: self._answer is not None, seconds)

    def page(self) -> AnyPage | None:
        """The page that arrived, None after the last; raises what the adapter raised. The next one is on its way."""
        with self._changed:
            answer, self._answer = self._answer, None
            if answer is None:
                raise RuntimeError("no page has arrived")
            self._is_wanted = answer.page is not None and answer.page.cursor is not None
            self._changed.notify_all()
        if answer.error is not None:
            raise answer.error
        return answer.page

    def close(self, seconds: float = 2.0) -> None:
        """Lets the thread end; waits a little for a call that is being cut off."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            pages = self._pages()
            while self._wait_until_wanted():
                self._hand_over(_Answer(next(pages, None)))
        except Exception as error:  # carried to the run's thread, which judges and records it
            self._hand_over(_Answer(None, error))

    def _wait_until_wanted(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or (self._is_wanted and self._answer is None))
            return not self._is_over

    def _hand_over(self, answer: _Answer) -> None:
        with self._changed:
            self._is_wanted = False
            self._answer = answer
            self._changed.notify_all()
