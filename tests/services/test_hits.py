"""Hits in a person's hands: replayed from what was kept, and deleted when they are old."""

import pytest

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.integrations.kit.errors import ContractBroken
from webapp.models import HitState, LogEntry, WebhookAddress
from webapp.runtime import Runtime
from webapp.services import hit_addresses, hits

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")
ADA = "ada@aurora.example"


@pytest.fixture
def stage(hub: Runtime) -> HookStage:
    stage = HookStage(hub)
    stage.answers(booking())
    return stage


def test_a_failed_hit_is_applied_when_it_is_replayed(stage: HookStage) -> None:
    stage.script.single_error = ContractBroken("reservation.rooms")
    stage.call(event(mark="e1"))
    stage.process()
    assert stage.states() == [HitState.FAILED]
    stage.script.single_error = None
    hits.replay(stage.hub, stage.hits()[0].public_id, actor=ADA)
    stage.process()
    (hit,) = stage.hits()
    assert (hit.state, hit.replays, hit.changed) == (HitState.APPLIED, 1, 1)
    line = next(row for row in stage.all(LogEntry, LogEntry.id) if row.action == "hit.replayed")
    assert (line.actor, line.trace_id) == (ADA, hit.trace_id)


def test_replaying_what_is_applied_changes_nothing(stage: HookStage) -> None:
    stage.call(event(mark="e1"))
    stage.process()
    before = stage.changes()
    hits.replay(stage.hub, stage.hits()[0].public_id, actor=ADA)
    stage.process()
    assert stage.changes() == before
    assert stage.states() == [HitState.APPLIED]


def test_what_was_rejected_cannot_be_replayed(hub: Runtime) -> None:
    stage = HookStage(hub, signs=True)
    stage.reception.take(stage.hit(b"{}"), token=stage.token)
    with pytest.raises(hits.NotReplayable):
        hits.replay(hub, stage.hits()[0].public_id, actor=ADA)


def test_what_waits_is_not_replayed_and_what_does_not_exist_neither(stage: HookStage) -> None:
    stage.call(event())
    with pytest.raises(hits.NotReplayable):
        hits.replay(stage.hub, stage.hits()[0].public_id, actor=ADA)
    with pytest.raises(hits.NoSuchHit):
        hits.replay(stage.hub, "hi_none", actor=ADA)


def test_old_hits_are_deleted_and_waiting_ones_stay(stage: HookStage, clock: FixedClock) -> None:
    stage.call(event())
    stage.process()
    stage.call(event())
    clock.advance(days=hits.RETENTION_DAYS + 1)
    stage.call(event())
    assert hits.prune(stage.hub) == 1
    assert stage.states() == [HitState.WAITING, HitState.WAITING]


def test_ended_addresses_are_deleted_in_time(stage: HookStage, clock: FixedClock) -> None:
    hit_addresses.rotate(stage.hub, stage.public_id, actor=ADA)
    assert hit_addresses.end_old(stage.hub, stage.public_id, actor=ADA) == 1
    assert hit_addresses.end_old(stage.hub, stage.public_id, actor=ADA) == 0
    clock.advance(days=hits.RETENTION_DAYS + 1)
    hits.prune(stage.hub)
    assert len(stage.all(WebhookAddress, WebhookAddress.id)) == 1


def test_an_address_is_made_once(stage: HookStage) -> None:
    first = hit_addresses.ensure(stage.hub, stage.public_id)
    assert hit_addresses.ensure(stage.hub, stage.public_id).token == first.token == stage.token
