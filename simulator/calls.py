"""A record of the calls the vendor has seen, without secrets."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from simulator.credentials import SECRET_PARAMS

KEPT = 5_000


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One call; `query` has no secrets, `status` is what was answered (0: the line was dropped)."""

    at: datetime
    method: str
    path: str
    query: Mapping[str, str]
    status: int


class CallBook:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[SeenCall] = deque(maxlen=KEPT)

    def write(self, at: datetime, method: str, path: str, query: Mapping[str, str], status: int) -> None:
        shown = {name: value for name, value in query.items() if name not in SECRET_PARAMS}
        with self._lock:
            self._seen.append(SeenCall(at, method, path, shown, status))

    def seen(self) -> list[SeenCall]:
        with self._lock:
            return list(self._seen)

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()
