"""Starts and stops the clock: APScheduler hands the jobs of the schedule to threads, a nudge wakes it in between."""

import logging
import threading
import time
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from webapp.domain import shapes
from webapp.runtime import Runtime, system_clock
from webapp.services import leases

from .schedule import SCHEDULE, Entry, beat, compare_with_providers, deliver, process_hits, sync_due
from .shift import Shift
from .sync_pool import SyncPool

log = logging.getLogger(__name__)
wall_time = time.time
_JUMP = 5.0  # seconds by which a clock must be set back before plans are made anew

_NUDGED_AGAIN = 0.1  # seconds in which a burst of webhook calls asks only once what is due

SOON = 60
"""Jobs as frequent as this have their first turn at once: a hub that starts is looked at first."""


class RunningClock:
    """A clock that ticks until `stop`."""

    def __init__(self, shift: Shift, scheduler: BackgroundScheduler) -> None:
        self.shift = shift
        self._scheduler = scheduler
        self._nudger = threading.Thread(target=self._listen, name="nudge", daemon=True)
        self._nudger.start()

    def stop(self) -> None:
        """The flag first, which jobs read at page edges; then their ends are waited for. A second call does nothing."""
        runtime = self.shift.runtime
        runtime.stopping.set()
        runtime.nudge.ring()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._nudger.join()
        self.shift.pool.stop()
        self.shift.hits.stop()
        self.shift.queues.stop()
        self.shift.deliveries.stop()
        self.shift.truth.stop()
        if self.shift.lease:
            leases.release(runtime, self.shift.lease)
            self.shift.lease = None

    def _listen(self) -> None:
        runtime = self.shift.runtime
        ahead = wall_time() - time.monotonic()
        while not runtime.stopping.is_set():
            before, ahead = ahead, wall_time() - time.monotonic()
            if ahead < before - _JUMP:
                self._plan_anew()
            if runtime.nudge.wait(1.0):
                self.shift.work("process_hits", process_hits)
                self.shift.work("sync_due", sync_due)
                self.shift.work("deliver", deliver)
                runtime.stopping.wait(_NUDGED_AGAIN)
                self.shift.work("compare_with_providers", compare_with_providers)

    def _plan_anew(self) -> None:
        """The machine's clock was set back: what was planned by the old time would stand still until it comes again."""
        log.warning("the machine's clock was set back; the jobs are planned anew")
        for entry in SCHEDULE:
            self._scheduler.reschedule_job(entry.name, trigger=_every(entry))


def start(runtime: Runtime, *, owner: str | None = None) -> RunningClock:
    """A clock in threads of this process. While another process holds the lease it stays idle and tries again."""
    shapes.make_ready()
    shift = Shift(runtime, SyncPool(runtime), owner or leases.process_name())
    scheduler = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(SCHEDULE))},
        job_defaults={"coalesce": True, "max_instances": 1},
    )
    for entry in SCHEDULE:
        scheduler.add_job(
            shift.work,
            _every(entry),
            args=(entry.name, entry.job),
            kwargs={"always": entry.job is beat},
            id=entry.name,
            misfire_grace_time=entry.grace,
            **({"next_run_time": system_clock()} if entry.every <= SOON else {}),
        )
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # a line every five seconds helps nobody
    logging.getLogger("apscheduler.scheduler").addFilter(_is_news)
    shift.work("beat", beat, always=True)  # now, not after the first interval
    scheduler.start()
    runtime.nudge.ring()
    return RunningClock(shift, scheduler)


def _is_news(record: logging.LogRecord) -> bool:
    """That a turn is left out while the last one still works (a first start counts a million log lines) is no fault
    of the hub, and APScheduler has no setting for it; a job that stays away is told by Health.
    """
    return "maximum number of running instances" not in str(record.msg)


def _every(entry: Entry) -> IntervalTrigger:
    return IntervalTrigger(seconds=entry.every, timezone=UTC)
