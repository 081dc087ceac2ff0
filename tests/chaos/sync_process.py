"""Run as a process of its own by the tests beside it: opens a data folder and syncs its connection once.

Arguments: the data folder, seconds by which the clock is ahead (so that a dead process's claim has run out).
"""

import sys
from datetime import timedelta
from pathlib import Path

from webapp.runtime import shifted_clock
from webapp.services.installation import open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings

NETWORK = {"PROVIDER_ALLOWED_NETWORKS": "127.0.0.1/32"}


def main(folder: str, ahead: str) -> int:
    settings = Settings.from_env(NETWORK, data_dir=Path(folder))
    runtime = open_runtime(settings, clock=shifted_clock(timedelta(seconds=float(ahead)))).runtime
    report = sync_once(runtime, 1)
    runtime.close()
    print(report.state.value, report.verdict, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
