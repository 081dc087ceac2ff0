"""Runs claimed syncs in four threads, so that one provider that hangs never delays another."""

import logging
import threading

from webapp.runtime import Runtime
from webapp.services import syncing

SIZE = 4
_PATIENCE = 10.0

log = logging.getLogger(__name__)


class SyncPool:
    """Claims only what it can start at once: a claim that waits would look like a run that died."""

    def __init__(self, runtime: Runtime, *, owner: str = "clock", size: int = SIZE) -> None:
        self._runtime = runtime
        self._owner = owner
        self._size = size
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    @property
    def running(self) -> int:
        with self._lock:
            return len(self._threads)

    def start_due(self) -> int:
        """Starts what is due, as far as threads are free; returns how many."""
        with self._lock:
            if self._runtime.stopping.is_set():
                return 0
            claims = syncing.claim_due(
                self._runtime, owner=self._owner, limit=self._size - len(self._threads)
            )
            for claim in claims:
                thread = threading.Thread(
                    target=self._run, args=(claim,), name=f"sync-{claim.connection_id}", daemon=True
                )
                self._threads.add(thread)
                thread.start()
            return len(claims)

    def stop(self) -> None:
        """Waits for the pages that are being written; the runtime's stop flag must be set."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(_PATIENCE)
            if thread.is_alive():
                log.warning(
                    "%s did not stop within %g s; its page will be fetched again", thread.name, _PATIENCE
                )

    def _run(self, claim: syncing.Claim) -> None:
        try:
            syncing.run_claimed(self._runtime, claim)
        except syncing.ClaimLost:
            log.warning("connection %s was taken over by another process", claim.connection_id)
        # The thread ends here: what is not recorded now is never seen; the claim runs out by itself.
        except Exception:
            log.exception("the sync of connection %s could not be begun or ended", claim.connection_id)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
            self._runtime.nudge.ring()  # a thread is free for what waited
