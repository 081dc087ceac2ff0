"""Run as a process of its own by the test beside it: reads an event queue and dies between an answer and its storing.

Arguments: the data folder, how many answers are stored before.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from tests import queue_provider
from tests.memory_provider import SCRIPTS, Script
from tests.queue_provider import KEY, MODULE
from webapp.integrations import registry
from webapp.runtime import shifted_clock
from webapp.services import event_queues
from webapp.services.installation import open_runtime
from webapp.settings import Settings


def main(folder: str, stored: str) -> None:
    registry.PROVIDERS[KEY] = MODULE
    SCRIPTS["Front office"] = Script()
    queue_provider.between[:] = [lambda: None] * int(stored) + [die]
    settings = Settings.from_env({}, data_dir=Path(folder))
    runtime = open_runtime(settings, clock=shifted_clock(timedelta(0))).runtime
    event_queues.drain(runtime, 1)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
