"""The simulated hotel of the demo: a process of its own, started before the hub loads anything that takes time."""

import subprocess  # our own interpreter and fixed arguments
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from .output import CommandError

CALLS_PER_SECOND = 100
"""What it lets through, and a little more than the demo's recipe asks for: nobody waits for a pretend hotel's pace."""

TIMEZONE = "Europe/Zurich"  # of the built-in hotel


def built_in_date() -> date:
    """The business date on which the built-in hotel begins: the day it is there."""
    now = datetime.now(UTC)  # noqa: TID251  # before there is a runtime
    return now.astimezone(ZoneInfo(TIMEZONE)).date()


@contextmanager
def simulator(hotel_file: Path | None, today: date) -> Iterator[Callable[[], bytes]]:
    """Starts it, on the business date `today` unless a hotel is given; the call waits for its first line. It ends when its standard input closes, so it cannot outlive us."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--rate-limit", str(CALLS_PER_SECOND)]
    command += ["--hotel", str(hotel_file)] if hotel_file else ["--business-date", today.isoformat()]
    process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )

    def first_line() -> bytes:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise CommandError("The simulated hotel did not start; its own message stands above.")
        return line

    try:
        yield first_line
    finally:
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
