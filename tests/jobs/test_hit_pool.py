"""Hits and the clock: applied as soon as they are answered, each connection by itself, and stopping is quick."""

import threading

import pytest

from tests.hook_stage import HookStage, event, hooked_provider
from tests.jobs.test_clock import eventually, waiting_to_be_asked
from tests.sync_stage import booking
from webapp.integrations.kit.errors import Cancelled
from webapp.jobs.hit_pool import HitPool
from webapp.models import HitState
from webapp.runtime import Runtime

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


def test_a_hit_is_applied_as_soon_as_it_is_answered(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = HookStage(hub)
    stage.answers(booking())
    with waiting_to_be_asked(hub, monkeypatch):
        stage.call(event())
        assert eventually(lambda: stage.states() == [HitState.APPLIED])


def test_a_provider_that_hangs_delays_no_other(hub: Runtime) -> None:
    hung, other = HookStage(hub, name="Hung"), HookStage(hub, name="Other", account="H2")
    released = threading.Event()
    hung.script.before_read = lambda _ids: released.wait(20) and None
    other.answers(booking())
    pool = HitPool(hub)
    try:
        hung.call(event())
        other.call(event())
        assert pool.start_due() == 2
        assert eventually(lambda: other.states() == [HitState.APPLIED])
        assert hung.states() == [HitState.WAITING]
        hung.call(event())
        assert pool.start_due() == 0  # its own thread comes to it
    finally:
        released.set()
        assert eventually(lambda: pool.running == 0)
    assert HitState.WAITING in hung.states()  # not there yet: read again in three seconds


def test_nothing_is_started_while_the_hub_stops(hub: Runtime) -> None:
    stage = HookStage(hub)
    stage.call(event())
    hub.stopping.set()
    pool = HitPool(hub)
    assert pool.start_due() == 0
    pool.stop()
    assert stage.states() == [HitState.WAITING]


def test_a_stop_in_the_middle_gives_the_hits_back(hub: Runtime) -> None:
    stage = HookStage(hub)
    stage.answers(booking())
    pool = HitPool(hub)

    def stop(_ids: list[str]) -> None:
        hub.stopping.set()
        raise Cancelled

    stage.script.before_read = stop
    stage.call(event())
    pool.start_due()
    assert eventually(lambda: pool.running == 0)
    (hit,) = stage.hits()
    assert (hit.state, hit.tries, hit.claimed_by) == (HitState.WAITING, 0, None)
