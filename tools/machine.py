"""What this machine offers: a Python that can make virtual environments, and the programs the tests drive."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

CANNOT_INSTALL = 3  # exit code: a Debian package is missing and this user may not install it


class Need(NamedTuple):
    """A Debian package and how to tell, without asking the package manager, that what it brings is there."""

    package: str
    is_present: Callable[[], bool]


class Missing(Exception):
    """Packages this user may not install; the text is the one line that puts it right."""


def chromium() -> str | None:
    """Path of the browser the end-to-end tests drive; CHROMIUM_PATH names another one."""
    named = os.environ.get("CHROMIUM_PATH")
    return named or shutil.which("chromium") or shutil.which("google-chrome")


def has_libatomic() -> bool:
    """Playwright's Node links against it; without it the error only speaks of a closed connection."""
    if sys.platform != "linux":
        return True
    folders = [Path(name) for name in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")]
    places = ("libatomic.so.1", "*/libatomic.so.1")
    return any(True for folder in folders for place in places for _ in folder.glob(place))


def postgres() -> str | None:
    """Path of the PostgreSQL server program; Debian keeps it off the PATH."""
    found = shutil.which("postgres")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found or (str(debian[-1]) if debian else None)


MAKE_VENV = (
    Need(
        f"python3.{sys.version_info.minor}-venv",
        lambda: all(importlib.util.find_spec(name) for name in ("ensurepip", "venv")),
    ),
)
RUN_TESTS = (
    Need("chromium", lambda: chromium() is not None),
    Need("libatomic1", has_libatomic),
    Need("postgresql", lambda: postgres() is not None),
)


def require(needs: Sequence[Need]) -> None:
    """Install the packages whose programs are absent; raises Missing where this user may not."""
    absent = [need.package for need in needs if not need.is_present()]
    if not absent:
        return
    root = _root_prefix()
    if shutil.which("apt-get") is None:
        raise Missing(f"Please install: {' '.join(absent)} (this machine has no apt-get)")
    install = f"apt-get install -y --no-install-recommends {' '.join(absent)}"
    if root is None:
        raise Missing(f"Please run: sudo apt-get update && sudo {install}")
    print(f"Debian packages: {' '.join(absent)} (once)", flush=True)
    _as_root(root, "apt-get update -qq")
    _as_root(root, install)


def _as_root(prefix: list[str], command: str) -> None:
    """Quietly, unless it fails; then what it said is worth reading."""
    words = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *command.split()]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, words)


def _root_prefix() -> list[str] | None:
    """How to run a command as root without a question: nothing, sudo -n, or None if there is no way."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None
