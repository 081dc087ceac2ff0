"""Run as a process of its own by the test beside it: takes the same calls over and over in any order, and applies them.

Arguments: the token of a connection, a file with one call a line, how often each is delivered, the seed of the order,
and whether it applies "beside" the calls or "after" them, which is quicker.
Prints how many were answered, and "done" once all are applied. Data folder and database come from the environment.
"""

import itertools
import random
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from webapp.integrations.kit.contract import Hit
from webapp.runtime import Runtime
from webapp.services import hit_applying
from webapp.services.hit_reception import Answer, Reception
from webapp.services.installation import open_runtime
from webapp.services.throttling import Gate
from webapp.settings import Settings, process_environment

THREADS = 8


def main(token: str, file: str, times: str, seed: str, when: str) -> None:
    calls = Path(file).read_bytes().splitlines() * int(times)
    random.Random(seed).shuffle(calls)  # noqa: S311
    runtime = open_runtime(Settings.from_env(process_environment())).runtime
    reception = Reception(runtime, Gate())
    answered = itertools.count(1)
    senders = [
        threading.Thread(target=send, args=(reception, token, calls[number::THREADS], answered))
        for number in range(THREADS)
    ]
    for sender in senders:
        sender.start()
    if when == "after":
        for sender in senders:
            sender.join()
    apply_while(runtime, senders)
    runtime.close()
    print("done", flush=True)


def send(reception: Reception, token: str, calls: list[bytes], answered: "itertools.count[int]") -> None:
    for body in calls:
        hit = Hit({}, {}, body, datetime.now(UTC))
        assert reception.take(hit, token=token) is Answer.STORED
        if (number := next(answered)) % 100 == 0:
            print(number, flush=True)


def apply_while(runtime: Runtime, senders: list[threading.Thread]) -> None:
    are_sending = True
    while hit_applying.process(runtime, 1) or are_sending:
        are_sending = any(sender.is_alive() for sender in senders)


if __name__ == "__main__":
    main(*sys.argv[1:])
