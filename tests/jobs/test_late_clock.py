"""The clock of a web process: its lease from the first moment, its jobs a little later, its failure never hidden."""

import signal

import pytest
from sqlalchemy import text

from webapp.jobs import clock
from webapp.jobs.late_clock import LateClock
from webapp.runtime import Runtime
from webapp.services.beats import clock_view


def is_ticking(runtime: Runtime) -> bool:
    with runtime.reading() as session:
        return clock_view(session, runtime.clock()).is_ticking


def test_health_sees_a_clock_before_its_jobs_are_loaded(hub: Runtime) -> None:
    late = LateClock(hub, pause=60)
    assert is_ticking(hub)
    hub.stopping.set()
    late.stop()


def test_after_its_pause_the_clock_ticks_until_it_is_stopped(hub: Runtime) -> None:
    late = LateClock(hub, pause=0)
    late._thread.join()
    assert late._running is not None
    assert late._running.shift.lease is not None
    hub.stopping.set()
    late.stop()
    assert not is_ticking(hub)


def test_a_process_that_ends_in_the_pause_leaves_the_lease_to_the_next(hub: Runtime) -> None:
    late = LateClock(hub, pause=60)
    hub.stopping.set()
    late.stop()
    assert not is_ticking(hub)


def test_a_lease_that_cannot_be_taken_yet_keeps_no_hub_from_starting(
    hub: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with hub.writing() as session:
        session.execute(text("DROP TABLE lease"))
    late = LateClock(hub, pause=60)
    hub.stopping.set()
    late.stop()
    assert "could not be taken yet" in caplog.text


def test_a_clock_that_cannot_start_ends_the_process_and_says_why(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_runtime: Runtime, *, owner: str) -> None:
        raise OSError(f"no threads left for {owner}")

    ended: list[int] = []
    monkeypatch.setattr(clock, "start", broken)
    before = signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    try:
        late = LateClock(hub, pause=0)
        late._thread.join()
        hub.stopping.set()
        with pytest.raises(OSError, match="no threads left"):
            late.stop()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended == [signal.SIGTERM]
