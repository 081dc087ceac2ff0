"""The demo as a process, when its pretend hotel fails it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_demo_whose_hotel_does_not_start_ends_and_says_so(tmp_path: Path) -> None:
    """Its pages are open by then: the hotel is connected beside them."""
    broken = tmp_path / "simulator"
    broken.mkdir()
    (broken / "__init__.py").touch()
    (broken / "__main__.py").write_text("raise SystemExit('no hotel today')", encoding="ascii")
    done = subprocess.run(
        [sys.executable, "-m", "webapp", "demo", "--port", "0", "--data", str(tmp_path / "data")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "AI Hotel Assistant is at http" in done.stdout
    assert "no hotel today" in done.stderr
    assert "hotel-assistant: The simulated hotel did not start" in done.stderr
    assert "Traceback" not in done.stderr
