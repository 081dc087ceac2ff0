"""The two caches an adapter is given, in memory and on the test's clock."""

from collections.abc import Callable
from datetime import datetime

from webapp.integrations.kit.contract import Caches
from webapp.vault import Secret


class MemoryTokens:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.kept: dict[str, tuple[Secret, datetime]] = {}

    def get(self, name: str) -> Secret | None:
        token, until = self.kept.get(name, (None, None))
        return token if until is not None and until > self._clock() else None

    def put(self, name: str, token: Secret, expires_at: datetime) -> None:
        self.kept[name] = (token, expires_at)

    def drop(self, name: str) -> None:
        self.kept.pop(name, None)


class MemorySetup:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, datetime]] = {}

    def get(self, name: str) -> str | None:
        document, until = self._kept.get(name, (None, None))
        return document if until is not None and until > self._clock() else None

    def put(self, name: str, document: str, expires_at: datetime) -> None:
        self._kept[name] = (document, expires_at)


def memory_caches(clock: Callable[[], datetime]) -> Caches:
    return Caches(tokens=MemoryTokens(clock), setup=MemorySetup(clock))
