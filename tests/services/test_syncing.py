"""One run after another against the provider without a network: verdicts, windows, resuming, stopping, states."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import func, select

from tests.conftest import FixedClock
from tests.memory_provider import paged
from tests.sync_stage import STAMP, TODAY, Stage, booking, stay
from webapp.domain.booking import BookingStatus
from webapp.domain.guest import Guest
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import Sentence
from webapp.integrations.kit import errors
from webapp.integrations.kit.contract import Page, Skipped
from webapp.models import (
    Availability,
    ConnectionRole,
    ConnectionState,
    LogEntry,
    Rate,
    RunState,
    Stay,
    Verdict,
)
from webapp.runtime import Runtime
from webapp.services import sync_claims, sync_plan, sync_runs, syncing

pytestmark = pytest.mark.usefixtures("memory_provider")


@pytest.fixture
def stage(hub: Runtime) -> Stage:
    return Stage(hub)


# --- modes, windows and verdicts ------------------------------------------------------------------------------------


def test_the_first_run_reads_the_chosen_history(stage: Stage) -> None:
    report = stage.sync_of(booking("R1"), booking("R2"))
    assert (report.mode, report.state, report.verdict) == (
        Mode.BACKFILL,
        RunState.SUCCEEDED,
        Verdict.NEW_DATA,
    )
    assert (report.streams[0].seen, report.streams[0].added) == (2, 2)
    window = stage.script.windows(Stream.BOOKINGS)[0]
    assert (window.since, window.until) == (None, stage.hub.clock())
    assert (window.from_date, window.to_date) == (TODAY - timedelta(30), TODAY + timedelta(540))
    row = stage.row()
    assert (row.state, row.last_good_at, row.claimed_by) == (ConnectionState.HEALTHY, stage.hub.clock(), None)
    assert row.next_sync_at == stage.hub.clock() + timedelta(minutes=15)


def test_the_next_run_asks_for_what_changed_since_the_greatest_stamp_seen(
    stage: Stage, clock: FixedClock
) -> None:
    stage.sync_of(booking("R1", minutes=5), booking("R2"))
    clock.advance(minutes=15)
    report = stage.sync_of(booking("R2", minutes=9, balance_minor=500))
    assert (report.mode, report.verdict) == (Mode.DELTA, Verdict.NEW_DATA)
    assert stage.script.windows(Stream.BOOKINGS)[1].since == STAMP + timedelta(minutes=5)
    clock.advance(minutes=15)
    assert stage.sync_of().verdict is Verdict.NOTHING_NEW
    assert stage.script.windows(Stream.BOOKINGS)[2].since == STAMP + timedelta(minutes=9)
    cursor = stage.cursor("delta")
    assert cursor is not None
    assert (cursor.high_water, cursor.completed_at) == (STAMP + timedelta(minutes=9), clock())


def test_a_provider_without_stamps_is_asked_for_everything_each_time(stage: Stage) -> None:
    stage.sync_of(booking("R1", updated_at=None))
    report = stage.sync_of(booking("R1", updated_at=None))
    assert stage.script.windows(Stream.BOOKINGS)[1].since is None
    assert (report.verdict, report.streams[0].unchanged) == (Verdict.NOTHING_NEW, 1)


def test_a_page_that_says_nothing_new_writes_no_record(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(booking("R1"), booking("R2"))
    before = stage.bookings()
    clock.advance(minutes=15)
    report = stage.sync_of(booking("R1"), booking("R2"))
    assert (report.verdict, report.streams[0].unchanged) == (Verdict.NOTHING_NEW, 2)
    after = stage.bookings()
    assert [(row.changed_at, row.revision) for row in after.values()] == [
        (row.changed_at, row.revision) for row in before.values()
    ]


def test_once_a_day_after_the_audit_hour_a_sweep_reads_every_stay_in_the_window(
    stage: Stage, clock: FixedClock
) -> None:
    stage.sync_of(booking("R1"))
    assert stage.row().next_sweep_at is not None
    clock.advance(hours=15)  # 03:30 in Zurich
    report = stage.sync_of(booking("R1"), booking("R2"))
    assert (report.mode, report.streams[0].mode) == (Mode.SWEEP, Mode.SWEEP)
    assert stage.script.windows(Stream.BOOKINGS)[1].since is None
    assert ("booking.created", 1) not in stage.facts()  # it was booked before we began to watch
    assert stage.row().next_sweep_at == clock() + timedelta(hours=24)
    clock.advance(minutes=15)
    assert stage.sync_of().mode is Mode.DELTA


def test_a_sweep_does_not_move_where_deltas_stand(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(booking("R1"))
    clock.advance(hours=15)
    stage.sync_of(booking("R1", minutes=300))
    cursor = stage.cursor("delta")
    assert cursor is not None
    assert cursor.high_water == STAMP


def test_a_sudden_zero_is_suspicious_and_stays_so(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(booking("R1", updated_at=None))
    for _ in range(2):
        clock.advance(minutes=15)
        report = stage.sync_of()
        assert (report.state, report.verdict) == (RunState.SUCCEEDED, Verdict.SUSPICIOUS_ZERO)
    row = stage.row()
    assert row.state == ConnectionState.DEGRADED
    assert row.fault is not None
    assert row.fault["code"] == "suspicious_zero"
    assert row.next_sync_at == clock() + timedelta(minutes=15)
    assert row.last_good_at == clock() - timedelta(minutes=30)


def test_an_empty_answer_is_accepted_after_the_cache_was_cleared(stage: Stage) -> None:
    stage.sync_of(booking("R1", updated_at=None))
    stage.sync_of()
    syncing.clear_cache_and_retry(stage.hub, stage.id, actor="ian@aurora.example")
    assert stage.sync_of().verdict is Verdict.NOTHING_NEW
    assert stage.row().state == ConnectionState.HEALTHY


def test_no_bookings_while_guests_are_in_house_cannot_be_true(stage: Stage) -> None:
    stage.sync_of(booking("R1", status=BookingStatus.CHECKED_IN, updated_at=None))
    with stage.hub.writing() as session:
        session.connection().exec_driver_sql("UPDATE stream_cursor SET last_seen = NULL")
    assert stage.sync_of().verdict is Verdict.SUSPICIOUS_ZERO


def test_a_quiet_quarter_of_an_hour_is_not_suspicious(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(booking("R1", status=BookingStatus.CHECKED_IN))
    clock.advance(minutes=15)
    assert stage.sync_of().verdict is Verdict.NOTHING_NEW


def test_a_new_hotel_without_bookings_is_not_suspicious(stage: Stage) -> None:
    assert stage.sync_of().verdict is Verdict.NOTHING_NEW
    assert stage.row().state == ConnectionState.HEALTHY


def test_check_ins_may_be_none_unless_we_know_of_some(hub: Runtime) -> None:
    stage = Stage(hub, streams=(Stream.BOOKINGS, Stream.CHECK_INS))
    assert stage.sync_of(booking("R1", arrival=9)).verdict is Verdict.NEW_DATA
    stage.sync_of(booking("R2", arrival=0))
    report = stage.sync()
    assert [one.verdict for one in report.streams] == [Verdict.NOTHING_NEW, Verdict.SUSPICIOUS_ZERO]


def test_an_edited_recipe_reads_the_history_again_and_announces_nothing(stage: Stage) -> None:
    stage.sync_of(booking("R1"))
    stage.edit(mapping_version=2)
    report = stage.sync_of(booking("R1", status=BookingStatus.CANCELLED))
    assert (report.mode, report.streams[0].changed) == (Mode.BACKFILL, 1)
    assert stage.facts() == []
    assert stage.sync_of().mode is Mode.DELTA


def test_full_reads_the_history_again(stage: Stage) -> None:
    stage.sync_of(booking("R1"))
    report = stage.sync_of(booking("R1"), booking("R2"), full=True)
    assert (report.mode, report.streams[0].added, report.streams[0].unchanged) == (Mode.BACKFILL, 1, 1)
    assert stage.facts() == []
    assert stage.sync_of().mode is Mode.DELTA


def test_unreadable_records_and_unmapped_words_are_noted(stage: Stage) -> None:
    reason = Sentence("%(field)s is missing", {"field": "arrival"})
    page = Page((booking("R1"),), None, unmapped={"WLT": 2}, skipped=(Skipped("R9", reason),))

    def answer(_window: Window, _cursor: str | None) -> Iterator[Page]:
        yield page

    stage.script.answers[Stream.BOOKINGS] = answer
    report = stage.sync()
    assert (report.streams[0].seen, report.streams[0].skipped) == (2, 1)
    assert stage.stream_rows()[0].notes == {
        "unmapped": {"WLT": 2},
        "skipped": [{"id": "R9", "reason": {"text": "%(field)s is missing", "params": {"field": "arrival"}}}],
    }


# --- stopping and going on ------------------------------------------------------------------------------------------


def test_a_run_that_broke_off_goes_on_with_the_window_it_froze(stage: Stage, clock: FixedClock) -> None:
    began = clock()

    def breaks(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1", high_water=STAMP)
        raise errors.ProviderUnavailable("reset")

    stage.script.answers[Stream.BOOKINGS] = breaks
    report = stage.sync()
    assert (report.state, report.verdict, report.streams[0].added) == (RunState.FAILED, Verdict.FAILED, 1)
    clock.advance(minutes=20)
    stage.script.answers[Stream.BOOKINGS] = paged([booking("R1")], [booking("R2", minutes=-9)])
    report = stage.sync()
    assert (report.streams[0].seen, report.streams[0].added) == (1, 1)
    stream, window, token = stage.script.asked[-1]
    assert (stream, window.until, token) == (Stream.BOOKINGS, began, "1")
    cursor = stage.cursor("backfill")
    assert cursor is not None
    assert (cursor.position, cursor.high_water, cursor.last_seen) == (None, STAMP, 2)


def test_the_high_water_is_not_adopted_before_the_walk_is_complete(stage: Stage) -> None:
    stage.sync_of(booking("R1"))

    def breaks(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page(
            (booking("R1", minutes=50, balance_minor=1),), "1", high_water=STAMP + timedelta(minutes=50)
        )
        raise errors.ProviderUnavailable("reset")

    stage.script.answers[Stream.BOOKINGS] = breaks
    stage.sync()
    cursor = stage.cursor("delta")
    assert cursor is not None
    assert cursor.high_water == STAMP
    assert cursor.position is not None


def test_a_page_token_that_the_provider_forgot_begins_the_walk_again(stage: Stage, clock: FixedClock) -> None:
    def breaks(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1", high_water=STAMP)
        raise errors.ProviderUnavailable("reset")

    def forgets(window: Window, cursor: str | None) -> Iterator[Page]:
        if cursor:
            raise errors.NotFound("/reservations")
        yield Page((booking("R1"), booking("R2")), None, high_water=STAMP)

    stage.script.answers[Stream.BOOKINGS] = breaks
    stage.sync()
    clock.advance(minutes=5)
    stage.script.answers[Stream.BOOKINGS] = forgets
    report = stage.sync()
    assert (report.state, report.streams[0].added, report.streams[0].unchanged) == (RunState.SUCCEEDED, 1, 1)
    assert stage.script.asked[-1][1].until == clock()


def test_a_page_token_of_yesterday_is_not_tried(stage: Stage, clock: FixedClock) -> None:
    def breaks(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1")
        raise errors.ProviderUnavailable("reset")

    stage.script.answers[Stream.BOOKINGS] = breaks
    stage.sync()
    clock.advance(hours=25)
    stage.sync_of(booking("R1"), booking("R2"))
    assert stage.script.asked[-1][2] is None


def test_a_cancelled_run_keeps_its_pages_and_the_next_goes_on(stage: Stage, clock: FixedClock) -> None:
    def cancels(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1", high_water=STAMP)
        syncing.request_cancel(stage.hub, stage.id, actor="ian@aurora.example")
        yield Page((booking("R2"),), "2", high_water=STAMP)
        yield Page((booking("R3"),), None, high_water=STAMP)

    stage.script.answers[Stream.BOOKINGS] = cancels
    report = stage.sync()
    assert (report.state, report.verdict) == (RunState.CANCELLED, Verdict.CANCELLED)
    assert "R1" in stage.bookings()
    assert "R3" not in stage.bookings()
    assert stage.row().state == ConnectionState.UNTESTED
    assert stage.row().next_sync_at == clock() + timedelta(minutes=15)
    stage.script.answers[Stream.BOOKINGS] = paged([booking("R1")], [booking("R2")], [booking("R3")])
    assert stage.sync().state is RunState.SUCCEEDED
    assert set(stage.bookings()) == {"R1", "R2", "R3"}


def test_a_hub_that_stops_ends_the_run_at_a_pages_edge(stage: Stage) -> None:
    def stops(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1", high_water=STAMP)
        stage.hub.stopping.set()
        yield Page((booking("R2"),), "2", high_water=STAMP)
        yield Page((booking("R3"),), None, high_water=STAMP)

    stage.script.answers[Stream.BOOKINGS] = stops
    report = stage.sync()
    assert (report.state, report.verdict) == (RunState.INTERRUPTED, Verdict.CANCELLED)
    assert stage.row().next_sync_at == stage.hub.clock()
    assert stage.row().claimed_by is None


def test_a_run_over_its_time_ends_and_is_due_again_at_once(stage: Stage, clock: FixedClock) -> None:
    def dawdles(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1", high_water=STAMP)
        clock.advance(hours=4)
        # This one may be on its way already when the run looks at the clock.
        yield Page((booking("R2"),), "2", high_water=STAMP)
        yield Page((booking("R3"),), None, high_water=STAMP)

    stage.script.answers[Stream.BOOKINGS] = dawdles
    report = stage.sync()
    assert report.fault is not None
    assert (report.state, report.fault.code) == (RunState.FAILED, "run_too_long")
    assert stage.row().next_sync_at == clock()


def test_a_run_whose_process_died_is_named_by_the_next(stage: Stage, clock: FixedClock) -> None:
    claim = sync_claims.claim_one(stage.hub, stage.id, owner="dead")
    sync_runs.begin(stage.hub, claim)
    clock.advance(minutes=2)
    stage.sync_of(booking("R1"))
    assert [run.state for run in stage.runs()] == [RunState.INTERRUPTED, RunState.SUCCEEDED]
    assert stage.log_actions().count("run.interrupted") == 1


def test_a_second_run_of_the_same_connection_is_refused(stage: Stage) -> None:
    sync_claims.claim_one(stage.hub, stage.id, owner="other")
    with pytest.raises(syncing.SyncBusy):
        stage.sync()


def test_a_run_that_was_taken_over_writes_nothing_more(stage: Stage, clock: FixedClock) -> None:
    def loses(window: Window, cursor: str | None) -> Iterator[Page]:
        clock.advance(minutes=2)
        sync_claims.claim_one(stage.hub, stage.id, owner="other")
        yield Page((booking("R1"),), None)

    stage.script.answers[Stream.BOOKINGS] = loses
    with pytest.raises(syncing.ClaimLost):
        stage.sync()
    assert stage.bookings() == {}


def test_sync_now_during_a_run_makes_another_one_due(stage: Stage) -> None:
    def asks(window: Window, cursor: str | None) -> Iterator[Page]:
        syncing.request_sync(stage.hub, stage.id, actor="ian@aurora.example")
        yield Page((booking("R1"),), None)

    stage.script.answers[Stream.BOOKINGS] = asks
    stage.sync()
    assert stage.row().next_sync_at == stage.hub.clock()
    assert stage.row().wanted_mode == Mode.DELTA


def test_a_connection_edited_during_a_run_keeps_what_the_admin_did(stage: Stage, clock: FixedClock) -> None:
    def edits(window: Window, cursor: str | None) -> Iterator[Page]:
        clock.advance(minutes=1)
        stage.edit(state=ConnectionState.UNTESTED, changed_at=clock())
        raise errors.CredentialsRejected
        yield

    stage.script.answers[Stream.BOOKINGS] = edits
    stage.sync()
    assert (stage.row().state, stage.row().next_sync_at) == (ConnectionState.UNTESTED, clock())


def test_pausing_ends_the_run_and_stays(stage: Stage) -> None:
    def pauses(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "1")
        stage.edit(state=ConnectionState.PAUSED)
        yield Page((booking("R2"),), "2")
        yield Page((booking("R3"),), None)

    stage.script.answers[Stream.BOOKINGS] = pauses
    assert stage.sync().state is RunState.CANCELLED
    assert "R3" not in stage.bookings()
    assert stage.row().state == ConnectionState.PAUSED


# --- faults ---------------------------------------------------------------------------------------------------------


def test_a_rejected_key_asks_for_attention_and_stops_the_timer(stage: Stage) -> None:
    stage.script.fail(Stream.BOOKINGS, errors.CredentialsRejected("status 401"))
    stage.sync()
    row = stage.row()
    assert row.fault is not None
    assert (row.state, row.next_sync_at, row.fault["code"]) == (
        ConnectionState.NEEDS_ATTENTION,
        None,
        "credentials_rejected",
    )


def test_an_unavailable_provider_backs_the_next_run_off_and_comes_back(
    stage: Stage, clock: FixedClock
) -> None:
    stage.sync_of(booking("R1"))
    stage.script.fail(Stream.BOOKINGS, errors.ProviderUnavailable("status"))
    waits, since = [], clock()
    for _ in range(8):
        stage.sync()
        row = stage.row()
        assert row.next_sync_at is not None
        waits.append((row.next_sync_at - clock()).total_seconds() / 60)
        assert (row.state, row.fault_since) == (ConnectionState.DEGRADED, since)
        clock.advance(minutes=1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    stage.sync_of(booking("R1"))
    row = stage.row()
    assert (row.state, row.fault, row.fault_since, row.failures) == (ConnectionState.HEALTHY, None, None, 0)
    changes_of_state = [action for action in stage.log_actions() if action.startswith("connection.")]
    assert changes_of_state == ["connection.healthy", "connection.degraded", "connection.healthy"]
    words = [
        line.summary.partition(": ")[2] for line in stage.all(LogEntry, LogEntry.id) if "→" in line.summary
    ]
    assert words[0] == "Not proven yet → Working"
    assert words[1].startswith("Working → Having trouble, retrying: ")


def test_a_provider_that_names_a_time_is_left_alone_until_then(stage: Stage, clock: FixedClock) -> None:
    stage.script.fail(Stream.BOOKINGS, errors.RateLimited(5400))
    stage.sync()
    assert stage.row().next_sync_at == clock() + timedelta(seconds=5400)


def test_a_missing_permission_for_one_stream_leaves_the_others_running(
    hub: Runtime, clock: FixedClock
) -> None:
    stage = Stage(hub, streams=(Stream.GUESTS, Stream.BOOKINGS))
    stage.script.fail(Stream.GUESTS, errors.PermissionMissing("/guests"))
    report = stage.sync_of(booking("R1"))
    assert [one.state for one in report.streams] == [RunState.FAILED, RunState.SUCCEEDED]
    row = stage.row()
    assert (row.state, row.last_good_at) == (ConnectionState.NEEDS_ATTENTION, clock())
    assert row.next_sync_at == clock() + timedelta(minutes=15)


def test_no_permission_at_all_stops_the_timer(stage: Stage) -> None:
    stage.script.fail(Stream.BOOKINGS, errors.PermissionMissing("/reservations"))
    stage.sync()
    assert (stage.row().state, stage.row().next_sync_at) == (ConnectionState.NEEDS_ATTENTION, None)


def test_an_answer_not_understood_in_one_stream_leaves_the_others_running(hub: Runtime) -> None:
    stage = Stage(hub, streams=(Stream.GUESTS, Stream.BOOKINGS))
    stage.script.fail(Stream.GUESTS, errors.ContractBroken("guests[0].id"))
    report = stage.sync_of(booking("R1"))
    assert [one.verdict for one in report.streams] == [Verdict.FAILED, Verdict.NEW_DATA]
    assert stage.row().state == ConnectionState.DEGRADED


def test_a_web_page_instead_of_data_is_forgiven_twice(stage: Stage) -> None:
    stage.sync_of(booking("R1"))
    stage.script.fail(Stream.BOOKINGS, errors.AnswerNotJson("/reservations"))
    states = []
    for _ in range(3):
        stage.sync()
        states.append(stage.row().state)
    assert states == [ConnectionState.DEGRADED, ConnectionState.DEGRADED, ConnectionState.NEEDS_ATTENTION]
    assert stage.row().next_sync_at is not None


def test_two_streams_without_an_answer_end_the_run(hub: Runtime) -> None:
    stage = Stage(hub, streams=(Stream.GUESTS, Stream.BOOKINGS, Stream.AVAILABILITY))
    for stream in stage.streams:
        stage.script.fail(stream, errors.ProviderHung(30))
    assert [one.stream for one in stage.sync().streams] == [Stream.GUESTS, Stream.BOOKINGS]


def test_a_stream_that_failed_at_first_reads_its_history_later(hub: Runtime) -> None:
    stage = Stage(hub, streams=(Stream.BOOKINGS, Stream.CHECK_INS))
    stage.script.fail(Stream.BOOKINGS, errors.ContractBroken("x"))
    stage.script.tell(Stream.CHECK_INS, [booking("R7")])
    stage.sync()
    stage.tell(booking("R1"))
    report = stage.sync()
    assert [one.mode for one in report.streams] == [Mode.BACKFILL, Mode.DELTA]
    assert stage.facts() == []


def test_a_key_file_that_does_not_fit_is_a_fault_and_not_a_crash(stage: Stage) -> None:
    stage.edit(credentials=b"not sealed by this key")
    report = stage.sync()
    assert report.fault is not None
    assert (report.state, report.fault.code) == (RunState.FAILED, "key_missing")
    assert stage.row().next_sync_at is None


def test_a_bug_frees_the_claim_and_is_recorded_without_its_text(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.script.fail(Stream.BOOKINGS, KeyError("a guest's name"))
    report = stage.sync()
    assert report.fault is not None
    assert (report.fault.code, report.fault.detail) == ("internal_error", "KeyError")
    row = stage.row()
    assert (row.claimed_by, row.state) == (None, ConnectionState.DEGRADED)
    assert "a guest's name" not in str(row.fault)
    assert "failed" in caplog.text


def test_a_cursor_that_does_not_fit_fails_the_stream(stage: Stage) -> None:
    def answer(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "x" * 5000)

    stage.script.answers[Stream.BOOKINGS] = answer
    report = stage.sync()
    assert report.streams[0].fault is not None
    assert report.streams[0].fault.code == "contract_broken"
    assert stage.bookings() == {}


# --- facts, shadows, search -----------------------------------------------------------------------------------------


def test_changes_between_pages_and_equal_stamps_lose_and_double_nothing(stage: Stage) -> None:
    """A record that moves from the second page to the first of the next walk is stored once, as it is then."""
    pages = [[booking("R1"), booking("R2")], [booking("R2", balance_minor=700), booking("R3")]]
    stage.script.answers[Stream.BOOKINGS] = paged(*pages)
    report = stage.sync()
    assert (report.streams[0].seen, report.streams[0].added, report.streams[0].changed) == (4, 3, 1)
    assert stage.bookings()["R2"].balance_minor == 700
    with stage.hub.reading() as session:
        assert session.scalar(select(func.count()).select_from(Stay)) == 3


def test_a_backfill_and_a_shadow_tell_nobody(hub: Runtime, clock: FixedClock) -> None:
    stage = Stage(hub)
    shadow = Stage(hub, name="New system", role=ConnectionRole.SHADOW)
    for one in (stage, shadow):
        one.sync_of(booking("R1"))
    assert stage.facts() == []
    clock.advance(minutes=15)
    shadow.sync_of(booking("R1", minutes=5, status=BookingStatus.CANCELLED))
    assert stage.facts() == []
    stage.sync_of(booking("R1", minutes=5, status=BookingStatus.CANCELLED))
    assert stage.facts() == [("booking.cancelled", 1)]


def test_a_booking_made_while_the_history_was_read_is_announced_once(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(booking("R1"))
    made = clock() + timedelta(seconds=3)
    clock.advance(minutes=15)
    new = booking("R2", created_at=made, updated_at=made)
    for _ in range(3):
        stage.sync_of(new)
    assert stage.facts() == [("booking.created", 1)]


def test_guests_come_before_bookings_and_inventory_last(hub: Runtime) -> None:
    stage = Stage(hub, streams=tuple(reversed(Stream)))
    stage.sync()
    assert [stream for stream, _, _ in stage.script.asked] == list(Stream)
    inventory = stage.script.windows(Stream.RATES)[0]
    assert (inventory.from_date, inventory.to_date) == (TODAY, TODAY + timedelta(sync_plan.INVENTORY_DAYS))
    arrivals = stage.script.windows(Stream.CHECK_INS)[0]
    assert (arrivals.from_date, arrivals.to_date) == (TODAY - timedelta(1), TODAY + timedelta(2))


def test_a_room_move_within_the_window_is_told_as_one(stage: Stage, clock: FixedClock) -> None:
    inside = BookingStatus.CHECKED_IN
    stage.sync_of(
        booking("R1", status=inside, stays=(stay(room="204", nights=3, arrival=-1, status=inside),))
    )
    clock.advance(minutes=15)
    moved = (
        stay(room="204", nights=1, arrival=-1, status=BookingStatus.CHECKED_OUT),
        stay("2", room="305", nights=2, arrival=0, status=inside),
    )
    stage.sync_of(booking("R1", minutes=7, status=inside, stays=moved))
    assert ("2", "room", "204", "305") in stage.changes()
    assert [kind for kind, _ in stage.facts()] == ["booking.updated"]


# --- deletions ------------------------------------------------------------------------------------------------------


def test_a_sweep_asks_for_what_is_no_longer_listed_and_marks_what_is_gone(
    stage: Stage, clock: FixedClock
) -> None:
    stage.sync_of(booking("R1"), booking("R2"), booking("R3"), booking("R4", arrival=-40))
    stage.script.single["R2"] = booking("R2", minutes=3, status=BookingStatus.CANCELLED)
    clock.advance(hours=15)
    report = stage.sync_of(booking("R1"))
    assert (report.verdict, report.streams[0].changed) == (Verdict.NEW_DATA, 1)
    rows = stage.bookings()
    assert [row.external_id for row in rows.values() if row.gone_at] == ["R3"]
    assert rows["R2"].status == "cancelled"
    assert stage.script.reread == [["R2", "R3"]]
    clock.advance(minutes=15)
    stage.sync_of(booking("R1"))
    assert stage.script.reread == [["R2", "R3"]]


def test_what_is_cancelled_or_over_may_be_left_out_of_a_list(stage: Stage, clock: FixedClock) -> None:
    """Many providers list living bookings only: asking for the others would cost calls, and mark them as gone."""
    over = {"arrival": -3, "nights": 4, "status": BookingStatus.CHECKED_OUT}
    stage.sync_of(booking("R1"), booking("R2", status=BookingStatus.CANCELLED), booking("R3", **over))
    clock.advance(hours=15)
    assert stage.sync_of(booking("R1")).verdict is Verdict.NOTHING_NEW
    assert stage.script.reread == []
    assert all(row.gone_at is None for row in stage.bookings().values())


def test_a_list_that_hides_very_many_deletes_nothing(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(*(booking(f"R{number}") for number in range(205)))
    clock.advance(hours=15)
    stage.sync_of(booking("R0"))
    assert stage.script.reread == []
    assert all(row.gone_at is None for row in stage.bookings().values())


def test_a_provider_without_single_records_deletes_nothing(stage: Stage, clock: FixedClock) -> None:
    stage.sync_of(booking("R1"), booking("R2"))
    stage.script.single_error = errors.RecipeWrong("streams.bookings.single", "missing")
    clock.advance(hours=15)
    assert stage.sync_of(booking("R1")).verdict is Verdict.NOTHING_NEW
    assert stage.bookings()["R2"].gone_at is None


def test_a_list_that_moved_while_it_was_read_is_read_again(stage: Stage) -> None:
    walks = iter([[booking("R1"), booking("R1")], [booking("R1"), booking("R2")]])

    def answer(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page(tuple(next(walks)), None, total=2)

    stage.script.answers[Stream.BOOKINGS] = answer
    report = stage.sync()
    assert (report.verdict, report.streams[0].added, report.streams[0].seen) == (Verdict.NEW_DATA, 2, 4)
    assert stage.stream_rows()[0].notes == {}


def test_a_list_that_never_shows_all_it_counts_is_noted(stage: Stage) -> None:
    def answer(window: Window, cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), None, total=3)

    stage.script.answers[Stream.BOOKINGS] = answer
    assert stage.sync().state is RunState.SUCCEEDED
    assert stage.stream_rows()[0].notes == {"missing": 2}


def test_both_databases_keep_every_stream(either_hub: Runtime, clock: FixedClock) -> None:
    stage = Stage(either_hub, streams=tuple(Stream))
    rate = RateDay(
        "FLEX", TODAY, 12300, "EUR", "DBL", "Flexible", "Double", min_stay=2, closed_to_arrival=True
    )
    free = AvailabilityDay("DBL", TODAY, 7, "Double", 20)
    stage.script.tell(Stream.GUESTS, [Guest("G-R1", "Ada", "Keller", country="CH", is_vip=True)])
    stage.script.tell(Stream.AVAILABILITY, [free, free])
    stage.script.tell(Stream.RATES, [rate, msgspec.structs.replace(rate, day=TODAY + timedelta(1))])
    stage.script.tell(Stream.CHECK_INS, [booking("R1", status=BookingStatus.CHECKED_IN, minutes=1)])
    report = stage.sync_of(booking("R1"))
    assert [(one.added, one.changed) for one in report.streams] == [(1, 0), (1, 0), (0, 1), (1, 0), (2, 0)]
    clock.advance(minutes=15)
    stage.script.tell(Stream.RATES, [msgspec.structs.replace(rate, price_minor=9900)])
    report = stage.sync_of(booking("R1", minutes=2, status=BookingStatus.CHECKED_OUT))
    assert [one.changed for one in report.streams] == [0, 1, 0, 0, 1]
    assert stage.facts() == [("guest.checkin", 1), ("guest.checkout", 1)]
    with either_hub.reading() as session:
        first = session.scalars(select(Rate).order_by(Rate.day)).first()
        assert first is not None
        assert (first.price_minor, first.revision, first.min_stay, first.closed_to_arrival) == (
            9900,
            2,
            2,
            True,
        )
        room = session.scalars(select(Availability)).one()
        assert (room.available, room.total, room.revision, room.room_type) == (7, 20, 1, "Double")
    assert stage.row().state == ConnectionState.HEALTHY
