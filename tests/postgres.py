"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, and databases in it, new or copied."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from webapp.services.installation import open_runtime
from webapp.settings import Settings

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


class Databases:
    """Databases of one server, each for one test. A copy of an opened hub is made in a third of the time of a new one."""

    TEMPLATE = "opened_hub"

    def __init__(self, server_url: str, key_folder: Path, now: datetime) -> None:
        self._url = server_url
        self._key_folder = key_folder
        self._now = now
        self._server: Engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
        self._has_template = False

    def url(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?")

    def make_empty(self, name: str) -> None:
        self._tell(f'CREATE DATABASE "{name}"')

    def make_opened(self, name: str, data_dir: Path) -> None:
        """A hub as after its first start: migrated, unclaimed, with its key file in `data_dir`."""
        if not self._has_template:
            self.make_empty(self.TEMPLATE)
            env = {"DATABASE_URL": self.url(self.TEMPLATE)}
            settings = Settings.from_env(env, data_dir=self._key_folder)
            open_runtime(settings, clock=lambda: self._now).runtime.close()
            self._has_template = True
        self._tell(f'CREATE DATABASE "{name}" TEMPLATE {self.TEMPLATE} STRATEGY FILE_COPY')
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(self._key_folder / "secret.key", data_dir)

    def drop(self, name: str) -> None:
        self._tell(f'DROP DATABASE "{name}" WITH (FORCE)')

    def close(self) -> None:
        self._server.dispose()

    def _tell(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))


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
            yield f"postgresql+psycopg://hub@/postgres?host={folder}"
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
