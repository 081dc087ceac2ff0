"""Builds the wheel a hotel installs, and proves that it starts on its own."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import machine
from tools.environment import PYTHON, ROOT, install

DIST = ROOT / "dist"


def build() -> Path:
    """One wheel in dist/, and the locks that belong to it.

    Hatchling gives every file the same date, so one tree makes one wheel, byte for byte.
    """
    for old in DIST.glob("ai_hotel_assistant-*.whl"):
        old.unlink()
    subprocess.run(
        [str(PYTHON), "-m", "hatchling", "build", "-t", "wheel", "-d", str(DIST)],
        cwd=ROOT, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    for lock in ("app", "postgres"):
        shutil.copyfile(ROOT / f"requirements/{lock}.txt", DIST / f"{lock}.txt")
    return next(DIST.glob("ai_hotel_assistant-*.whl"))


def prove(wheel: Path) -> str:
    """Install the wheel on the app lock, away from the repository; returns the first line of its help."""
    machine.require(machine.MAKE_VENV)
    with tempfile.TemporaryDirectory() as scratch:
        python = Path(scratch, "venv/bin/python")
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        install(python, "app")
        own = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", str(wheel)]
        subprocess.run([str(python), "-m", "pip", "install", *own], check=True)
        told = subprocess.run(
            [str(python.parent / "hotel-assistant"), "--help"],
            cwd=scratch, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return told.stdout.splitlines()[0]


def main() -> None:
    wheel = build()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    print(f"{wheel.stat().st_size / 1e6:.1f} MB, sha256 {digest}", flush=True)
    print(f"installed alone, it answers: {prove(wheel)}", flush=True)
