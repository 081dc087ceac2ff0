"""Deadlines: cuts a call's socket when its time is over or the hub stops, even if the server dribbles a byte at a time."""

import logging
import math
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal, Self

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.25
_running = threading.local()


class Deadline:
    """Surrounds one call. `cut_by` says afterwards whether time or a stop ended it.

    A socket's own timeout only limits the gap between two bytes, so a guard thread watches the whole call.
    """

    def __init__(self, seconds: float, should_stop: Callable[[], bool]) -> None:
        self.cut_by: Literal["time", "stop"] | None = None
        self.ends_at = time.monotonic() + seconds
        self._should_stop = should_stop
        self._is_over = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        _running.deadline = self
        _guard.watch(self)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _running.deadline = None
        _guard.forget(self)
        with self._lock:  # after this no cut can hit a connection that went back to the pool
            self._is_over = True

    def attach(self, connected: socket.socket) -> None:
        """The socket this call waits on from now on."""
        with self._lock:
            self._socket = connected
        if self.cut_by is not None:
            self._cut(self.cut_by)

    def look(self) -> bool:
        """Cuts the call if it must end; True when it did."""
        if self._should_stop():
            self._cut("stop")
        elif time.monotonic() >= self.ends_at:
            self._cut("time")
        return self.cut_by is not None

    def _cut(self, reason: Literal["time", "stop"]) -> None:
        with self._lock:
            if self._is_over:
                return
            self.cut_by = reason
            if self._socket is None:
                return
            try:
                # Past TLS on purpose: a clean goodbye would wait for the server that does not answer.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # already gone, which is what we want


class _Guard:
    """One thread that watches all running calls: to start one for each costs a call of a sync a tenth of its time,
    and twice a wait for the interpreter."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: set[Deadline] = set()
        self._next_look = math.inf
        self._is_started = False

    def watch(self, call: Deadline) -> None:
        with self._changed:
            self._calls.add(call)
            if not self._is_started:
                self._is_started = True
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            elif call.ends_at < self._next_look:
                self._changed.notify()

    def forget(self, call: Deadline) -> None:
        with self._changed:
            self._calls.discard(call)

    def _run(self) -> None:
        while True:
            for call in self._due():
                try:
                    is_over = call.look()
                except Exception:  # whatever one call's stop switch does, the others stay watched
                    log.exception("a stop switch failed")
                    is_over = True
                if is_over:
                    self.forget(call)

    def _due(self) -> list[Deadline]:
        """All calls, a moment later; sleeps while there is none."""
        with self._changed:
            while not self._calls:
                self._next_look = math.inf
                self._changed.wait()
            first = min(call.ends_at for call in self._calls)
            now = time.monotonic()
            self._next_look = min(now + _LOOK_EVERY, first)
            self._changed.wait(max(self._next_look - now, 0))
            return list(self._calls)


_guard = _Guard()


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
