"""Old history goes, the last run of a connection stays."""

from datetime import timedelta

import pytest

from tests.conftest import FixedClock
from tests.sync_stage import Stage, booking
from webapp.models import LogEntry, LogPayload, SyncRunStream
from webapp.runtime import Runtime
from webapp.services import audit, pruning

pytestmark = pytest.mark.usefixtures("memory_provider")


def test_only_what_is_older_than_the_retention_time_goes(hub: Runtime, clock: FixedClock) -> None:
    stage = Stage(hub)
    stage.sync_of(booking("R1"))
    with hub.writing() as session:
        audit.record(hub, session, "ian", "thing.changed", "old", details={"before": 1})
    clock.advance(days=20)
    stage.sync()
    clock.advance(days=11)
    stage.sync()
    with hub.writing() as session:
        audit.record(hub, session, "ian", "thing.changed", "new")
    gone = pruning.prune(hub)
    assert gone.runs == 1
    assert len(stage.runs()) == 2
    left = stage.all(LogEntry, LogEntry.id)
    assert "new" in [row.summary for row in left]
    assert all(row.at >= clock() - timedelta(days=pruning.RETENTION_DAYS) for row in left)
    assert stage.all(LogPayload, LogPayload.log_entry_id) == []
    assert {row.run_id for row in stage.all(SyncRunStream, SyncRunStream.run_id)} == {
        run.id for run in stage.runs()
    }
    assert pruning.prune(hub) == pruning.Pruned(0, 0)


def test_the_last_run_stays_however_old_it_is(hub: Runtime, clock: FixedClock) -> None:
    stage = Stage(hub)
    stage.sync()
    clock.advance(days=400)
    pruning.prune(hub)
    assert len(stage.runs()) == 1


def test_more_than_one_bite_is_taken(
    hub: Runtime, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "_BITE", 2)
    with hub.writing() as session:
        for number in range(5):
            audit.record(hub, session, "ian", "thing.changed", str(number))
    clock.advance(days=31)
    assert pruning.prune(hub).log_entries == 5
