"""A sync that is killed again and again, without warning, ends with exactly what the provider has."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.bulk import FIRST_GUEST, BulkHotel
from simulator.generate import build_world
from simulator.hotel import Guest, Hotel, Reservation
from simulator.server import Server, start
from tests import truth
from tests.chaos import sync_process
from tests.integrations.providers import custom_rest_credentials, recipe
from webapp.domain.stream import Stream
from webapp.models import Connection, RunState, SyncRun
from webapp.runtime import Runtime
from webapp.services import hotels
from webapp.services.adapters import seal_secrets
from webapp.services.hotels import NewHotel
from webapp.services.installation import open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings

ROOT = Path(__file__).parents[2]
RESERVATIONS = 20_000
PAGE = 500
KILLS = 20
HISTORY_DAYS = 400  # the bulk hotel has a year of it


@dataclass
class House:
    """A data folder with one connection to a bulk hotel."""

    settings: Settings
    server: Server

    @property
    def database(self) -> Path:
        return self.settings.data_dir / "hub.sqlite3"

    def stored(self) -> int:
        """How many bookings are committed, seen from outside."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM booking").fetchone()[0])

    def runtime(self) -> Runtime:
        return open_runtime(self.settings).runtime


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = Settings.from_env(sync_process.NETWORK, data_dir=tmp_path / "data")
    today = datetime.now(UTC).date()
    with start(build_world(today), bulk=RESERVATIONS) as server:
        given = custom_rest_credentials(server, recipe=recipe(PAGE))
        runtime = open_runtime(settings).runtime
        with runtime.writing() as session:
            now = runtime.clock()
            hotels.add_hotel(
                runtime, session, NewHotel("Hotel Aurora", "Europe/Zurich", "EUR"), business_date=today
            )
            session.add(
                Connection(
                    public_id=runtime.new_id("cn"),
                    provider="custom_rest",
                    name="Bulk",
                    options=dict(given.options),
                    credentials=seal_secrets(runtime, dict(given.secrets)),
                    streams=[Stream.BOOKINGS.value],
                    history_days=HISTORY_DAYS,
                    next_sync_at=now,
                    created_at=now,
                    changed_at=now,
                )
            )
        runtime.close()
        yield House(settings, server)


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


def compare(house: House, runtime: Runtime) -> None:
    """Every field of every booking, and the health of the file and its search index."""
    bulk = house.server.bulk
    assert bulk is not None
    first, last = bulk.today - timedelta(HISTORY_DAYS), bulk.today + timedelta(540)
    told = truth.told(Books(bulk), first, last)  # type: ignore[arg-type]  # the part of a register that is read
    stored = truth.stored(runtime, 1)
    assert len(told) == RESERVATIONS
    assert stored.keys() == told.keys()
    assert [number for number in told if told[number] != stored[number]] == []
    with runtime.writing() as session:
        database = session.connection()
        assert database.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert database.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        database.exec_driver_sql(
            "INSERT INTO booking_search(booking_search, rank) VALUES('integrity-check', 1)"
        )
        assert database.exec_driver_sql("SELECT count(*) FROM hub_event").scalar() == 0
        changes = database.exec_driver_sql("SELECT count(*), count(DISTINCT booking_id) FROM booking_change")
        assert changes.one() == (RESERVATIONS, RESERVATIONS)


def wait_for(house: House, count: int, process: subprocess.Popen[bytes], seconds: float = 20) -> None:
    ends_at = time.monotonic() + seconds
    tick = threading.Event()
    while house.stored() < count and process.poll() is None:
        assert time.monotonic() < ends_at, "the sync makes no progress"
        tick.wait(0.005)


def test_killed_twenty_times_nothing_is_lost_or_doubled(house: House) -> None:
    rng = random.Random(20260714)  # noqa: S311  # which instants, the same in every run
    marks = sorted(rng.sample(range(0, RESERVATIONS - 2 * PAGE, PAGE // 2), KILLS))
    for number, mark in enumerate(marks):
        command = [
            sys.executable,
            "-m",
            "tests.chaos.sync_process",
            str(house.settings.data_dir),
            str(number * 120),
        ]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            wait_for(house, mark, process)
            threading.Event().wait(
                rng.uniform(0, 0.05)
            )  # anywhere: in a request, in a transaction, in a commit
            process.send_signal(signal.SIGKILL)
            assert process.wait(5) == -signal.SIGKILL
    assert house.stored() < RESERVATIONS
    command[-1] = str(KILLS * 120)
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    assert ended.stdout.split()[0] == b"succeeded"
    runtime = house.runtime()
    try:
        compare(house, runtime)
        with runtime.reading() as session:
            states = [run.state for run in session.query(SyncRun).order_by(SyncRun.id)]
        assert states[-1] == RunState.SUCCEEDED
        assert set(states[:-1]) == {RunState.INTERRUPTED}
    finally:
        runtime.close()


def test_sigterm_ends_the_sync_at_a_pages_edge_within_five_seconds(house: House) -> None:
    environment = {**os.environ, **sync_process.NETWORK, "HOTEL_ASSISTANT_DATA": str(house.settings.data_dir)}
    with subprocess.Popen(
        [sys.executable, "scheduler.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        wait_for(house, 3 * PAGE, process)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5
    assert 0 < house.stored() < RESERVATIONS
    assert house.stored() % PAGE == 0
    runtime = house.runtime()
    try:
        with runtime.reading() as session:
            run = session.query(SyncRun).one()
            connection = session.get_one(Connection, 1)
        assert (run.state, connection.claimed_by) == (RunState.INTERRUPTED, None)
        assert sync_once(runtime, 1).state is RunState.SUCCEEDED
        compare(house, runtime)
    finally:
        runtime.close()
