"""Event queues: stored before the next is read, read once, applied like calls, and made good after a loss."""

from datetime import timedelta

import pytest

from tests import queue_provider
from tests.conftest import FixedClock
from tests.queue_provider import said
from tests.queue_stage import QueueStage, queue_provider_listed
from tests.sync_stage import booking
from webapp.domain.booking import BookingStatus
from webapp.domain.stream import Mode
from webapp.models import BookingChange, ConnectionState, HitState, HitTrust
from webapp.runtime import Runtime
from webapp.services import event_queues, syncing
from webapp.services.queue_claims import CLAIM_FOR

__all__ = ["queue_provider_listed"]
pytestmark = pytest.mark.usefixtures("queue_provider_listed", "memory_provider")


@pytest.fixture
def stage(hub: Runtime) -> QueueStage:
    stage = QueueStage(hub)
    stage.answers(booking("R1"), booking("R2"), booking("R3"))
    stage.sync()
    return stage


def test_events_become_hits_and_their_bookings_are_read_again(stage: QueueStage) -> None:
    stage.answers(booking("R1", status=BookingStatus.CANCELLED, minutes=5), booking("R2"))
    stage.put(said("R1", "booking.cancelled"), said("R2"))
    assert stage.drain() == 2
    assert [(hit.trust, hit.state) for hit in stage.hits()] == [(HitTrust.QUEUE, HitState.WAITING)] * 2
    stage.process()
    assert stage.states() == [HitState.APPLIED, HitState.APPLIED]
    assert stage.bookings()["R1"].status == BookingStatus.CANCELLED
    assert [(change.road, change.hit_id) for change in _changes(stage)][-1] == ("hit", stage.hits()[0].id)


def test_each_answer_is_on_disk_before_the_next_is_asked_for(stage: QueueStage) -> None:
    stored: list[int] = []
    queue_provider.between[:] = [lambda: stored.append(len(stage.hits()))] * 3
    for number in ("R1", "R2", "R3"):
        stage.put(said(number))
    assert stage.drain() == 3
    assert stored == [0, 1, 2]


def test_a_queue_is_read_to_its_end_and_then_left_alone_for_a_minute(
    stage: QueueStage, clock: FixedClock
) -> None:
    stage.put(said("R1"))
    stage.put(said("R2"))
    stage.drain()
    row = stage.queue()
    assert (row.events, row.is_empty, row.opened_at, row.drained_at) == (2, True, None, clock.now)
    assert event_queues.due_connections(stage.hub) == []
    clock.advance(seconds=61)
    assert event_queues.due_connections(stage.hub) == [stage.id]


def test_what_is_told_twice_is_applied_once(stage: QueueStage) -> None:
    stage.put(
        said("R1", mark="reservation|1"), said("R1", mark="reservation|1"), said("R1", mark="profile|1")
    )
    stage.drain()
    stage.process()
    assert stage.states() == [HitState.APPLIED, HitState.DUPLICATE, HitState.APPLIED]


def test_what_cannot_be_taken_apart_is_kept_whole_and_shown(stage: QueueStage) -> None:
    stage.folder.mkdir()
    (stage.folder / "000").write_bytes(b"<html>")
    assert stage.drain() == 1
    stage.process()
    assert stage.states() == [HitState.FAILED]


def test_a_store_that_fails_leaves_the_mark_and_all_is_read_again(
    stage: QueueStage, clock: FixedClock
) -> None:
    def fail() -> None:
        raise OSError("no space left")

    queue_provider.between[:] = [fail]
    stage.put(said("R1"))
    stage.answers(booking("R1", status=BookingStatus.CANCELLED, minutes=5), booking("R2"), booking("R3"))
    with pytest.raises(OSError, match="no space"):
        stage.drain()
    assert stage.queue().opened_at is not None
    assert stage.drain() == 0, "the turn is still claimed"
    clock.advance(seconds=CLAIM_FOR.total_seconds() + 1)
    stage.drain()
    assert stage.queue().opened_at is None
    assert "queue.interrupted" in stage.log_actions()
    clock.advance(seconds=1)
    (report,) = _due_runs(stage)
    assert report.mode is Mode.SWEEP
    assert stage.bookings()["R1"].status == BookingStatus.CANCELLED
    clock.advance(minutes=2)
    stage.drain()
    assert stage.queue().sweep_owed_since is None
    assert stage.row().next_sweep_at > clock.now + timedelta(hours=1)


def test_an_answer_that_was_lost_on_its_way_asks_for_a_sweep(stage: QueueStage, clock: FixedClock) -> None:
    stage.folder.mkdir()
    (stage.folder / "lost").write_bytes(b"[]")
    assert stage.drain() == 0
    row = stage.queue()
    assert row.sweep_owed_since == clock.now
    assert (row.fault or {})["code"] == "provider_hung"
    assert stage.row().next_sweep_at == stage.row().next_sync_at == clock.now


def test_a_sweep_that_began_before_the_loss_does_not_count(stage: QueueStage, clock: FixedClock) -> None:
    stage.edit(next_sweep_at=clock.now)
    stage.sync()
    clock.advance(minutes=1)
    stage.folder.mkdir()
    (stage.folder / "lost").write_bytes(b"[]")
    stage.drain()
    stage.edit(next_sweep_at=clock.now + timedelta(hours=9))  # as a sweep would that was under way
    clock.advance(minutes=2)
    stage.drain()
    assert stage.row().next_sweep_at == clock.now
    assert stage.queue().sweep_owed_since is not None


def test_a_refused_key_loses_nothing_and_is_asked_less_and_less(stage: QueueStage, clock: FixedClock) -> None:
    stage.folder.mkdir()
    (stage.folder / "refused").write_bytes(b"[]")
    waits = []
    for _ in range(3):
        stage.drain()
        row = stage.queue()
        waits.append(row.next_drain_at - clock.now)
        clock.now = row.next_drain_at
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5)]
    assert stage.queue().sweep_owed_since is None


def test_paused_and_walled_connections_and_those_without_a_queue_are_left_alone(stage: QueueStage) -> None:
    assert event_queues.due_connections(stage.hub) == [stage.id]
    stage.edit(state=ConnectionState.PAUSED)
    assert event_queues.due_connections(stage.hub) == []
    stage.edit(state=ConnectionState.NEEDS_ATTENTION, fault={"code": "credentials_rejected"})
    assert event_queues.due_connections(stage.hub) == []
    stage.edit(state=ConnectionState.HEALTHY, fault=None, options={"script": stage.name})
    assert event_queues.due_connections(stage.hub) == []


def test_a_stop_ends_the_reading_after_the_answer_that_is_stored(stage: QueueStage) -> None:
    queue_provider.between[:] = [stage.hub.stopping.set]
    stage.put(said("R1"))
    stage.put(said("R2"))
    assert stage.drain() == 1
    assert len(list(stage.folder.iterdir())) == 1
    assert stage.queue().opened_at is None


def _due_runs(stage: QueueStage) -> list[syncing.RunReport]:
    claims = syncing.claim_due(stage.hub, owner="clock", limit=4)
    return [syncing.run_claimed(stage.hub, claim) for claim in claims]


def _changes(stage: QueueStage) -> list[BookingChange]:
    return stage.all(BookingChange, BookingChange.id)
