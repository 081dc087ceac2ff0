"""Pacing: never more calls in a period than the provider allows, over all clients of one address in this process."""

import threading
from collections import deque

from .manifest import Limit

_paces: dict[tuple[str, Limit], "Pace"] = {}
_lock = threading.Lock()


class Pace:
    """A sliding window. Stricter than a bucket with a burst: no period of `limit.seconds` holds more than
    `limit.calls` calls, wherever the provider lets its own period begin."""

    def __init__(self, limit: Limit) -> None:
        self._seconds = limit.seconds
        self._turns: deque[float] = deque(maxlen=max(limit.calls, 1))
        self._held_until = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float) -> float:
        """Takes the next turn and returns how many seconds to wait for it. `now` is a monotonic time."""
        with self._lock:
            turn = max(now, self._held_until)
            if len(self._turns) == self._turns.maxlen:
                turn = max(turn, self._turns[0] + self._seconds)
            self._turns.append(turn)
            return turn - now

    def hold(self, until: float) -> None:
        """Nobody calls before this time: the provider said so to one of us."""
        with self._lock:
            self._held_until = max(self._held_until, until)


def pace_for(host: str, limit: Limit) -> Pace:
    """The pace that all clients of this host and limit share."""
    with _lock:
        return _paces.setdefault((host, limit), Pace(limit))
