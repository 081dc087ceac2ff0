"""Runs the clock alone, for installations whose web processes start with `--no-scheduler`: `python scheduler.py`."""

import signal
import sys
import threading
from types import FrameType

from webapp.jobs import clock
from webapp.services.installation import InstallationError, open_runtime
from webapp.settings import Settings, SettingsError, process_environment
from webapp.vault import VaultError


def main() -> int:
    """Ticks until SIGTERM or Ctrl-C; pages that are being written are finished first."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        runtime = open_runtime(Settings.from_env(process_environment())).runtime
    except (InstallationError, SettingsError, VaultError) as error:
        print(error, file=sys.stderr)
        return 1
    running = clock.start(runtime)
    print("The clock is running.", flush=True)
    try:
        ended.wait()
    finally:
        running.stop()
        runtime.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
