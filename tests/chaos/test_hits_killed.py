"""A hub that is killed while it takes and applies webhook calls has every call that it answered, applied once."""

import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.hit_process import script
from tests.conftest import FixedClock
from tests.hook_stage import HookStage, hooked_provider
from webapp.models import HitState
from webapp.runtime import Runtime
from webapp.services.hit_claims import CLAIM_FOR

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("after", [5, 40, 120])
def test_what_was_answered_is_never_lost_and_applied_once(
    hub: Runtime, clock: FixedClock, after: int
) -> None:
    stage = HookStage(hub)
    command = [sys.executable, "-m", "tests.chaos.hit_process", str(hub.settings.data_dir), stage.token]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answered = 0
        while answered < after:
            answered = int(process.stdout.readline())
        threading.Event().wait(0.01)  # anywhere: in a call, in a commit, between reading and storing
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()  # not communicate(): it passes over what readline() has taken in advance
    answered = max([answered, *(int(line) for line in rest.splitlines() if line.isdecimal())])
    stored = stage.hits()
    assert len(stored) in {answered, answered + 1}  # one may be stored and not answered yet

    stage.script.single.update(script().single)
    clock.now = max(hit.received_at for hit in stored) + CLAIM_FOR * 2
    stage.process()
    assert set(stage.states()) == {HitState.APPLIED}
    assert set(stage.bookings()) == {f"N{number}" for number in range(1, len(stored) + 1)}
    assert set(Counter(row.booking_id for row in stage.change_rows()).values()) == {1}
