"""Run as a process of its own by the test beside it: delivers what is due, without a lease, until nothing is left.

Arguments: seconds by which the clock is ahead (so that a dead process's claims have run out), and a name.
The data folder and the database come from the environment.
"""

import sys
import threading
from datetime import timedelta

from webapp.jobs.delivery_pool import DeliveryPool
from webapp.runtime import shifted_clock
from webapp.services.installation import open_runtime
from webapp.settings import Settings, process_environment

ROUNDS_WITHOUT_WORK = 10


def main(ahead: str, name: str) -> int:
    clock = shifted_clock(timedelta(seconds=float(ahead)))
    runtime = open_runtime(Settings.from_env(process_environment()), clock=clock).runtime
    pool, tick, idle = DeliveryPool(runtime, owner=name), threading.Event(), 0
    print("ready", flush=True)
    while idle < ROUNDS_WITHOUT_WORK:
        idle = 0 if pool.start_due() or pool.running else idle + 1
        tick.wait(0.02)
    runtime.close()
    print("done", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
