"""A hub that is killed between the answer of an event queue and its storing ends with what a fresh sync would find."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FixedClock
from tests.queue_provider import said
from tests.queue_stage import QueueStage, queue_provider_listed
from tests.sync_stage import booking
from webapp.domain.booking import BookingStatus
from webapp.domain.stream import Mode
from webapp.models import HitState
from webapp.runtime import Runtime
from webapp.services import syncing
from webapp.services.queue_claims import CLAIM_FOR

__all__ = ["queue_provider_listed"]
pytestmark = pytest.mark.usefixtures("queue_provider_listed", "memory_provider")
ROOT = Path(__file__).parents[2]
NUMBERS = [f"R{number}" for number in range(6)]


@pytest.mark.parametrize("stored", [0, 1, 2])
def test_no_event_that_the_provider_removed_is_missed(hub: Runtime, clock: FixedClock, stored: int) -> None:
    stage = QueueStage(hub)
    stage.answers(*map(booking, NUMBERS))
    stage.sync()
    stage.answers(*(booking(key, status=BookingStatus.CANCELLED, minutes=5) for key in NUMBERS))
    for number in range(0, len(NUMBERS), 2):
        stage.put(*(said(key, "booking.cancelled") for key in NUMBERS[number : number + 2]))

    command = [sys.executable, "-m", "tests.chaos.queue_process", str(hub.settings.data_dir), str(stored)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert len(stage.hits()) == stored * 2
    assert len(list(stage.folder.iterdir())) == 2 - stored, "what was not stored is gone at the provider"

    opened_at = stage.queue().opened_at
    assert opened_at is not None
    clock.now = max(opened_at, *(hit.received_at for hit in stage.hits()), opened_at) + CLAIM_FOR * 2
    stage.drain()
    stage.process()
    clock.advance(seconds=1)
    (claim,) = syncing.claim_due(hub, owner="clock", limit=1)
    assert syncing.run_claimed(hub, claim).mode is Mode.SWEEP
    assert set(stage.states()) <= {HitState.APPLIED}
    assert {row.status for row in stage.bookings().values()} == {BookingStatus.CANCELLED}
    assert len(stage.bookings()) == len(NUMBERS)
    assert "queue.interrupted" in stage.log_actions()
    clock.advance(minutes=2)
    stage.drain()
    assert stage.queue().sweep_owed_since is None
