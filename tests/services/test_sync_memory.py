"""A first load needs no more memory for many bookings than for a few."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.sqlite_only
@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the kernel counts resident memory in other units"
)
def test_memory_stays_flat_and_below_two_hundred_mib(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.services.memory_of_a_sync", str(tmp_path / "data"), "20000"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    early, late = (int(number) / 1024 for number in ended.stdout.split())
    assert late < 200
    assert late - early < 40  # most of it the database's page cache, which has its limit
