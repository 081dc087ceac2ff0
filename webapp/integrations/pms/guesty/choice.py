"""Which generation of the reservations API a connection reads: version 3, unless it is seen to leave out stays."""

from datetime import timedelta

import msgspec

from webapp.integrations.kit.contract import Credentials
from webapp.integrations.kit.errors import NotFound, PermissionMissing

from .asking import Guesty
from .generations import V3, Generation, Legacy, Question
from .house import Memory
from .manifest import LEGACY
from .refusals import Refused

DAYS_BEFORE, DAYS_AFTER = 3, 30
_MOST_PAGES = 30
_REMEMBERED_FOR = timedelta(days=30)
_NAME = "generation"


class Comparison(msgspec.Struct, frozen=True):
    """How many of the `total` confirmed stays that the older API lists version 3 leaves out."""

    missing: int
    total: int


class Choice:
    def __init__(self, guesty: Guesty, credentials: Credentials, memory: Memory) -> None:
        self._guesty = guesty
        self._memory = memory
        self._wants_legacy = credentials.text("reservations_api") == LEGACY
        self.v3 = V3(guesty)
        self.legacy = Legacy(guesty, memory)

    @property
    def is_by_hand(self) -> bool:
        """Somebody chose the older one, and it still answers."""
        return self._wants_legacy and not self._is_over

    @property
    def is_over(self) -> bool:
        return self._is_over

    @property
    def comparison(self) -> Comparison | None:
        """What was found, while it matters."""
        return None if self._wants_legacy or self._is_over else self._memory.get(_NAME, Comparison)

    def current(self) -> Generation:
        known = self.comparison
        is_short = known is not None and known.missing > 0
        return self.legacy if self.is_by_hand or is_short else self.v3

    def compare(self, listings: tuple[str, ...]) -> Comparison | None:
        """Looks for the same confirmed stays in both, before the first history is read. None when there is nothing to
        decide, or it was decided within a month. Raises ProviderError."""
        if self._wants_legacy or self._is_over or self.comparison is not None:
            return None
        today = self._guesty.client.clock().date()
        first, end = today - timedelta(DAYS_BEFORE), today + timedelta(DAYS_AFTER)
        inner = Question("stays", listings, first + timedelta(2), end - timedelta(2), statuses=("confirmed",))
        outer = Question("stays", listings, first, end, statuses=("confirmed",))
        try:
            older, _ = self._ids(self.legacy, inner)
        except (Refused, NotFound, PermissionMissing):
            older = set()  # an account that has the new one only
        newer, nameless = self._ids(self.v3, outer) if older else (set(), 0)
        # A row that lost its id is there all the same: one of those that seem to be missing.
        found = Comparison(max(len(older - newer) - nameless, 0), len(older))
        self._memory.put(_NAME, found, _REMEMBERED_FOR)
        return found

    @property
    def _is_over(self) -> bool:
        return Legacy.is_over(self._guesty.client.clock())

    @staticmethod
    def _ids(generation: Generation, question: Question) -> tuple[set[str], int]:
        """And how many rows had none."""
        found: set[str] = set()
        skip = nameless = 0
        for _ in range(_MOST_PAGES):
            ids, has_more = generation.ids(question, skip)
            found |= set(ids)
            nameless += ids.count("")
            skip += len(ids)
            if not has_more:
                break
        return found - {""}, nameless
