"""Makes .venv from a hash lock, and knows when there is nothing to do."""

import hashlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools import machine

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin/python"
STAMP = VENV / ".installed"
LOCKS = {"app": ("app.txt",), "dev": ("app.txt", "dev.txt")}


def prepare(lock: str) -> None:
    """Bring .venv to the given lock, "app" or "dev". The dev lock holds the whole app lock, so it serves for both."""
    if fingerprint(lock) in _stamped():
        return
    _make_venv()
    print(f"Python packages: requirements/{lock}.txt (the first time takes a while)", flush=True)
    began = time.monotonic()
    install(PYTHON, lock)
    covered = ("app", "dev") if lock == "dev" else ("app",)
    STAMP.write_text("".join(fingerprint(name) + "\n" for name in covered), encoding="ascii")
    print(f"Python packages: ready after {time.monotonic() - began:.0f} s", flush=True)


def install(python: Path, lock: str) -> None:
    """pip refuses every file whose hash the lock does not name, and anything that would run a build."""
    subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
         "--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / f"requirements/{lock}.txt")],
        check=True,
    )  # fmt: skip


def fingerprint(lock: str) -> str:
    """Digest of what an installation depends on: the lock, the interpreter behind .venv, this script."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in LOCKS[lock]:
        digest.update((ROOT / "requirements" / name).read_bytes())
    if PYTHON.exists():
        real = PYTHON.resolve()
        digest.update(f"{real} {real.stat().st_size} {real.stat().st_mtime_ns}".encode())
    return f"{lock} {digest.hexdigest()}"


def _stamped() -> list[str]:
    return STAMP.read_text(encoding="ascii").splitlines() if STAMP.exists() else []


def _make_venv() -> None:
    """Make .venv unless a working one is there; one left behind by an upgraded Python is made anew."""
    if _works(PYTHON):
        return
    machine.require(machine.MAKE_VENV)
    if VENV.exists():
        shutil.rmtree(VENV)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def _works(python: Path) -> bool:
    probe = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(python), "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
