"""A sync that is killed again and again, without warning, ends with exactly what the provider has."""

import random
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from simulator.faults import Fault, FaultKind
from tests.chaos.house import ROOT, House, Process, check_books, eventually, open_house
from webapp.models import Connection, RunState, SyncRun
from webapp.services.syncing import sync_once
from webapp.settings import Settings

PAGE = 500
RESERVATIONS = 8_000
KILLS = {True: 7, False: 2}  # times the rounds: on SQLite, where no server survives the kill; on PostgreSQL


@pytest.fixture
def house(place: Settings) -> Iterator[House]:
    with open_house(place, reservations=RESERVATIONS, page=PAGE) as found:
        yield found


@pytest.fixture
def small_house(place: Settings) -> Iterator[House]:
    """Large enough to be met in the middle of its load."""
    with open_house(place, reservations=6_000, page=PAGE) as found:
        yield found


def reach(house: House, count: int, process: Process) -> None:
    reached = eventually(lambda: house.stored() >= count or not process.is_running, 60)
    assert reached, "the sync makes no progress"


def slow(milliseconds: int) -> Fault:
    """Each page takes a while, so that a busy machine too comes in time to strike before the last one."""
    return Fault(kind=FaultKind.SLOW, match="/reservations", ms=milliseconds)


def test_killed_again_and_again_nothing_is_lost_or_doubled(
    house: House, rng: random.Random, rounds: int
) -> None:
    kills = KILLS[house.settings.uses_sqlite] * min(rounds, 3)
    marks = sorted(rng.randrange(0, house.bulk.count * 2 // 3) for _ in range(kills))
    house.server.faults.switch_on(slow(60))
    for number, mark in enumerate(marks):
        process = Process(house, "-m", "tests.chaos.sync_process", str(number * 120))
        reach(house, mark, process)
        threading.Event().wait(rng.uniform(0, 0.05))  # anywhere: in a request, in a transaction, in a commit
        assert process.end(signal.SIGKILL) == -signal.SIGKILL, process.output
    assert house.stored() < house.bulk.count
    house.server.faults.clear()
    last = Process(house, "-m", "tests.chaos.sync_process", str(kills * 120))
    assert last.wait() == 0, last.output
    assert last.output.split()[0] == "succeeded"
    check_books(house)
    runtime = house.runtime()
    with runtime.reading() as session:
        states = [run.state for run in session.query(SyncRun).order_by(SyncRun.id)]
    runtime.close()
    assert states[-1] == RunState.SUCCEEDED
    assert set(states[:-1]) == {RunState.INTERRUPTED}


def test_killed_between_a_pages_commit_and_the_next_answer_nothing_is_lost(small_house: House) -> None:
    house = small_house
    faults = house.server.faults
    faults.switch_on(Fault(kind=FaultKind.SLOW, match="/reservations", ms=1, times=4))
    faults.switch_on(Fault(kind=FaultKind.HANG, match="/reservations"))
    process = Process(house, "-m", "tests.chaos.sync_process", "0")
    reach(house, 4 * PAGE, process)
    assert eventually(lambda: faults.hanging > 0)
    assert process.end(signal.SIGKILL) == -signal.SIGKILL, process.output
    faults.clear()
    assert house.stored() == 4 * PAGE < house.bulk.count
    last = Process(house, "-m", "tests.chaos.sync_process", "120")
    assert last.wait() == 0, last.output
    assert last.output.split()[0] == "succeeded"
    check_books(house)


def test_sigterm_ends_the_sync_at_a_pages_edge_within_five_seconds(small_house: House, rounds: int) -> None:
    """Five on a machine that does nothing else, as in ./run chaos; nine more pages would take longer than that."""
    house = small_house
    house.server.faults.switch_on(slow(700))
    process = Process(house, str(ROOT / "scheduler.py"))
    reach(house, 3 * PAGE, process)
    began = time.monotonic()
    assert process.end(signal.SIGTERM, 60) == 0, process.output
    assert time.monotonic() - began < (5 if rounds > 1 else 60)
    house.server.faults.clear()
    assert 0 < house.stored() < house.bulk.count
    assert house.stored() % PAGE == 0
    runtime = house.runtime()
    try:
        with runtime.reading() as session:
            run = session.query(SyncRun).one()
            connection = session.get_one(Connection, 1)
        assert (run.state, connection.claimed_by) == (RunState.INTERRUPTED, None)
        assert sync_once(runtime, 1).state is RunState.SUCCEEDED
    finally:
        runtime.close()
    check_books(house)
