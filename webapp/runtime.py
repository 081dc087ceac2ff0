"""Runtime: what a process works with. Settings, vault, clock, the database's two kinds of session, the network policy."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from .domain import ids
from .integrations.kit.guard import NetworkPolicy
from .settings import Settings
from .vault import Vault

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def shifted_clock(offset: timedelta) -> Clock:
    """A demo of a stored hotel lives in that hotel's now."""
    return lambda: datetime.now(UTC) + offset


@dataclass(slots=True)
class Nudge:
    """Wakes the clock inside this process, so that "Sync now" starts at once instead of at the next tick."""

    _event: threading.Event = field(default_factory=threading.Event)

    def ring(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """True when it rang."""
        rang = self._event.wait(seconds)
        self._event.clear()
        return rang


class RightOfWay:
    """Lets writers that somebody waits for go before the pages of a sync: SQLite's own lock knows no order."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = 0
        self._taken_at = -math.inf

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Around a short write of somebody who is being waited for."""
        with self._changed:
            self._waiting += 1
            self._taken_at = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                if not self._waiting:
                    self._changed.notify_all()

    def was_taken(self, seconds: float) -> bool:
        """Within the last `seconds`: the next one may come at any moment."""
        return time.monotonic() - self._taken_at < seconds

    def give(self, seconds: float) -> bool:
        """Before a write that can wait: returns when nobody is waited for, True, or after `seconds`, False."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, seconds)


class Runtime:
    """Made once per process (see services.installation.open_runtime); closed with `close()`."""

    def __init__(
        self, settings: Settings, vault: Vault, *, clock: Clock = system_clock, engine: Engine | None = None
    ) -> None:
        self.settings = settings
        self.vault = vault
        self.clock = clock
        self.nudge = Nudge()
        self.right_of_way = RightOfWay()
        self.stopping = threading.Event()
        self.network = NetworkPolicy(
            allowed_networks=settings.provider_allowed_networks, allowed_hosts=settings.allowed_endpoint_hosts
        )
        self.outgoing_network = NetworkPolicy(allowed_networks=settings.webhook_allowed_networks)
        self.own_ports: frozenset[int] = frozenset()  # that this process listens on, once it does
        self.neighbours: tuple[float, frozenset[int]] = (-math.inf, frozenset())  # kept by services.listeners
        self.before_close: list[Callable[[], None]] = []  # what is only in memory is written
        self._engine = engine or make_engine(settings.database_url)
        self._writer = self._engine.execution_options(begin="IMMEDIATE")
        # SQLite's readers keep their view by themselves; PostgreSQL's would see each commit of others in between.
        self._reader = (
            self._engine
            if self.dialect == "sqlite"
            else self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        self._bulk: Engine | None = None
        self._bulk_reader: Engine | None = None
        self._bulk_lock = threading.Lock()

    @property
    def dialect(self) -> str:
        """sqlite | postgresql"""
        return self._engine.dialect.name

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """For queries: one consistent view, nothing is written."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """For commands: takes SQLite's write lock at BEGIN (a deferred one loses updates), commits at the end.

        On PostgreSQL a read that is to be changed must ask for its row with `with_for_update=True`.
        """
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.connection()
            yield session

    @contextmanager
    def bulk_writing(self) -> Iterator[DatabaseConnection]:
        """For what a sync writes: like `writing`, but a power cut may lose the last of it, which a re-sync brings back."""
        with self._bulk_engine().begin() as connection:
            yield connection

    @contextmanager
    def bulk_ending(self) -> Iterator[DatabaseConnection]:
        """The last write of a sync: puts all of it on the disk.

        Over the same connections, because SQLite's forget what they read of the file when another one has written.
        """
        with self._bulk_engine().connect() as connection, _synchronous(connection), connection.begin():
            yield connection

    @contextmanager
    def bulk_reading(self) -> Iterator[DatabaseConnection]:
        """For the questions of a sync between its transactions; takes no lock."""
        engine = self._bulk_engine()
        with (self._bulk_reader or engine).connect() as connection:
            yield connection

    def new_id(self, prefix: str) -> str:
        return ids.public_id(prefix, int(self.clock().timestamp() * 1000))

    def close(self) -> None:
        while self.before_close:
            self.before_close.pop()()
        self._engine.dispose()
        if self._bulk is not None:
            self._bulk.dispose()

    def _bulk_engine(self) -> Engine:
        with self._bulk_lock:
            if self._bulk is None:
                if self.dialect == "sqlite":
                    self._bulk = make_engine(self.settings.database_url, synchronous="NORMAL", **_FOR_PAGES)
                    self._bulk_reader = self._bulk.execution_options(begin="DEFERRED")
                    self._bulk = self._bulk.execution_options(begin="IMMEDIATE")
                else:
                    self._bulk = self._engine
            return self._bulk


@contextmanager
def _synchronous(connection: DatabaseConnection) -> Iterator[None]:
    """Around a transaction of a connection that otherwise leaves the moment of writing to the machine."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous=NORMAL")


# A page of a first load dirties a thousand database pages: with the usual 1,000 each commit would copy the log back.
_FOR_PAGES = {"cache_kb": 32_000, "checkpoint_pages": 4_000}


def make_engine(
    url: str, *, synchronous: str = "FULL", cache_kb: int = 16_000, checkpoint_pages: int = 1_000
) -> Engine:
    """An engine with the hub's pragmas; on SQLite the driver starts no transaction of its own."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=24, max_overflow=8, pool_pre_ping=True)
    engine = create_engine(
        url, connect_args={"isolation_level": None, "check_same_thread": False}, pool_size=24, max_overflow=8
    )

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            "busy_timeout=15000",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            f"cache_size=-{cache_kb}",
            f"wal_autocheckpoint={checkpoint_pages}",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: DatabaseConnection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")

    return engine
