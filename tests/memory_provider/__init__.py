"""A provider without a network: a test writes down what each stream answers, and reads back what was asked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Page, Record

KEY = "memory"
MODULE = "tests.memory_provider"

Answer = Callable[[Window, str | None], Iterator[Page]]


@dataclass
class Script:
    """What the provider answers, by stream; a stream without an answer has no records."""

    answers: dict[Stream, Answer] = field(default_factory=dict)
    asked: list[tuple[Stream, Window, str | None]] = field(default_factory=list)
    single: dict[str, Record] = field(default_factory=dict)
    single_error: Exception | None = None
    reread: list[list[str]] = field(default_factory=list)
    before_read: Callable[[list[str]], None] = lambda _ids: None

    def tell(self, stream: Stream, *pages: Sequence[Record]) -> None:
        """The same pages at every walk, whatever the window; the cursor is the number of the next page."""
        self.answers[stream] = paged(*pages)

    def fail(self, stream: Stream, error: Exception) -> None:
        def answer(_window: Window, _cursor: str | None) -> Iterator[Page]:
            raise error
            yield

        self.answers[stream] = answer

    def windows(self, stream: Stream) -> list[Window]:
        return [window for asked, window, _ in self.asked if asked is stream]


def paged(*pages: Iterable[Record]) -> Answer:
    whole = [tuple(page) for page in pages]

    def answer(_window: Window, cursor: str | None) -> Iterator[Page]:
        start = int(cursor) if cursor else 0
        if not whole:
            yield Page((), None)
        for number in range(start, len(whole)):
            stamps = [getattr(record, "updated_at", None) for record in whole[number]]
            known = [stamp for stamp in stamps if stamp is not None]
            following = str(number + 1) if number + 1 < len(whole) else None
            yield Page(whole[number], following, high_water=max(known, default=None))

    return answer


SCRIPTS: dict[str, Script] = {}
"""By the option `script` of a connection."""
