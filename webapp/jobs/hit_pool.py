"""Applies hits in a few threads, one per connection, so that a provider that hangs delays no other."""

import logging
import threading
from collections.abc import Sequence
from typing import ClassVar

from webapp.runtime import Runtime
from webapp.services import hit_applying, hit_claims

SIZE = 4
_PATIENCE = 10.0

log = logging.getLogger(__name__)


class HitPool:
    """A connection's hits are applied by one thread at a time; in another process the claims keep the work single."""

    kind: ClassVar[str] = "hits"

    def __init__(self, runtime: Runtime, *, owner: str = "", size: int = SIZE) -> None:
        self._runtime = runtime
        self._owner = owner or self.kind
        self._size = size
        self._lock = threading.Lock()
        self._threads: dict[int, threading.Thread] = {}

    @property
    def running(self) -> int:
        with self._lock:
            return len(self._threads)

    def start_due(self) -> int:
        """Starts a thread for each connection with due hits, as far as threads are free; returns how many."""
        started = 0
        for connection_id in self._due():
            started += self._start(connection_id)
        return started

    def _due(self) -> Sequence[int]:
        return hit_claims.due_connections(self._runtime)

    def _work(self, connection_id: int) -> int:
        """How much was done; 0 ends the thread."""
        return hit_applying.process(self._runtime, connection_id, owner=self._owner)

    def stop(self) -> None:
        """Waits for the hits that are being applied; the runtime's stop flag must be set."""
        with self._lock:
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(_PATIENCE)
            if thread.is_alive():
                log.warning(
                    "%s did not stop within %g s; its work will be done again", thread.name, _PATIENCE
                )

    def _start(self, connection_id: int) -> bool:
        with self._lock:
            is_full = len(self._threads) >= self._size
            if is_full or connection_id in self._threads or self._runtime.stopping.is_set():
                return False
            thread = threading.Thread(
                target=self._run, args=(connection_id,), name=f"{self.kind}-{connection_id}", daemon=True
            )
            self._threads[connection_id] = thread
            thread.start()
            return True

    def _run(self, connection_id: int) -> None:
        is_well = False
        try:
            while not self._runtime.stopping.is_set():
                if not self._work(connection_id):
                    break
            is_well = True
        # The thread ends here: what is not recorded now is never seen; the claim runs out by itself.
        except Exception:
            log.exception("%s of connection %s could not be worked on", self.kind, connection_id)
        finally:
            with self._lock:
                self._threads.pop(connection_id, None)
        if is_well and not self._runtime.stopping.is_set():
            self._runtime.nudge.ring()  # for a hit that came while this thread was ending, and for others that waited
