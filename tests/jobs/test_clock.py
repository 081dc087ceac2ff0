"""The clock in threads: what is due starts soon, a hung provider delays nobody, and stopping is quick."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from sqlalchemy import select

from tests.conftest import FixedClock
from tests.memory_provider import SCRIPTS
from tests.sync_stage import Stage, booking
from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Page
from webapp.jobs import clock as clocks
from webapp.jobs.schedule import SCHEDULE, Entry, sync_due
from webapp.jobs.shift import Shift
from webapp.jobs.sync_pool import SyncPool
from webapp.models import JobBeat, RunState
from webapp.runtime import Runtime
from webapp.services import leases, syncing

pytestmark = pytest.mark.usefixtures("memory_provider")


def eventually(is_so: Callable[[], bool], seconds: float = 60.0) -> bool:
    ends_at = time.monotonic() + seconds
    tick = threading.Event()
    while not is_so():
        if time.monotonic() > ends_at:
            return False
        tick.wait(0.02)
    return True


@contextmanager
def ticking(hub: Runtime, owner: str = "here") -> Iterator[clocks.RunningClock]:
    running = clocks.start(hub, owner=owner)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def waiting_to_be_asked(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock whose ticks come after the test, and which is done with its start: what happens was asked for."""
    later = tuple(entry if entry.name == "beat" else entry._replace(every=3600) for entry in SCHEDULE)
    monkeypatch.setattr(clocks, "SCHEDULE", later)
    with ticking(hub):
        assert eventually(lambda: "compare_with_providers" in beats(hub))
        yield


