"""The simulated hotel of the demo: a process of its own, started before the hub loads anything that takes time."""

import subprocess  # our own interpreter and fixed arguments
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .output import CommandError

CALLS_PER_SECOND = 100
"""What it lets through, and a little more than the demo's recipe asks for: nobody waits for a pretend hotel's pace."""


@contextmanager
def simulator(hotel_file: Path | None) -> Iterator[Callable[[], bytes]]:
    """Starts it; the call waits for its first line. It ends when its standard input closes, so it cannot outlive us."""
    command = [sys.executable, "-m", "simulator", "--port", "0", "--rate-limit", str(CALLS_PER_SECOND)]
    if hotel_file is not None:
        command += ["--hotel", str(hotel_file)]
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
