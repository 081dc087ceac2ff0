"""Run as a process of its own by the tests beside it: ticks like the clock, but without a lease, until nothing is due.

Arguments: seconds by which the clock is ahead (so that a dead process's claims have run out), and a name.
The data folder and the database come from the environment.
"""

import sys
import threading
from datetime import timedelta

from webapp.jobs.hit_pool import HitPool
from webapp.jobs.sync_pool import SyncPool
from webapp.runtime import Runtime, shifted_clock
from webapp.services.installation import open_runtime
from webapp.settings import Settings, process_environment

ROUNDS_WITHOUT_WORK = 10


def main(ahead: str, name: str) -> int:
    clock = shifted_clock(timedelta(seconds=float(ahead)))
    runtime = open_runtime(Settings.from_env(process_environment()), clock=clock).runtime
    print("ready", flush=True)
    work(runtime, SyncPool(runtime, owner=name), HitPool(runtime, owner=name))
    runtime.close()
    print("done", flush=True)
    return 0


def work(runtime: Runtime, syncs: SyncPool, hits: HitPool) -> None:
    idle, tick = 0, threading.Event()
    while idle < ROUNDS_WITHOUT_WORK:
        started = syncs.start_due() + hits.start_due()
        idle = 0 if started or syncs.running or hits.running else idle + 1
        tick.wait(0.02)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
