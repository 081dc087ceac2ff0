"""Deadlines: cuts a call's socket when its time is over or the hub stops, even if the server dribbles a byte at a time."""

import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

_LOOK_EVERY = 0.25
_running = threading.local()


class Deadline:
    """Surrounds one call. `cut_by` says afterwards whether time or a stop ended it.

    A socket's own timeout only limits the gap between two bytes, so a guard thread watches the whole call.
    """

    def __init__(self, seconds: float, should_stop: Callable[[], bool]) -> None:
        self.cut_by: Literal["time", "stop"] | None = None
        self._ends_at = time.monotonic() + seconds
        self._should_stop = should_stop
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)

    def __enter__(self) -> Self:
        _running.deadline = self
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _running.deadline = None
        with self._lock:  # after this no cut can hit a connection that went back to the pool
            self._over.set()

    def attach(self, connected: socket.socket) -> None:
        """The socket this call waits on from now on."""
        with self._lock:
            self._socket = connected
        if self.cut_by is not None:
            self._cut(self.cut_by)

    def _watch(self) -> None:
        while True:
            left = self._ends_at - time.monotonic()
            if self._over.wait(min(_LOOK_EVERY, max(left, 0))):
                return None
            if self._should_stop():
                return self._cut("stop")
            if time.monotonic() >= self._ends_at:
                return self._cut("time")

    def _cut(self, reason: Literal["time", "stop"]) -> None:
        with self._lock:
            if self._over.is_set():
                return
            self.cut_by = reason
            if self._socket is None:
                return
            try:
                # Past TLS on purpose: a clean goodbye would wait for the server that does not answer.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # already gone, which is what we want


class _Watched:
    """Mixed into the connection classes: tells the running call which socket its answer comes from."""

    sock: socket.socket | None

    def getresponse(self) -> Any:
        deadline: Deadline | None = getattr(_running, "deadline", None)
        if deadline is not None and self.sock is not None:
            deadline.attach(self.sock)
        return super().getresponse()  # type: ignore[misc]  # of the connection class it is mixed into


def watch_connections(pool_manager: Any) -> None:
    """Makes every connection of this pool report to the running Deadline."""
    pool_manager.pool_classes_by_scheme = {
        scheme: type("Watched" + pool.__name__, (pool,), {"ConnectionCls": _watched(pool.ConnectionCls)})
        for scheme, pool in pool_manager.pool_classes_by_scheme.items()
    }


def _watched(connection: type) -> type:
    return type("Watched" + connection.__name__, (_Watched, connection), {})
