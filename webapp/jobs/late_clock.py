"""The clock of a web process: it holds its lease at once, and loads and starts its jobs when the first page had its turn."""

import gc
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING

from webapp.runtime import Runtime
from webapp.services import leases
from webapp.services.beats import LEASE

if TYPE_CHECKING:
    from .clock import RunningClock

log = logging.getLogger(__name__)

PAUSE = 0.3
"""Seconds. A hub that starts is looked at first, and loading the jobs takes as long as a page twice over."""


class LateClock:
    """Ticks until `stop`. When it cannot start, it ends the process, and `stop` raises what was wrong."""

    def __init__(self, runtime: Runtime, *, pause: float = PAUSE) -> None:
        self._runtime = runtime
        self._pause = pause
        self._owner = leases.process_name()
        self._running: RunningClock | None = None
        self._trouble: Exception | None = None
        self._held = self._lease()
        self._thread = threading.Thread(target=self._start, name="clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The runtime's stop flag must be set."""
        self._thread.join()
        if self._running is not None:
            self._running.stop()
        elif self._held is not None:
            leases.release(self._runtime, self._held)  # or the next process would wait for its end
        if self._trouble is not None:
            raise self._trouble

    def _lease(self) -> leases.Held | None:
        """So that Health shows a clock from the first page on."""
        try:
            return leases.hold(self._runtime, LEASE, owner=self._owner)
        except Exception:  # a busy database keeps nobody from starting: the clock's first beat tries again
            log.exception("the clock's lease could not be taken yet")
            return None

    def _start(self) -> None:
        if self._runtime.stopping.wait(self._pause):
            return
        try:
            from . import clock

            self._running = clock.start(self._runtime, owner=self._owner)
            gc.freeze()  # what stays for good is not searched for garbage again and again
        except Exception as trouble:  # the main thread tells it
            self._trouble = trouble
            os.kill(os.getpid(), signal.SIGTERM)
