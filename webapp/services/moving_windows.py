"""Moving windows in memory: how often something happened lately. No thread, no wall clock; each call does its share."""

import threading
import time
from collections import deque
from collections.abc import Callable

from limits import RateLimitItem

from webapp.domain.value import Value

SWEEP_EVERY = 60.0


class Standing(Value, frozen=True):
    """What came of one count: `remaining` more may follow at once, and another one in `resets_in` seconds."""

    is_exceeded: bool
    remaining: int
    resets_in: float


class MovingWindows:
    """Counts by limit and key, each in a window that ends now; what is refused does not count.

    `now` is a clock that is never put back, in seconds: a machine whose time is set back locks nobody out.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._seen: dict[
            str, tuple[float, deque[float]]
        ] = {}  # by limit and key: its span, and when, oldest first
        self._sweep_at = now() + SWEEP_EVERY

    def __len__(self) -> int:
        """Of keys that are remembered."""
        return len(self._seen)

    def count(self, limit: RateLimitItem, key: str) -> Standing:
        with self._lock:
            now = self._now()
            self._sweep(now)
            span = limit.get_expiry()
            _, times = self._seen.setdefault(limit.key_for(key), (span, deque()))
            while times and times[0] <= now - span:
                times.popleft()
            is_exceeded = len(times) >= limit.amount
            if not is_exceeded:
                times.append(now)
            oldest = times[0] if times else now
            return Standing(is_exceeded, limit.amount - len(times), oldest + span - now)

    def clear(self, limit: RateLimitItem, key: str) -> None:
        with self._lock:
            self._seen.pop(limit.key_for(key), None)

    def _sweep(self, now: float) -> None:
        """Forgets whom no window knows any more, once a minute, or every address that ever came would stay."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_EVERY
        old = [key for key, (span, times) in self._seen.items() if not times or times[-1] <= now - span]
        for key in old:
            del self._seen[key]
