"""Run as a process of its own by the test beside it: takes webhook calls without end and applies them, until it is killed.

Arguments: the data folder, the token of a connection. Prints the number of each call once it was answered.
"""

import itertools
import sys
import threading
from datetime import timedelta
from pathlib import Path

from tests.hook_stage import event, said
from tests.hooked_provider import KEY, MODULE, OPEN_KEY, OPEN_MODULE
from tests.memory_provider import SCRIPTS, Script
from tests.sync_stage import booking
from webapp.integrations import registry
from webapp.integrations.kit.contract import Hit
from webapp.runtime import Runtime, shifted_clock
from webapp.services import hit_applying
from webapp.services.hit_reception import Answer, Reception
from webapp.services.installation import open_runtime
from webapp.services.throttling import Gate
from webapp.settings import Settings

MOST = 5_000


def main(folder: str, token: str) -> None:
    registry.PROVIDERS.update({KEY: MODULE, OPEN_KEY: OPEN_MODULE})
    SCRIPTS["Front office"] = script()
    settings = Settings.from_env({}, data_dir=Path(folder))
    runtime = open_runtime(settings, clock=shifted_clock(timedelta(0))).runtime
    threading.Thread(target=apply_without_end, args=(runtime,), daemon=True).start()
    reception = Reception(runtime, Gate())
    for number in itertools.count(1):
        body = said(event("booking.created", f"N{number}"))
        answer = reception.take(Hit({}, {}, body, runtime.clock()), token=token)
        assert answer is Answer.STORED
        print(number, flush=True)


def script() -> Script:
    return Script(single={f"N{number}": booking(f"N{number}") for number in range(1, MOST)})


def apply_without_end(runtime: Runtime) -> None:
    while True:
        hit_applying.process(runtime, 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
