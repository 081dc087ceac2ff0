"""Truth checks: what is compared, which differences are faults, what becomes of them, and when a check must wait."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from tests.conftest import FixedClock
from tests.sync_stage import STAMP, Stage, booking
from webapp.domain.booking import BookingGuest, BookingStatus
from webapp.integrations.kit.errors import ProviderUnavailable
from webapp.models import CallHeadroom, Connection, ConnectionState, Hotel, TruthCheck, TruthPlan, TruthState
from webapp.runtime import Runtime
from webapp.services import freshness, truth_checks, truth_plans, truth_views
from webapp.services.truth_views import TruthView

pytestmark = pytest.mark.usefixtures("memory_provider")


@pytest.fixture
def stage(hub: Runtime) -> Stage:
    """Three bookings are stored, and the provider knows them as they are."""
    stage = Stage(hub)
    mine = (
        booking("R1"),
        booking("R2", arrival=1),
        booking("R3", arrival=-1, status=BookingStatus.CHECKED_IN),
    )
    stage.sync_of(*mine)
    stage.script.single = {one.external_id: one for one in mine}
    truth_plans.plan_new(hub)
    return stage


def compared(stage: Stage) -> TruthState | None:
    """The next check, when its time has come."""
    with stage.hub.writing() as session:
        session.get_one(TruthPlan, stage.id).next_check_at = stage.hub.clock()
    return truth_checks.check(stage.hub, stage.id)


def last(stage: Stage) -> TruthCheck:
    return stage.all(TruthCheck, TruthCheck.id)[-1]


def plan(stage: Stage) -> TruthPlan:
    with stage.hub.reading() as session:
        return session.get_one(TruthPlan, stage.id)


def tell(stage: Stage, number: str, **changes: object) -> None:
    stage.script.single[number] = replace(stage.script.single[number], **changes)  # type: ignore[type-var]


def actions(stage: Stage, noun: str) -> list[str]:
    return [action for action in stage.log_actions() if action.startswith(noun)]


def test_bookings_that_agree_are_clean_and_counted_by_the_field(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    assert compared(stage) is TruthState.CLEAN
    row = last(stage)
    assert (row.bookings, row.fields, row.differing, row.findings) == (3, 87, 0, [])
    assert sorted(stage.script.reread[-1]) == ["R1", "R2", "R3"]
    assert actions(stage, "truth.") == []


def test_a_difference_without_a_newer_stamp_is_a_fault(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    tell(stage, "R1", balance_minor=7000)
    assert compared(stage) is TruthState.DIFFERS
    row = last(stage)
    assert row.differing == 1
    found = row.findings[0]
    assert (found["number"], found["field"], found["ours"], found["theirs"]) == (
        "C-R1", "balance_minor", "0", "7000",
    )  # fmt: skip
    assert actions(stage, "truth.") == ["truth.differs"]


def test_the_check_applies_nothing_and_a_sweep_mends_what_differs(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=10)
    tell(stage, "R1", balance_minor=7000)
    compared(stage)
    assert stage.bookings()["R1"].balance_minor == 0
    assert stage.row().next_sweep_at == stage.row().next_sync_at == clock.now
    report = stage.sync_of(*stage.script.single.values())  # type: ignore[arg-type]
    assert report.mode.value == "sweep"
    assert stage.bookings()["R1"].balance_minor == 7000
    clock.advance(minutes=10)
    assert compared(stage) is TruthState.CLEAN
    assert "R1" in stage.script.reread[-1]
    assert actions(stage, "truth.") == ["truth.differs", "truth.agrees"]


def test_what_was_spoilt_here_is_written_again_although_the_provider_says_the_same(
    stage: Stage, clock: FixedClock
) -> None:
    clock.advance(minutes=20)
    with stage.hub.writing() as session:
        session.get_one(type(stage.bookings()["R1"]), stage.bookings()["R1"].id).total_minor = 1
    assert compared(stage) is TruthState.DIFFERS
    stage.sync_of(*stage.script.single.values())  # type: ignore[arg-type]
    assert stage.bookings()["R1"].total_minor == 20000


def test_a_change_that_the_next_sync_brings_is_on_its_way(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    tell(stage, "R1", balance_minor=7000, updated_at=clock.now - timedelta(minutes=3))
    assert compared(stage) is TruthState.ON_ITS_WAY
    row = last(stage)
    assert (row.differing, row.underway) == (0, 1)
    assert stage.row().next_sweep_at != clock.now


def test_a_newer_stamp_explains_nothing_once_the_interval_is_over(stage: Stage, clock: FixedClock) -> None:
    clock.advance(hours=2)
    tell(stage, "R1", balance_minor=7000, updated_at=clock.now - timedelta(minutes=50))
    assert compared(stage) is TruthState.DIFFERS


def test_without_stamps_a_difference_is_a_fault_when_a_sync_has_gone_by(
    stage: Stage, clock: FixedClock
) -> None:
    clock.advance(minutes=20)
    tell(stage, "R1", balance_minor=7000, updated_at=None)
    assert compared(stage) is TruthState.ON_ITS_WAY
    clock.advance(minutes=10)
    assert compared(stage) is TruthState.ON_ITS_WAY
    stage.sync_of()
    clock.advance(minutes=10)
    assert compared(stage) is TruthState.ON_ITS_WAY  # first seen again after that sync's beginning
    stage.sync_of()
    clock.advance(minutes=10)
    stage.sync_of()
    assert compared(stage) is TruthState.DIFFERS


def test_a_booking_that_is_gone_at_the_provider_is_found(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    del stage.script.single["R2"]
    assert compared(stage) is TruthState.ON_ITS_WAY
    clock.advance(minutes=10)
    stage.sync_of()
    assert compared(stage) is TruthState.DIFFERS
    assert last(stage).findings[0]["field"] == "gone"


def test_names_and_notes_are_dots_in_what_is_kept(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    tell(stage, "R1", notes="allergic to nuts", guests=(BookingGuest("G-R1", "Berta", "Keller"),))
    assert compared(stage) is TruthState.DIFFERS
    text = str(last(stage).findings)
    assert "nuts" not in text
    assert "Keller" not in text
    assert {one["field"] for one in last(stage).findings} == {"guests", "notes"}


def test_an_answer_older_than_what_is_stored_is_not_compared(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    tell(stage, "R1", balance_minor=7000, updated_at=STAMP - timedelta(hours=1))
    assert compared(stage) is TruthState.CLEAN
    assert last(stage).bookings == 2


def test_a_provider_that_does_not_answer_compares_nothing_and_accuses_nobody(
    stage: Stage, clock: FixedClock
) -> None:
    clock.advance(minutes=20)
    stage.script.single_error = ProviderUnavailable()
    assert compared(stage) is TruthState.FAILED
    assert (last(stage).fields, last(stage).fault is not None) == (0, True)
    assert stage.row().state == ConnectionState.HEALTHY


@pytest.mark.parametrize(
    "state", [ConnectionState.PAUSED, ConnectionState.NEEDS_ATTENTION, ConnectionState.DEGRADED]
)
def test_a_connection_that_does_not_work_is_left_alone(stage: Stage, state: ConnectionState) -> None:
    stage.edit(state=state)
    assert compared(stage) is None
    assert stage.script.reread == []
    assert plan(stage).waits_for == "state"
    assert truth_checks.request(stage.hub, stage.id, actor="ian@aurora.example") == "state"


def test_a_check_waits_for_a_running_sync_and_for_the_night_audit(stage: Stage, clock: FixedClock) -> None:
    stage.edit(claimed_by="run", claimed_until=clock.now + timedelta(seconds=50))
    assert compared(stage) is None
    assert plan(stage).waits_for == "busy"
    stage.edit(claimed_by=None, claimed_until=None)
    clock.advance(minutes=20)
    assert compared(stage) is TruthState.CLEAN
    clock.now = datetime(2026, 7, 15, 1, 0, tzinfo=UTC)  # 03:00 in Zurich
    assert compared(stage) is None
    assert plan(stage).waits_for == "audit"
    assert truth_checks.request(stage.hub, stage.id, actor="ian@aurora.example") == ""
    assert truth_checks.check(stage.hub, stage.id) is TruthState.CLEAN


def test_a_check_leaves_the_last_fifth_of_the_call_limit_to_the_syncs(
    stage: Stage, clock: FixedClock
) -> None:
    with stage.hub.writing() as session:
        session.add(
            CallHeadroom(connection_id=stage.id, at=clock.now, allowed=100, remaining=25, resets_at=None)
        )
    stage.edit(state=ConnectionState.HEALTHY)
    with stage.hub.writing() as session:
        session.get_one(CallHeadroom, (stage.id, clock.now)).resets_at = clock.now + timedelta(minutes=30)
    assert compared(stage) is None
    assert plan(stage).waits_for == "limit"


def test_checks_are_an_hour_apart_each_connection_at_its_own_minute(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    compared(stage)
    wait = plan(stage).next_check_at - clock.now
    assert timedelta(minutes=30) <= wait <= timedelta(minutes=90)
    assert truth_plans.due(stage.hub) == []


def test_check_now_makes_it_due_and_says_who_asked(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    assert truth_checks.request(stage.hub, stage.id, actor="ian@aurora.example") == ""
    assert truth_plans.due(stage.hub) == [stage.id]
    assert truth_checks.check(stage.hub, stage.id) is TruthState.CLEAN
    assert last(stage).trigger == "manual"
    assert "truth.requested" in stage.log_actions()


def test_the_same_hour_draws_the_same_bookings_and_no_more_than_the_hotel_wants(
    hub: Runtime, clock: FixedClock
) -> None:
    stage = Stage(hub)
    many = [booking(f"R{number:03}", arrival=number % 40 - 10) for number in range(200)]
    stage.sync_of(*many)
    stage.script.single = {one.external_id: one for one in many}
    truth_plans.plan_new(hub)
    clock.advance(minutes=20)
    assert compared(stage) is TruthState.CLEAN
    clock.advance(minutes=5)
    compared(stage)
    first, second = stage.script.reread
    assert first == second
    assert len(first) == 12
    clock.advance(hours=1)
    with hub.writing() as session:
        session.get_one(Hotel, 1).truth_bookings = 5
    compared(stage)
    assert len(stage.script.reread[-1]) == 5
    assert set(stage.script.reread[-1]) != set(first[:5])


def test_two_processes_compare_a_connection_once(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    truth_checks.request(stage.hub, stage.id, actor="ian@aurora.example")
    assert truth_plans.open_turn(stage.hub, stage.id, owner="a") is not None
    assert truth_plans.open_turn(stage.hub, stage.id, owner="b") is None


def test_a_new_connection_is_compared_as_soon_as_its_first_data_are_there(
    hub: Runtime, clock: FixedClock
) -> None:
    stage = Stage(hub)
    truth_plans.plan_new(hub)
    assert truth_checks.check(hub, stage.id) is None
    assert plan(stage).waits_for in (truth_plans.Reason.STATE, truth_plans.Reason.LOADING)
    clock.advance(seconds=2)
    assert truth_plans.due(hub) == []
    stage.sync_of(booking("R1"))
    stage.script.single = {"R1": booking("R1")}
    clock.advance(seconds=2)
    assert truth_plans.due(hub) == [stage.id]
    assert truth_checks.check(hub, stage.id) is TruthState.CLEAN
    assert truth_plans.due(hub) == []


def test_an_archived_connection_is_not_compared(stage: Stage, clock: FixedClock) -> None:
    with stage.hub.writing() as session:
        session.get_one(Connection, stage.id).archived_at = clock.now
    assert truth_plans.due(stage.hub) == []


def test_what_is_stored_while_the_provider_is_asked_is_not_compared(stage: Stage, clock: FixedClock) -> None:
    """It was read at another moment than the answer: a difference would say nothing."""
    clock.advance(minutes=20)
    tell(stage, "R1", balance_minor=9000, updated_at=STAMP + timedelta(minutes=5))

    def stored_meanwhile(_ids: list[str]) -> None:
        stage.sync_of(booking("R1", minutes=5, balance_minor=7000))

    stage.script.before_read = stored_meanwhile
    assert compared(stage) is TruthState.CLEAN
    assert last(stage).bookings == 2


def test_checks_older_than_a_month_are_deleted(stage: Stage, clock: FixedClock) -> None:
    clock.advance(minutes=20)
    compared(stage)
    clock.advance(days=30)
    truth_checks.prune(stage.hub)
    assert len(stage.all(TruthCheck, TruthCheck.id)) == 1
    clock.advance(days=2)
    truth_checks.prune(stage.hub)
    assert stage.all(TruthCheck, TruthCheck.id) == []


def view(stage: Stage) -> TruthView:
    with stage.hub.reading() as session:
        (found,) = truth_views.of_connections(session, freshness.connections(session, stage.hub.clock()))
    return found


def test_health_sees_the_last_comparison_the_next_one_and_the_history(
    stage: Stage, clock: FixedClock
) -> None:
    before = view(stage)
    assert (before.last, before.bookings, before.history, before.findings) == (None, 0, (), ())
    assert before.next_at == plan(stage).next_check_at
    clock.advance(minutes=20)
    compared(stage)
    stage.script.single_error = ProviderUnavailable()
    clock.advance(minutes=20)
    compared(stage)
    after = view(stage)
    assert after.last is not None
    assert (after.last.state, after.bookings, after.failed_at) == (TruthState.CLEAN, 3, clock.now)
    assert after.next_at == plan(stage).next_check_at
    assert [mark.state for mark in after.history] == [TruthState.CLEAN, TruthState.FAILED]
    assert after.speaks_for(after.last.at + truth_views.GOOD_FOR)
    assert not after.speaks_for(after.last.at + truth_views.GOOD_FOR + timedelta(seconds=1))
