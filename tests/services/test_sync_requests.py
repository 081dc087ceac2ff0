"""What a person asks of a sync."""

from datetime import timedelta

import pytest

from tests.conftest import FixedClock
from tests.sync_stage import STAMP, Stage, booking
from webapp.domain.stream import Mode, Stream
from webapp.models import CachedSetup, CachedToken, ConnectionState, LogEntry
from webapp.runtime import Runtime
from webapp.services import sync_claims, syncing
from webapp.services.sync_requests import RETRY_OVERLAP

pytestmark = pytest.mark.usefixtures("memory_provider")

IAN = "ian@aurora.example"


@pytest.fixture
def stage(hub: Runtime) -> Stage:
    return Stage(hub)


def test_sync_now_makes_the_connection_due_rings_and_leaves_an_audit_line(stage: Stage) -> None:
    syncing.request_sync(stage.hub, stage.id, actor=IAN)
    assert stage.hub.nudge.wait(0)
    assert stage.row().next_sync_at == stage.hub.clock()
    (claim,) = syncing.claim_due(stage.hub, owner="test", limit=1)
    stage.tell(booking("R1"))
    syncing.run_claimed(stage.hub, claim)
    assert [run.trigger for run in stage.runs()] == ["manual"]
    entry = stage.all(LogEntry, LogEntry.id)[0]
    assert (entry.kind, entry.action, entry.actor, entry.connection_id) == (
        "audit",
        "sync.requested",
        IAN,
        stage.id,
    )


def test_the_first_run_of_the_timer_is_called_the_first(stage: Stage) -> None:
    for _ in range(2):
        stage.edit(next_sync_at=stage.hub.clock())
        (claim,) = syncing.claim_due(stage.hub, owner="test", limit=1)
        syncing.run_claimed(stage.hub, claim)
    assert [run.trigger for run in stage.runs()] == ["first", "schedule"]


def test_the_history_can_be_asked_for_again(stage: Stage) -> None:
    stage.sync_of(booking("R1"))
    syncing.request_sync(stage.hub, stage.id, actor=IAN, mode=Mode.BACKFILL)
    assert stage.sync().mode is Mode.BACKFILL


def test_a_sweep_can_be_asked_for(stage: Stage) -> None:
    stage.sync_of(booking("R1"))
    syncing.request_sync(stage.hub, stage.id, actor=IAN, mode=Mode.SWEEP)
    assert stage.sync().mode is Mode.SWEEP


def test_cancel_without_a_run_says_so(stage: Stage) -> None:
    assert syncing.request_cancel(stage.hub, stage.id, actor=IAN) is False
    sync_claims.claim_one(stage.hub, stage.id, owner="test")
    assert syncing.request_cancel(stage.hub, stage.id, actor=IAN) is True
    assert stage.row().cancel_requested_at == stage.hub.clock()


def test_clearing_the_cache_keeps_the_data_and_reads_the_last_day_again(
    stage: Stage, clock: FixedClock
) -> None:
    stage.sync_of(booking("R1"))
    clock.advance(minutes=15)
    stage.sync_of(booking("R1", minutes=5, notes="x"))
    with stage.hub.writing() as session:
        now = stage.hub.clock()
        session.add(
            CachedToken(connection_id=stage.id, name="login", sealed=b"x", expires_at=now, made_at=now)
        )
        session.add(CachedSetup(connection_id=stage.id, name="rooms", document="{}", expires_at=now))
    cleared = syncing.clear_cache_and_retry(stage.hub, stage.id, actor=IAN)
    assert (cleared.tokens, cleared.setups, cleared.walks, cleared.calls) == (1, 1, 2, 3)
    assert set(stage.bookings()) == {"R1"}
    report = stage.sync_of(booking("R1", minutes=5, notes="x"))
    assert (report.mode, report.streams[0].unchanged) == (Mode.DELTA, 1)
    assert stage.script.windows(Stream.BOOKINGS)[-1].since == STAMP + timedelta(minutes=5) - RETRY_OVERLAP
    assert stage.row().state == ConnectionState.HEALTHY


def test_an_archived_connection_cannot_be_asked(stage: Stage) -> None:
    stage.edit(archived_at=stage.hub.clock())
    for ask in (syncing.request_sync, syncing.request_cancel, syncing.clear_cache_and_retry):
        with pytest.raises(LookupError):
            ask(stage.hub, stage.id, actor=IAN)
