"""The stop switch of a run: a person cancelled it, the process is ending, or its time is over."""

import threading
import time
from datetime import timedelta
from enum import StrEnum

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Mode
from webapp.domain.wording import N_
from webapp.runtime import Runtime

from .sync_claims import Claim, is_cancelled

DEADLINES = {
    Mode.DELTA: timedelta(minutes=30),
    Mode.SWEEP: timedelta(minutes=60),
    Mode.BACKFILL: timedelta(hours=3),
}
"""How long a run may take. The next one goes on where it stood."""
_LOOK_EVERY = 1.0

RUN_TOO_LONG = Fault(
    code="run_too_long",
    message=N_("The run took longer than a run may take and was ended between two pages."),
    advice=N_("Nothing to do: the next run goes on where this one stood."),
    actor=Actor.NOBODY,
)


class StopReason(StrEnum):
    CANCELLED = "cancelled"  # by a person
    STOPPING = "stopping"  # the process ends
    TIME_IS_OVER = "time_is_over"


class StopSwitch:
    """Read by the run at page edges and by the provider client in the middle of its waits."""

    def __init__(self, runtime: Runtime, claim: Claim, mode: Mode) -> None:
        self._runtime = runtime
        self._claim = claim
        self._ends_at = runtime.clock() + DEADLINES[mode]
        self._cancelled = threading.Event()
        self._looked_at = time.monotonic()

    def __call__(self) -> bool:
        return self.reason() is not None

    def reason(self) -> StopReason | None:
        if self._runtime.stopping.is_set():
            return StopReason.STOPPING
        if self._cancelled.is_set():
            return StopReason.CANCELLED
        if self._runtime.clock() >= self._ends_at:
            return StopReason.TIME_IS_OVER
        return None

    def cancel(self) -> None:
        self._cancelled.set()

    def look(self) -> StopReason | None:
        """Also asks the database, at most once a second: the cancel button may be pressed in another process."""
        if time.monotonic() - self._looked_at >= _LOOK_EVERY:
            self._looked_at = time.monotonic()
            with self._runtime.reading() as session:
                if is_cancelled(session, self._claim):
                    self.cancel()
        return self.reason()
