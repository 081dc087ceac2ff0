"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, reached over a unix socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

UNPRIVILEGED = ("postgres", "nobody")  # initdb refuses root


class PostgresMissing(Exception):
    """No server programs on this machine."""


def find_programs() -> Path:
    """The folder with initdb and postgres. Raises PostgresMissing."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    folders = [*reversed(debian), *([Path(on_path).parent] if on_path else []), Path("/usr/local/bin")]
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_ctl")):
            return folder
    raise PostgresMissing("PostgreSQL's server programs were not found; ./run test installs them when it may")


@contextmanager
def running_server() -> Iterator[str]:
    """The address of a database in a new cluster, which is gone afterwards. Raises PostgresMissing."""
    programs = find_programs()
    # Not pytest's folder: another user must be able to walk into it, and a socket's path has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user, prefix = _other_user()
    try:
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        _run(
            [
                *prefix,
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "hub",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "-N",
            ]
        )
        options = (
            f"-c listen_addresses='' -k {folder} -c fsync=off -c full_page_writes=off -c shared_buffers=32MB"
        )
        control = [*prefix, str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-s"]
        _run([*control, "-w", "-o", options, "start"])
        try:
            yield f"postgresql://hub@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> tuple[str | None, list[str]]:
    if os.geteuid() != 0:
        return None, []
    for name in UNPRIVILEGED:
        if subprocess.run(["id", name], capture_output=True, check=False).returncode == 0:
            return name, ["runuser", "-u", name, "--"]
    raise PostgresMissing("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _run(command: list[str]) -> None:
    # pg_ctl leaves the server running with its outputs: a pipe would be waited for until that ends.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_plain(),
            check=False,
        )
        if done.returncode != 0:
            output.seek(0)
            raise RuntimeError(f"{command} failed: {output.read().decode(errors='replace')}")


def _plain() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