def beats(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return list(session.scalars(select(JobBeat.name)))


def hang_until(released: threading.Event) -> Callable[[Window, str | None], Iterator[Page]]:
    def answer(_window: Window, _cursor: str | None) -> Iterator[Page]:
        released.wait(30)
        yield Page((booking("R1"),), None)

    return answer


def test_sync_now_starts_at_once(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(hub)
    stage.tell(booking("R1"))
    with waiting_to_be_asked(hub, monkeypatch):
        runs = len(stage.runs())
        syncing.request_sync(hub, stage.id, actor="ian")
        assert eventually(lambda: len(stage.runs()) > runs)
        assert eventually(lambda: stage.row().claimed_by is None)
    assert stage.runs()[0].state == RunState.SUCCEEDED


def test_a_provider_that_hangs_delays_nobody(hub: Runtime) -> None:
    hung, well = Stage(hub, name="Hung"), Stage(hub, name="Well")
    released = threading.Event()
    SCRIPTS["Hung"].answers[Stream.BOOKINGS] = hang_until(released)
    well.tell(booking("R1"))
    with ticking(hub):
        syncing.request_sync(hub, hung.id, actor="ian")
        syncing.request_sync(hub, well.id, actor="ian")
        assert eventually(lambda: any(run.state == RunState.SUCCEEDED for run in well.runs()))
        assert eventually(lambda: [run.state for run in hung.runs()] == [RunState.RUNNING])
        released.set()
        assert eventually(lambda: hung.runs()[0].state == RunState.SUCCEEDED)


def test_a_hung_run_can_be_cancelled(hub: Runtime) -> None:
    stage = Stage(hub)
    released = threading.Event()
    stage.script.answers[Stream.BOOKINGS] = hang_until(released)
    with ticking(hub):
        syncing.request_sync(hub, stage.id, actor="ian")
        assert eventually(lambda: bool(stage.runs()))
        syncing.request_cancel(hub, stage.id, actor="ian")
        assert eventually(lambda: stage.runs()[0].state == RunState.CANCELLED)
        released.set()


def test_stopping_ends_a_hung_run_at_once_and_frees_the_lease(hub: Runtime) -> None:
    stage = Stage(hub)
    released = threading.Event()
    stage.script.answers[Stream.BOOKINGS] = hang_until(released)
    running = clocks.start(hub, owner="here")
    syncing.request_sync(hub, stage.id, actor="ian")
    assert eventually(lambda: bool(stage.runs()))
    began = time.monotonic()
    running.stop()
    running.stop()
    assert time.monotonic() - began < 20  # it hangs for thirty
    released.set()
    assert stage.runs()[0].state == RunState.INTERRUPTED
    assert leases.hold(hub, "clock", owner="elsewhere") is not None


def test_a_second_clock_stays_idle_until_the_lease_is_free(hub: Runtime, clock: FixedClock) -> None:
    assert leases.hold(hub, "clock", owner="elsewhere") is not None
    stage = Stage(hub)
    stage.edit(next_sync_at=hub.clock())
    shift = Shift(hub, SyncPool(hub), "here")
    beat = SCHEDULE[0]
    shift.work(beat.name, beat.job, always=True)
    shift.work("sync_due", sync_due)
    assert (shift.lease, stage.runs()) == (None, [])
    clock.advance(minutes=1)
    shift.work(beat.name, beat.job, always=True)
    shift.work("sync_due", sync_due)
    assert eventually(lambda: bool(stage.runs()) and shift.pool.running == 0)


def test_no_more_runs_are_claimed_than_there_are_threads(hub: Runtime) -> None:
    released = threading.Event()
    stages = [Stage(hub, name=f"No {number}") for number in range(6)]
    for stage in stages:
        stage.script.answers[Stream.BOOKINGS] = hang_until(released)
        stage.edit(next_sync_at=hub.clock())
    pool = SyncPool(hub, size=4)
    assert (pool.start_due(), pool.start_due()) == (4, 0)
    assert sum(stage.row().claimed_by is not None for stage in stages) == 4
    released.set()
    assert eventually(lambda: pool.running == 0)
    assert pool.start_due() == 2
    assert eventually(lambda: pool.running == 0)


def test_a_job_that_fails_leaves_a_beat_with_the_kind_of_error(
    hub: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    shift = Shift(hub, SyncPool(hub), "here", leases.hold(hub, "clock", owner="here"))

    def broken(_shift: Shift) -> None:
        raise ValueError("secret text")

    shift.work("broken", broken)
    with hub.reading() as session:
        row = session.get_one(JobBeat, "broken")
    assert (row.error, row.finished_at) == ("ValueError", hub.clock())
    assert "job broken failed" in caplog.text


def test_every_job_leaves_its_beat(hub: Runtime) -> None:
    shift = Shift(hub, SyncPool(hub), "here")
    for entry in SCHEDULE:
        shift.work(entry.name, entry.job, always=entry.name == "beat")
    with hub.reading() as session:
        assert all(session.get_one(JobBeat, entry.name).error is None for entry in SCHEDULE)


def test_the_business_date_rolls_by_itself(hub: Runtime, clock: FixedClock) -> None:
    from webapp.services.hotels import current_hotel

    with hub.reading() as session:
        hotel = current_hotel(session)
    assert hotel is not None
    before = hotel.business_date
    clock.advance(days=1)
    with ticking(hub) as running:
        for entry in SCHEDULE:
            running.shift.work(entry.name, entry.job)
    with hub.reading() as session:
        hotel = current_hotel(session)
    assert hotel is not None
    assert hotel.business_date == before + timedelta(1)


def test_a_turn_that_is_left_out_because_the_last_one_still_works_warns_nobody(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    released, left_out = threading.Event(), threading.Event()
    turns: list[Shift] = []

    def slow(shift: Shift) -> None:
        turns.append(shift)
        released.wait()

    monkeypatch.setattr(clocks, "SCHEDULE", (SCHEDULE[0], Entry("slow", slow, 1, 60)))
    with ticking(hub) as running:
        running._scheduler.add_listener(lambda _event: left_out.set(), EVENT_JOB_MAX_INSTANCES)
        assert left_out.wait(60)
        released.set()
    assert turns
    assert "running instances" not in caplog.text


def test_what_else_the_scheduler_warns_of_is_still_told(
    hub: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with ticking(hub) as running:
        running._scheduler._logger.warning("Error getting due jobs from job store %r: %s", "default", "gone")
    assert "Error getting due jobs" in caplog.text
