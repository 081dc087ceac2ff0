"""Run as a process of its own by the tests beside it: syncs the first connection once.

Argument: seconds by which the clock is ahead (so that a dead process's claim has run out). The data folder and the
database come from the environment.
"""

import sys
from datetime import timedelta

from webapp.runtime import shifted_clock
from webapp.services.installation import open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings, process_environment


def main(ahead: str) -> int:
    settings = Settings.from_env(process_environment())
    runtime = open_runtime(settings, clock=shifted_clock(timedelta(seconds=float(ahead)))).runtime
    report = sync_once(runtime, 1)
    runtime.close()
    print(report.state.value, report.verdict, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
