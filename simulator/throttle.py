"""The vendor's rate limit: a bucket of calls per credential."""

import math
import threading
import time
from collections.abc import Callable

from simulator.wire import Refusal


class Throttle:
    """Lets `per_second` calls through, and `burst` at once; a rate of 0 lets everything through."""

    def __init__(
        self, per_second: float = 20, burst: int = 40, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_second = per_second
        self._burst = burst
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def admit(self, who: str) -> None:
        """Raises Refusal 429 with the seconds to wait."""
        if self.per_second <= 0:
            return
        with self._lock:
            now = self._monotonic()
            left, at = self._buckets.get(who, (float(self._burst), now))
            left = min(float(self._burst), left + (now - at) * self.per_second)
            admitted = left >= 1
            self._buckets[who] = (left - 1 if admitted else left, now)
        if not admitted:
            raise too_many(max(1, math.ceil((1 - left) / self.per_second)))


def too_many(seconds: int) -> Refusal:
    return Refusal(
        429, "RATE_LIMITED", f"Too many calls; try again in {seconds} s.", (("Retry-After", str(seconds)),)
    )
