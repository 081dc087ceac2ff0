"""The disk fills up in the middle of a sync and of calls: a clear word, nothing lost, and on it goes when there is room."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests import cast
from tests.chaos.house import (
    NETWORK,
    Caller,
    Hub,
    check_books,
    check_file,
    check_hits,
    eventually,
    open_house,
)
from tests.chaos.test_hits import digests
from tests.conftest import FixedClock
from tests.hook_stage import HookStage, hooked_provider
from tests.hook_stage import event as said_event
from tests.sync_stage import booking
from webapp.models import ConnectionState, RunState
from webapp.runtime import Runtime
from webapp.services import disk_space
from webapp.services.hit_reception import Answer
from webapp.settings import Settings

__all__ = ["hooked_provider"]

ROOM_BYTES = 12_000_000


class Lid:
    """Keeps SQLite's file from growing, as a full disk does; the driver's error is the same."""

    def __init__(self, hub: Runtime) -> None:
        self._engines = [hub._engine, hub._bulk_engine()]
        self._limit: int | None = None
        for engine in self._engines:
            event.listen(engine, "checkout", self._put_on)

    def close(self) -> None:
        with self._engines[0].connect() as connection:
            self._limit = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def open(self) -> None:
        self._limit = 1_000_000

    def _put_on(self, connection: Any, _entry: Any, _proxy: Any) -> None:
        if self._limit is not None:
            connection.execute(f"PRAGMA max_page_count={self._limit}").fetchall()


@pytest.fixture
def lid(hub: Runtime) -> Lid:
    return Lid(hub)


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("memory_provider", "hooked_provider")
def test_a_full_disk_is_told_in_words_and_passes(
    hub: Runtime, lid: Lid, clock: FixedClock, client_of: Callable[[cast.Character], cast.Browser]
) -> None:
    stage = HookStage(hub)
    stage.sync_of(booking("R1"))
    many = [booking(f"N{number}", notes="x" * 500) for number in range(3_000)]
    stage.tell(*many)
    lid.close()
    report = stage.sync()
    assert (report.state, report.fault and report.fault.code) == (RunState.FAILED, "disk_full")
    assert list(stage.bookings()) == ["R1"]
    lid.open()  # what is left of the log still takes a few small rows; here it is given back
    clock.advance(minutes=2)
    assert stage.sync().state is RunState.SUCCEEDED
    assert len(stage.bookings()) == 3_001
    assert stage.row().state == ConnectionState.HEALTHY
    check_file(hub)


@pytest.mark.sqlite_only
@pytest.mark.usefixtures("memory_provider", "hooked_provider")
def test_a_call_that_cannot_be_stored_is_not_acknowledged(hub: Runtime, lid: Lid) -> None:
    stage = HookStage(hub)
    lid.close()
    answers = [stage.call(said_event(number=f"R{number}", note="x" * 50_000)) for number in range(40)]
    assert answers[-1] is Answer.UNAVAILABLE
    assert len(stage.hits()) == answers.count(Answer.STORED)
    lid.open()
    assert stage.call(said_event()) is Answer.STORED


def test_health_says_that_the_disk_is_nearly_full(
    app: Flask,
    client_of: Callable[[cast.Character], cast.Browser],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(disk_space, "free_bytes", lambda _folder: 20_000_000)
    page = client_of(cast.IAN).get("/integrations/health").text
    assert "Only 20 MB are free" in page
    monkeypatch.setattr(disk_space, "free_bytes", lambda _folder: 0)
    assert "The disk is full" in client_of(cast.BEN).get("/integrations/health").text
    monkeypatch.setattr(disk_space, "free_bytes", lambda _folder: 10**10)
    assert "disk" not in client_of(cast.IAN).get("/integrations/health").text.lower()


# --- a real file system, where this machine lets us mount one -------------------------------------------------------


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here; the tests above stand in")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk; the tests above stand in")
def test_a_hub_on_a_small_disk_lives_through_it_and_goes_on(rounds: int, tmp_path: Path) -> None:
    if rounds < 2:
        pytest.skip("waits for a minute and more: part of ./run chaos")
    with small_disk(tmp_path / "disk") as disk:
        settings = Settings.from_env(NETWORK, data_dir=disk / "data")
        with open_house(settings, reservations=20_000) as house:
            hub = Hub(house)
            full = "SELECT count(*) FROM connection WHERE fault IS NOT NULL"
            assert eventually(lambda: disk_space.free_bytes(disk) < 200_000, 60), hub.output
            caller = Caller(hub.address, house.path())
            caller.send([house.body(serial, serial) for serial in range(200)])
            assert set(caller.statuses) <= {200, 503}
            assert digests(caller.acknowledged) <= house.digests()
            assert hub.get("/healthz") == 200
            assert hub.is_running
            told = house.count(full)
            subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
            done = "SELECT count(*) FROM sync_run WHERE state = 'succeeded'"
            assert eventually(lambda: house.count(done) == 1 and house.waiting_hits() == 0, 200), hub.output
            assert "database is locked" not in hub.output
            assert hub.end() == 0
            check_hits(house, digests(caller.acknowledged))
            check_books(house)
            assert told <= 1
