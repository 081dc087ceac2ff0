"""The adapter of the provider without a network."""

from collections.abc import Iterator, Sequence

from tests.memory_provider import SCRIPTS
from tests.memory_provider.manifest import MANIFEST
from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Caches, Credentials, Missing, Page, Record, Rung
from webapp.integrations.kit.http import ProviderClient


class Adapter:
    manifest = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._script = SCRIPTS[credentials.text("script")]

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        yield Rung("login", "Log in", True)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        self._script.asked.append((stream, window, cursor))
        answer = self._script.answers.get(stream)
        if answer is None:
            yield Page((), None)
            return
        yield from answer(window, cursor)

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        if self._script.single_error is not None:
            raise self._script.single_error
        self._script.before_read(list(ids))
        self._script.reread.append(list(ids))
        return tuple(self._script.single.get(key, Missing(key)) for key in ids)
