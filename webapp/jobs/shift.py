"""A shift: what the jobs of one process work with, and whether it is this process's turn."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from webapp.models import JobBeat
from webapp.runtime import Runtime
from webapp.services.leases import Held

from .delivery_pool import DeliveryPool
from .hit_pool import HitPool
from .queue_pool import QueuePool
from .sync_pool import SyncPool
from .truth_pool import TruthPool

LEASE = "clock"
_TELL_EVERY = 30.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Shift:
    """`lease` is None while another process ticks."""

    runtime: Runtime
    pool: SyncPool
    owner: str
    lease: Held | None = None
    hits: HitPool = field(init=False)
    queues: QueuePool = field(init=False)
    deliveries: DeliveryPool = field(init=False)
    truth: TruthPool = field(init=False)
    _told: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hits = HitPool(self.runtime)
        self.queues = QueuePool(self.runtime)
        self.deliveries = DeliveryPool(self.runtime)
        self.truth = TruthPool(self.runtime)

    def work(self, name: str, job: Callable[["Shift"], None], *, always: bool = False) -> None:
        """Runs one job when it is our turn, and leaves a beat that Health can read. A job's error ends only this turn."""
        if self.runtime.stopping.is_set() or not (always or self.lease):
            return
        started_at = self.runtime.clock()
        error: str | None = None
        try:
            job(self)
        except Exception as problem:  # the clock must go on; the beat and the log say what happened
            log.exception("job %s failed", name)
            error = type(problem).__name__
        if self.lease:
            self._tell(name, started_at, error)

    def _tell(self, name: str, started_at: datetime, error: str | None) -> None:
        """Half a minute between beats is enough to see a clock that stopped; an error is told at once."""
        now = time.monotonic()
        if error is None and now - self._told.get(name, -_TELL_EVERY) < _TELL_EVERY:
            return
        self._told[name] = now if error is None else -_TELL_EVERY
        try:
            with self.runtime.writing() as session:
                session.merge(
                    JobBeat(name=name, started_at=started_at, finished_at=self.runtime.clock(), error=error)
                )
        except Exception:  # a full disk must not stop the clock; the log has it
            log.exception("the beat of job %s could not be written", name)
