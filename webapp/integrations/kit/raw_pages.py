"""Pages whose records are still bytes, for streams of which every record says everything by itself.

The hub keeps a digest of the bytes: a record that comes again byte by byte is neither mapped nor written.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import msgspec

from webapp.domain.stream import Stream, Window

from .contract import Page


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page before it is mapped; `cursor` and `total` as in Page. Printing one shows no record.

    edition  a number that grows whenever the adapter reads the same bytes differently
    ids      the external ids of some records, empty for one without; much cheaper than `read`
    read     the page as if it held these records only. Raises ProviderError, as `ids` does
    """

    raws: Sequence[msgspec.Raw] = field(repr=False)
    cursor: str | None
    edition: int
    ids: Callable[[Sequence[msgspec.Raw]], list[str]] = field(repr=False)
    read: Callable[[Sequence[msgspec.Raw]], Page] = field(repr=False)
    total: int | None = None


@runtime_checkable
class RawSource(Protocol):
    """A source that can leave the mapping for later."""

    def reads_raw(self, stream: Stream) -> bool:
        """Whether a record of this stream, read with the same mapping, always comes out the same."""
        ...

    def fetch_raw(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[RawPage]:
        """The pages of `fetch`. Raises ProviderError."""
        ...
