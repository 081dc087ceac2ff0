"""Counts tries, so that guessing a password or a claim code takes too long to be worth it, and costly ones pause."""

import math
import time
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerMinute

from .moving_windows import MovingWindows

PER_EMAIL = RateLimitItemPerMinute(5, 5, namespace="sign-in by e-mail")
PER_ADDRESS = RateLimitItemPerMinute(60, 15, namespace="sign-in by address")
PER_CLAIMANT = RateLimitItemPerMinute(5, 10, namespace="claim code by address")
PER_REPLAYER = RateLimitItemPerMinute(10, 10, namespace="replays of many by e-mail")


class TooManyTries(Exception):
    """No further try now; `minutes` until the next one is allowed."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many tries, wait {minutes} min")
        self.minutes = minutes


class Gate:
    """One per process: tries are kept in memory and forgotten by a restart."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._windows = MovingWindows(now)

    def enter(self, limit: RateLimitItem, key: str) -> None:
        """Count a try. Raises TooManyTries when the limit was already reached."""
        standing = self._windows.count(limit, key)
        if standing.is_exceeded:
            raise TooManyTries(max(1, math.ceil(standing.resets_in / 60)))

    def forgive(self, limit: RateLimitItem, key: str) -> None:
        """A good try ends the count."""
        self._windows.clear(limit, key)
