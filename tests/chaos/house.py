"""A hub over a bulk hotel, with real processes beside it: what they stored is compared with what the hotel knows."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Engine, create_engine, func, select, text

from simulator.bulk import FIRST_GUEST, BulkHotel
from simulator.generate import build_world
from simulator.hotel import Guest, Hotel, Reservation
from simulator.server import Server, start
from tests import truth
from tests.integrations.providers import custom_rest_credentials, recipe
from webapp.domain.stream import Stream
from webapp.models import Booking, BookingChange, Connection, Fact, WebhookHit
from webapp.runtime import Runtime
from webapp.services import hit_addresses, hotels
from webapp.services.adapters import seal_secrets
from webapp.services.hotels import NewHotel
from webapp.services.installation import open_runtime
from webapp.settings import Settings

ROOT = Path(__file__).parents[2]
NETWORK = {"PROVIDER_ALLOWED_NETWORKS": "127.0.0.1/32"}
HISTORY_DAYS = 400  # the bulk hotel has a year of it
_WEBHOOK = {
    "auth": {"kind": "none"},
    "event": "type",
    "event_id": "id",
    "id": "number",
    "events": {"changed": "reservation.updated"},
}


@dataclass
class Books:
    """A bulk hotel as the register that `truth` reads."""

    bulk: BulkHotel

    @property
    def hotel(self) -> Hotel:
        return self.bulk.hotel

    def reservations(self) -> Iterator[Reservation]:
        return (self.bulk.reservation(index) for index in range(self.bulk.count))

    def guest(self, key: str) -> Guest:
        return self.bulk.guest(int(key[1:]) - FIRST_GUEST)


@dataclass
class House:
    """A data folder whose connections, one or more, read the same bulk hotel; each has a secret webhook address."""

    settings: Settings
    server: Server
    tokens: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._looker: Engine = create_engine(self.settings.database_url, isolation_level="AUTOCOMMIT")

    @property
    def bulk(self) -> BulkHotel:
        found = self.server.bulk
        assert found is not None
        return found

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "HOTEL_ASSISTANT_DATA": str(self.settings.data_dir),
            "PYTHONUNBUFFERED": "1",
            "PYTHONFAULTHANDLER": "1",
        }
        if not self.settings.uses_sqlite:
            own["DATABASE_URL"] = self.settings.database_url
        return {**os.environ, **NETWORK, **own}

    def runtime(self) -> Runtime:
        return open_runtime(self.settings).runtime

    def count(self, statement: str) -> int:
        """What is committed, seen from outside."""
        with self._looker.connect() as connection:
            return int(connection.execute(text(statement)).scalar_one())

    def stored(self) -> int:
        return self.count("SELECT count(*) FROM booking")

    def waiting_hits(self) -> int:
        return self.count("SELECT count(*) FROM webhook_hit WHERE state = 'waiting'")

    def digests(self) -> set[str]:
        with self._looker.connect() as connection:
            return set(connection.execute(text("SELECT digest FROM webhook_hit")).scalars())

    def path(self, number: int = 0) -> str:
        return f"{hit_addresses.SHARED_PATH}/{self.tokens[number]}"

    def body(self, serial: int, index: int) -> bytes:
        """A call of the provider: reservation `index` changed. Equal serials are the same event."""
        return msgspec.json.encode({"id": f"e{serial}", "type": "changed", "number": self.bulk.number(index)})

    def close(self) -> None:
        self._looker.dispose()


@contextmanager
def open_house(
    settings: Settings, *, reservations: int, page: int = 500, connections: int = 1, is_due: bool = True
) -> Iterator[House]:
    today = datetime.now(UTC).date()
    with start(build_world(today), bulk=reservations, vendors=[]) as server:
        house = House(settings, server)
        given = custom_rest_credentials(server, recipe=recipe(page, webhook=_WEBHOOK))
        runtime = house.runtime()
        with runtime.writing() as session:
            now = runtime.clock()
            hotels.add_hotel(
                runtime, session, NewHotel("Hotel Aurora", "Europe/Zurich", "EUR"), business_date=today
            )
            for number in range(connections):
                row = Connection(
                    public_id=runtime.new_id("cn"),
                    provider="custom_rest",
                    name=f"Bulk {number}",
                    role="primary" if number == 0 else "shadow",
                    options=dict(given.options),
                    credentials=seal_secrets(runtime, dict(given.secrets)),
                    streams=[Stream.BOOKINGS.value],
                    history_days=HISTORY_DAYS,
                    frequency_minutes=60,
                    next_sync_at=now if is_due else None,
                    created_at=now,
                    changed_at=now,
                )
                session.add(row)
                session.flush()
                house.tokens.append(hit_addresses.add(runtime, session, row).token)
        runtime.close()
        yield house
        house.close()


def check_books(house: House, *, connections: int = 1, facts: int = 0) -> None:
    """Every field of every booking; one "created" per booking; facts as many as said and none twice; a sound file."""
    first, last = house.bulk.today - timedelta(HISTORY_DAYS), house.bulk.today + timedelta(540)
    told = truth.told(Books(house.bulk), first, last)  # type: ignore[arg-type]  # the part of a register that is read
    runtime = house.runtime()
    try:
        for number in range(connections):
            stored = truth.stored(runtime, number + 1)
            assert stored.keys() == told.keys()
            assert [key for key in told if told[key] != stored[key]] == []
        with runtime.reading() as session:
            made = select(func.count(), func.count(BookingChange.booking_id.distinct())).where(
                BookingChange.field == "created"
            )
            bookings = session.scalar(select(func.count()).select_from(Booking))
            assert tuple(session.execute(made).one()) == (bookings, bookings)
            assert session.scalar(select(func.count()).select_from(Fact)) == facts
        if runtime.dialect == "sqlite":
            check_file(runtime)
    finally:
        runtime.close()


def check_file(runtime: Runtime) -> None:
    with runtime.writing() as session:
        database = session.connection()
        assert database.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert database.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        search = "INSERT INTO booking_search(booking_search, rank) VALUES('integrity-check', 1)"
        database.exec_driver_sql(search)


def check_hits(house: House, serials: set[str]) -> None:
    """Exactly these calls are stored, and each came to its end."""
    assert house.digests() >= serials
    assert house.waiting_hits() == 0
    assert house.count("SELECT count(*) FROM webhook_hit WHERE state = 'failed'") == 0
    runtime = house.runtime()
    with runtime.reading() as session:
        counted = select(WebhookHit.digest, func.count()).group_by(WebhookHit.digest)
        assert {count for _digest, count in session.execute(counted)} <= {1}
    runtime.close()


# --- processes --------------------------------------------------------------------------------------------------------


class Process:
    """A Python of its own whose output is read to its end, so that a chatty one never waits."""

    def __init__(self, house: House, *arguments: str) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=house.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        if self.is_running:
            self._process.send_signal(number)
        return self.wait(seconds)

    def wait(self, seconds: float = 60) -> int:
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)  # each thread says where it stands (PYTHONFAULTHANDLER)
            self._process.wait(10)
            self._reader.join(5)
            raise AssertionError(f"it did not end within {seconds:g} s\n{self.output}") from None
        self._reader.join(5)
        if self._process.stdout:
            self._process.stdout.close()
        return code

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.lines.append(line)


class Hub(Process):
    """`hotel-assistant serve` on a free port."""

    def __init__(self, house: House, *arguments: str) -> None:
        super().__init__(house, "-m", "webapp", "serve", "--port", "0", *arguments)
        assert eventually(lambda: "is at http" in self.output or not self.is_running, 90), self.output
        found = re.search(r"is at (http://\S+)", self.output)
        assert found, self.output
        self.address = urlsplit(found[1]).netloc

    def get(self, path: str) -> int:
        with calling(self.address) as connection:
            connection.request("GET", path)
            return connection.getresponse().status


@contextmanager
def calling(address: str) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


@dataclass
class Caller:
    """A provider that calls from several threads; what was answered with 200 is acknowledged."""

    address: str
    path: str
    acknowledged: set[bytes] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def send(self, bodies: Sequence[bytes], threads: int = 8) -> None:
        """Ends when all are answered, or when the hub is gone."""
        shares = [bodies[number::threads] for number in range(threads)]
        workers = [threading.Thread(target=self._send, args=(share,)) for share in shares]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _send(self, bodies: Sequence[bytes]) -> None:
        with calling(self.address) as connection:
            for body in bodies:
                began = time.perf_counter()
                try:
                    connection.request("POST", self.path, body)
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    return  # killed: what was not answered may be sent again
                self.seconds.append(time.perf_counter() - began)
                self.statuses.append(answer.status)
                if answer.status == 200:
                    self.acknowledged.add(body)


def eventually(is_so: Callable[[], bool], seconds: float = 60.0) -> bool:
    ends_at = time.monotonic() + seconds
    tick = threading.Event()
    while not is_so():
        if time.monotonic() > ends_at:
            return False
        tick.wait(0.01)
    return True
