"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, and databases in it, new or copied."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text

from webapp.settings import Settings

from .kept import Start, make

TEMPLATE = "kept"
SWEEPER = "sweeper"  # what our own connections are called
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
    """Databases of one server, each for one test. Making one takes 150 ms, two thirds of a usual test; so a hub's
    database is swept and lent again: its rows are taken out, and those of its start put back. One connection to each
    is kept, since a new one learns all tables anew before it sweeps them."""

    def __init__(self, server_url: str, kept: Path, now: datetime) -> None:
        self._url = server_url
        self._kept = kept / "data"  # the key file that belongs to all hubs
        self._now = now
        self._server: Engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
        self._names = count(1)
        self._free: list[str] = []
        self._kept_open: dict[str, Connection] = {}
        self._sweeps: dict[Start, str] = {}
        self._tables: list[str] = []

    @contextmanager
    def lent(self, start: Start | None, data_dir: Path) -> Iterator[str]:
        """The address of an empty database, or of a hub's, whose key file is put into `data_dir`."""
        if start is None:
            name = self._make()
            yield self._at(name)
            self._drop(name)
            return
        if not self._sweeps:
            self._make_template()
        name = self._free.pop() if self._free else self._make(f"TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        self._sweep(name, start)
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copy(self._kept / "secret.key", data_dir)
        yield self._at(name)
        self._hang_up(name)
        if self._is_whole(name):
            self._free.append(name)
        else:
            self._drop(name)

    def close(self) -> None:
        for name in list(self._kept_open):
            self._let_go(name)
        self._server.dispose()

    def _make(self, how: str = "") -> str:
        name = f"t{next(self._names)}"
        self._tell(f'CREATE DATABASE "{name}" {how}')
        return name

    def _make_template(self) -> None:
        """A claimed hub, in which each start's rows are kept in a schema of that name."""
        self._tell(f"CREATE DATABASE {TEMPLATE}")
        settings = Settings.from_env({"DATABASE_URL": self._at(TEMPLATE)}, data_dir=self._kept)
        for start in Start:
            make(start, settings, self._now)
            with self._in(TEMPLATE) as database:
                self._sweeps[start] = _keep_rows(database, start)
                self._tables = _tables(database)

    def _sweep(self, name: str, start: Start) -> None:
        with self._connection(name).begin():
            self._connection(name).exec_driver_sql(self._sweeps[start])

    def _is_whole(self, name: str) -> bool:
        with self._connection(name).begin():
            return _tables(self._connection(name)) == self._tables

    def _hang_up(self, name: str) -> None:
        """Whatever a test has left open, and holds locks perhaps."""
        theirs = f"datname = '{name}' AND application_name <> '{SWEEPER}'"
        self._tell(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {theirs}")  # noqa: S608

    def _drop(self, name: str) -> None:
        self._let_go(name)
        self._tell(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _connection(self, name: str) -> Connection:
        if name not in self._kept_open:
            address = f"{self._at(name)}&application_name={SWEEPER}"
            self._kept_open[name] = create_engine(address, poolclass=NullPool).connect()
        return self._kept_open[name]

    def _let_go(self, name: str) -> None:
        kept = self._kept_open.pop(name, None)
        if kept is not None:
            kept.close()

    def _at(self, name: str) -> str:
        return self._url.replace("/postgres?", f"/{name}?")

    @contextmanager
    def _in(self, name: str) -> Iterator[Connection]:
        engine = create_engine(self._at(name), poolclass=NullPool)
        with engine.begin() as connection:
            yield connection

    def _tell(self, statement: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(statement))


def _tables(database: Connection) -> list[str]:
    return sorted(inspect(database).get_table_names())


def _keep_rows(database: Connection, start: Start) -> str:
    """Copies all rows into a schema of that name; gives back the statements that bring them back."""
    database.execute(text(f"CREATE SCHEMA {start}"))
    tables = _tables(database)
    statements = ["SET session_replication_role = replica"]  # no foreign key minds the order
    statements += [f"DELETE FROM public.{table}" for table in tables]  # noqa: S608
    for table in tables:
        if database.scalar(text(f"SELECT count(*) FROM public.{table}")):  # noqa: S608
            database.execute(text(f"CREATE TABLE {start}.{table} AS TABLE public.{table}"))
            statements.append(f"INSERT INTO public.{table} SELECT * FROM {start}.{table}")  # noqa: S608
    sequences = "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'public'"
    for sequence, last in database.execute(text(sequences)):
        statements.append(f"SELECT setval('public.{sequence}', {last or 1}, {bool(last)})")
    return "; ".join(statements)


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
