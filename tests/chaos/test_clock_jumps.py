"""The machine's clock jumps ahead and is put right again, or the other way round: work goes on within a minute."""

import threading
import time as real_time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

import apscheduler.executors.base
import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.domain.stream import Mode
from webapp.jobs import clock as clocks
from webapp.models import HitState, JobBeat, RunState
from webapp.runtime import Runtime
from webapp.services import hit_claims, leases, sync_claims, syncing

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("memory_provider", "hooked_provider")

YEARS = timedelta(days=5 * 365)


@pytest.fixture
def stage(hub: Runtime) -> HookStage:
    """A connection that was synced once; its next run is a quarter of an hour away."""
    stage = HookStage(hub)
    stage.tell(booking("R1"))
    stage.edit(next_sync_at=hub.clock())
    assert run_what_is_due(stage) == [RunState.SUCCEEDED]
    return stage


def run_what_is_due(stage: HookStage) -> list[RunState]:
    claims = sync_claims.claim_due(stage.hub, owner="test", limit=4)
    return [syncing.run_claimed(stage.hub, claim).state for claim in claims]


def test_a_sync_planned_by_a_clock_that_was_years_ahead_is_due_now(
    stage: HookStage, clock: FixedClock
) -> None:
    assert run_what_is_due(stage) == []
    clock.now += YEARS
    assert run_what_is_due(stage) == [RunState.SUCCEEDED]
    clock.now -= YEARS
    stage.tell(booking("R1", minutes=3, total_minor=999))
    assert run_what_is_due(stage) == [RunState.SUCCEEDED]
    assert run_what_is_due(stage) == []
    assert stage.bookings()["R1"].total_minor == 999
    row = stage.row()
    assert row.next_sync_at is not None
    assert row.next_sync_at <= clock() + timedelta(minutes=15)


def test_the_daily_sweep_comes_back_with_the_clock(stage: HookStage, clock: FixedClock) -> None:
    clock.now += YEARS
    run_what_is_due(stage)
    clock.now -= YEARS
    run_what_is_due(stage)
    planned = stage.row().next_sweep_at
    assert planned is not None
    assert planned < clock() + timedelta(days=1)
    assert [run.mode for run in stage.runs()] == [Mode.BACKFILL, Mode.SWEEP, Mode.SWEEP]


def test_a_claim_and_a_lease_from_the_future_bind_nobody(stage: HookStage, clock: FixedClock) -> None:
    clock.now += YEARS
    sync_claims.claim_one(stage.hub, stage.id, owner="the dead")
    assert leases.hold(stage.hub, "clock", owner="the dead") is not None
    clock.now -= YEARS
    assert leases.hold(stage.hub, "clock", owner="here") is not None
    assert syncing.sync_once(stage.hub, stage.id).state is RunState.SUCCEEDED


def test_a_clock_a_little_behind_its_neighbour_takes_nothing_over(
    stage: HookStage, clock: FixedClock
) -> None:
    sync_claims.claim_one(stage.hub, stage.id, owner="neighbour")
    assert leases.hold(stage.hub, "clock", owner="neighbour") is not None
    clock.advance(seconds=-20)
    assert leases.hold(stage.hub, "clock", owner="here") is None
    with pytest.raises(syncing.SyncBusy):
        syncing.sync_once(stage.hub, stage.id)


def test_hits_that_came_in_the_future_are_applied_now(stage: HookStage, clock: FixedClock) -> None:
    stage.answers(booking("R1", minutes=9, total_minor=4321))
    clock.now += YEARS
    stage.call(event())
    assert len(hit_claims.claim(stage.hub, stage.id, owner="the dead").hits) == 1
    clock.now -= YEARS
    assert hit_claims.due_connections(stage.hub) == [stage.id]
    stage.process()
    assert stage.states() == [HitState.APPLIED]
    assert stage.bookings()["R1"].total_minor == 4321


def test_a_jump_ahead_neither_doubles_nor_loses(stage: HookStage, clock: FixedClock) -> None:
    stage.tell(booking("R1"), booking("R2", minutes=1, created_at=clock()))
    clock.now += YEARS
    assert run_what_is_due(stage) == [RunState.SUCCEEDED]
    assert sorted(stage.bookings()) == ["R1", "R2"]
    assert len(stage.changes("R2")) == len({row[1] for row in stage.changes("R2")})


def test_a_machine_whose_clock_is_set_back_ticks_on(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The scheduler counts in the machine's time: what it planned for the future would stand still for a day."""
    offset = timedelta()

    class Machine(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + offset

    for part in (apscheduler.executors.base, apscheduler.schedulers.base, apscheduler.triggers.interval):
        monkeypatch.setattr(part, "datetime", Machine)
    true_time = real_time.time
    monkeypatch.setattr(clocks, "wall_time", lambda: true_time() + offset.total_seconds())
    running = clocks.start(hub, owner="here")
    try:
        assert eventually(lambda: ticks(hub) != {})
        offset = timedelta(days=-1)
        assert eventually(lambda: "set back" in caplog.text)
        running.shift._told.clear()  # beats are told at most every half minute
        forget(hub)
        assert eventually(lambda: "process_hits" in ticks(hub), seconds=10)
    finally:
        running.stop()


def ticks(hub: Runtime) -> dict[str, datetime]:
    with hub.reading() as session:
        return {row.name: row.started_at for row in session.query(JobBeat)}


def forget(hub: Runtime) -> None:
    with hub.writing() as session:
        session.query(JobBeat).delete()


def eventually(is_so: Callable[[], bool], seconds: float = 5.0) -> bool:
    ends_at = real_time.monotonic() + seconds
    tick = threading.Event()
    while not is_so():
        if real_time.monotonic() > ends_at:
            return False
        tick.wait(0.02)
    return True
