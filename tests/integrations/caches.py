"""The caches and the ledger of tokens that an adapter is given, in memory and on the test's clock."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from webapp.integrations.kit.contract import Caches
from webapp.integrations.kit.errors import CredentialsRejected
from webapp.integrations.kit.scarce_tokens import LiveToken, TokenBudget, TokenOwner, TokensSpent, Turn
from webapp.vault import Secret


class MemoryTokens:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.kept: dict[str, tuple[Secret, datetime]] = {}

    def turn(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

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


class MemoryLedger:
    """For one thread. `requests` are the tokens that were asked for, as their owners."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.kept: dict[str, LiveToken] = {}
        self.requests: list[TokenOwner] = []
        self.wrong: set[str] = set()
        self.until: datetime | None = None

    def present(self, owner: TokenOwner) -> LiveToken | None:
        held = self.kept.get(owner.digest)
        return held if held and held.expires_at > self._clock() else None

    def take(
        self, owner: TokenOwner, *, dead: Secret | None = None, lasting: datetime | None = None
    ) -> LiveToken | Turn:
        held = self.present(owner)
        if held and held.value != dead and held.expires_at > (lasting or self._clock()):
            return held
        if owner.digest in self.wrong:
            raise CredentialsRejected("refused before")
        if self.until is not None and self.until > self._clock():
            raise TokensSpent(owner.allowed, self.until, self._clock())
        self.requests.append(owner)
        return Turn(owner, len(self.requests), len(self.requests) - 1)

    def given(self, turn: Turn, token: Secret, expires_at: datetime) -> LiveToken:
        self.kept[turn.owner.digest] = held = LiveToken(token, self._clock(), expires_at)
        return held

    def refused(self, turn: Turn) -> None:
        self.wrong.add(turn.owner.digest)

    def spent(self, turn: Turn, until: datetime) -> None:
        self.until = until

    def failed(self, turn: Turn, *, may_be_given: bool) -> None:
        """Whether it counts is the matter of the stored ledger."""

    def budget(self, owner: TokenOwner) -> TokenBudget:
        return TokenBudget(owner.allowed, len(self.requests), None, self.until)


def memory_caches(clock: Callable[[], datetime]) -> Caches:
    return Caches(tokens=MemoryTokens(clock), setup=MemorySetup(clock), ledger=MemoryLedger(clock))
