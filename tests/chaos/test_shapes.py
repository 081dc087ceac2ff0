"""Threads that meet a provider's types for the first time at the same moment do not crash the process."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_eight_threads_that_open_a_provider_at_once_do_not_crash_the_process() -> None:
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.chaos.open_at_once"]
    for _ in range(4):
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert ended.returncode == 0, ended.stderr[-2000:]
