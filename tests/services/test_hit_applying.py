"""Hits applied: the record is read again, compared and stored; order, duplicates, lag and failures do not matter."""

import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider, said
from tests.sync_stage import STAMP, booking
from webapp.domain.booking import BookingGuest, BookingStatus
from webapp.domain.guest import Guest
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import (
    ContractBroken,
    CredentialsRejected,
    ProviderUnavailable,
    RateLimited,
)
from webapp.models import BookingChange, ConnectionRole, ConnectionState, HitState, LogEntry, WebhookHit
from webapp.models import Guest as GuestRow
from webapp.runtime import Runtime
from webapp.services import hit_applying, hit_claims

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


@pytest.fixture
def stage(either_hub: Runtime) -> HookStage:
    """The provider's history was read a moment ago; R1 is confirmed."""
    stage = HookStage(either_hub)
    stage.sync_of(booking(), full=True)
    stage.answers(booking())
    return stage


def test_a_hit_brings_what_the_provider_says_now(stage: HookStage) -> None:
    stage.answers(booking(minutes=5, status=BookingStatus.CHECKED_IN))
    stage.call(event("guest.checkin"))
    assert stage.process() == 1
    assert stage.bookings()["R1"].status == BookingStatus.CHECKED_IN
    assert stage.facts() == [("guest.checkin", 1)]
    (hit,) = stage.hits()
    assert (hit.state, hit.changed, hit.events) == (HitState.APPLIED, 1, "guest.checkin")


def test_a_change_names_its_road_and_its_hit(stage: HookStage) -> None:
    stage.answers(booking(minutes=5, total_minor=30000))
    stage.call(event())
    stage.process()
    (hit,) = stage.hits()
    changes = [row for row in stage.all(BookingChange, BookingChange.id) if row.hit_id]
    assert {(row.road, row.hit_id, row.run_id) for row in changes} == {("hit", hit.id, None)}
    line = next(row for row in stage.all(LogEntry, LogEntry.id) if row.kind == "hit")
    assert (line.trace_id, line.action) == (hit.trace_id, "hit.applied")
    assert line.summary == "booking.updated of R1: 1 booking changed"


def test_the_same_hit_again_changes_nothing(stage: HookStage) -> None:
    stage.answers(booking(minutes=5, total_minor=30000))
    stage.call(event())
    stage.process()
    before = stage.changes()
    stage.call(event())
    stage.process()
    assert stage.changes() == before
    assert [hit.changed for hit in stage.hits()] == [1, 0]


def test_an_event_with_the_providers_mark_is_read_once(stage: HookStage) -> None:
    for _ in range(3):
        stage.call(event(mark="e1"))
        stage.process()
    assert stage.states() == [HitState.APPLIED, HitState.DUPLICATE, HitState.DUPLICATE]
    assert stage.script.reread == [["R1"]]


def test_two_true_updates_that_look_the_same_are_both_read(stage: HookStage) -> None:
    for total in (30000, 40000):
        stage.answers(booking(minutes=total // 1000, total_minor=total))
        stage.call(event())
        stage.process()
    assert stage.states() == [HitState.APPLIED, HitState.APPLIED]
    assert stage.bookings()["R1"].total_minor == 40000


def test_hits_of_one_booking_share_one_read(stage: HookStage) -> None:
    for _ in range(20):
        stage.call(event())
    assert stage.process() == 20
    assert stage.script.reread == [["R1"]]


def test_a_thousand_of_the_same_hit_shuffled_with_others_leave_the_right_state(stage: HookStage) -> None:
    final = {
        f"R{number}": booking(f"R{number}", minutes=9, total_minor=number * 100) for number in range(2, 12)
    }
    stage.answers(booking(minutes=9, status=BookingStatus.CANCELLED), *final.values())
    calls = [event("booking.cancelled", mark="the same")] * 1000
    calls += [event("booking.created", number, mark=number) for number in final] * 3
    random.Random(7).shuffle(calls)  # noqa: S311 - a repeatable order
    for call in calls:
        stage.call(call)
    stage.process()
    states = stage.states()
    assert len(states) == 1030
    assert (states.count(HitState.APPLIED), states.count(HitState.DUPLICATE)) == (11, 1019)
    stored = stage.bookings()
    assert stored["R1"].status == BookingStatus.CANCELLED
    assert {key: row.total_minor for key, row in stored.items() if key != "R1"} == {
        key: item.total_minor for key, item in final.items()
    }
    assert stage.facts().count(("booking.cancelled", 1)) == 1
    assert max(number for _, number in stage.facts()) == 1


def test_a_cancellation_that_comes_before_its_booking_is_kept(stage: HookStage) -> None:
    stage.answers(booking("R2", status=BookingStatus.CANCELLED, created_at=stage.hub.clock()))
    stage.call(event("booking.cancelled", "R2"))
    stage.call(event("booking.created", "R2"))
    stage.process()
    assert stage.bookings()["R2"].status == BookingStatus.CANCELLED
    assert stage.facts() == [("booking.created", 1), ("booking.cancelled", 1)]


def test_an_older_answer_never_overwrites_a_newer_one(stage: HookStage) -> None:
    stage.sync_of(booking(minutes=30, total_minor=50000))
    stage.answers(booking(minutes=10, total_minor=10))
    stage.call(event())
    stage.process()
    assert stage.bookings()["R1"].total_minor == 50000


def test_a_read_that_lags_behind_is_repeated_after_3_10_and_30_seconds(
    stage: HookStage, clock: FixedClock
) -> None:
    stage.call(event("guest.checkin"))
    stage.process()
    for seconds in (3, 10, 30):
        assert stage.states() == [HitState.WAITING]
        clock.advance(seconds=seconds - 1)
        assert stage.process() == 0
        clock.advance(seconds=1)
        if seconds == 30:
            stage.answers(booking(minutes=5, status=BookingStatus.CHECKED_IN))
        assert stage.process() == 1
    assert stage.states() == [HitState.APPLIED]
    assert stage.facts() == [("guest.checkin", 1)]


def test_after_the_last_repetition_what_the_provider_shows_is_the_truth(
    stage: HookStage, clock: FixedClock
) -> None:
    stage.call(event("booking.cancelled"))
    for seconds in (0, 3, 10, 30):
        clock.advance(seconds=seconds)
        stage.process()
    assert stage.states() == [HitState.APPLIED]
    assert stage.bookings()["R1"].status == BookingStatus.CONFIRMED
    assert len(stage.script.reread) == 4


def test_a_hint_that_the_booking_has_left_behind_is_no_contradiction(stage: HookStage) -> None:
    stage.answers(booking(minutes=60, status=BookingStatus.CONFIRMED))
    stage.call(event("guest.checkin", at=STAMP.isoformat()))
    stage.process()
    assert stage.states() == [HitState.APPLIED]


def test_an_update_whose_record_is_older_than_the_call_is_read_again(stage: HookStage) -> None:
    stage.call(event(at=(STAMP + timedelta(minutes=1)).isoformat()))
    stage.process()
    assert stage.states() == [HitState.WAITING]


def test_a_deleted_booking_is_marked_gone_and_stays(stage: HookStage) -> None:
    stage.script.single.clear()
    stage.call(event("booking.cancelled"))
    stage.process()
    row = stage.bookings()["R1"]
    assert row.gone_at == stage.hub.clock()
    assert stage.changes()[-1] == ("", "gone", "no", "yes")


def test_a_booking_that_is_not_there_yet_is_waited_for(stage: HookStage, clock: FixedClock) -> None:
    stage.call(event("booking.created", "R2"))
    stage.process()
    assert stage.states() == [HitState.WAITING]
    stage.answers(booking("R2", created_at=clock()))
    clock.advance(seconds=3)
    stage.process()
    assert stage.states() == [HitState.APPLIED]
    assert ("booking.created", 1) in stage.facts()


def test_a_guest_is_read_again_too(stage: HookStage) -> None:
    stage.script.single["G-R1"] = Guest("G-R1", "Ada", "Keller-Roth")
    stage.call(event("guest.changed", "G-R1", stream="guests"))
    stage.process()
    (row,) = stage.all(GuestRow, GuestRow.id)
    assert (row.last_name, row.is_profile) == ("Keller-Roth", True)


@pytest.mark.parametrize(
    ("call", "note"),
    [
        (event("roomblock.created", ""), "It is about nothing that this hub keeps."),
        (event("rate.changed", "X", stream="rates"), "It is about nothing that this hub keeps."),
    ],
)
def test_what_the_hub_does_not_keep_is_kept_and_shown_as_a_call(
    stage: HookStage, call: dict[str, str], note: str
) -> None:
    stage.call(call)
    stage.process()
    (hit,) = stage.hits()
    assert (hit.state, hit.reason, hit.events) == (HitState.IGNORED, note, call["type"])
    assert stage.script.reread == []


def test_a_kind_of_data_that_is_not_ticked_is_not_read(hub: Runtime) -> None:
    stage = HookStage(hub, streams=(Stream.RATES,))
    stage.call(event())
    stage.process()
    (hit,) = stage.hits()
    assert (hit.state, hit.reason) == (
        HitState.IGNORED,
        "This kind of data is not ticked for this connection.",
    )


def test_a_call_about_another_hotel_is_ignored(stage: HookStage) -> None:
    body = said(event(), account="somebody else's")
    stage.reception.take(stage.hit(body), token=stage.token)
    stage.process()
    (hit,) = stage.hits()
    assert (hit.state, hit.reason) == (HitState.IGNORED, "It is about another hotel.")


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"\xff\xfe\x00", b"[1, 2", b"{}", b"null", b"[" * 5000],
    ids=["nothing", "text", "bytes", "cut off", "empty", "null", "deep"],
)
def test_what_cannot_be_understood_is_kept_with_the_reason(stage: HookStage, body: bytes) -> None:
    stage.reception.take(stage.hit(body), token=stage.token)
    stage.process()
    (hit,) = stage.hits()
    assert hit.state == HitState.FAILED
    assert hit.fault is not None
    assert hit.fault["code"] == "contract_broken"


def test_a_bug_that_one_call_finds_holds_up_no_other(
    stage: HookStage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.reception.take(
        stage.hit(b'{"account": "H1", "events": [{"type": "x", "stream": "no such"}]}'), token=stage.token
    )
    stage.answers(booking(minutes=5, total_minor=30000))
    stage.call(event())
    stage.process()
    assert stage.states() == [HitState.FAILED, HitState.APPLIED]
    assert "could not be read" in caplog.text


def test_a_provider_that_is_away_is_asked_again_later(stage: HookStage, clock: FixedClock) -> None:
    stage.script.single_error = ProviderUnavailable()
    stage.call(event())
    stage.process()
    (hit,) = stage.hits()
    assert (hit.state, hit.tries, hit.next_try_at) == (HitState.WAITING, 1, clock() + timedelta(seconds=10))
    assert hit.fault is not None
    assert hit.fault["code"] == "provider_unavailable"
    stage.script.single_error = None
    clock.advance(seconds=10)
    stage.process()
    (hit,) = stage.hits()
    assert (hit.state, hit.fault) == (HitState.APPLIED, None)


def test_the_provider_says_how_long_to_wait(stage: HookStage, clock: FixedClock) -> None:
    stage.script.single_error = RateLimited(retry_after=77)
    stage.call(event())
    stage.process()
    assert stage.hits()[0].next_try_at == clock() + timedelta(seconds=77)


def test_a_hit_is_given_up_when_all_tries_are_used(stage: HookStage, clock: FixedClock) -> None:
    stage.script.single_error = ProviderUnavailable()
    stage.call(event())
    for _ in range(len(hit_applying.BACKOFF) + 1):
        stage.process()
        clock.advance(hours=2)
    assert stage.states() == [HitState.FAILED]
    actions = [row.action for row in stage.all(LogEntry, LogEntry.id) if row.kind == "hit"]
    assert actions == ["hit.waiting", "hit.failed"]  # not a line for each try


def test_a_record_that_breaks_the_answer_holds_up_no_other(stage: HookStage) -> None:
    def read(ids: list[str]) -> None:
        if "BAD" in ids:
            raise ContractBroken("reservation.rooms")

    stage.script.before_read = read
    stage.answers(booking(minutes=5, total_minor=30000))
    stage.call(event(number="BAD"))
    stage.call(event())
    stage.process()
    assert stage.states() == [HitState.FAILED, HitState.APPLIED]
    assert stage.bookings()["R1"].total_minor == 30000


def test_behind_a_refused_key_hits_wait_until_somebody_mends_it(stage: HookStage, clock: FixedClock) -> None:
    stage.script.single_error = CredentialsRejected()
    stage.call(event())
    stage.process()
    assert stage.states() == [HitState.WAITING]
    stage.edit(state=ConnectionState.NEEDS_ATTENTION, fault={"code": "credentials_rejected"})
    clock.advance(hours=1)
    assert hit_claims.due_connections(stage.hub) == []
    stage.edit(state=ConnectionState.UNTESTED, fault=None)
    stage.script.single_error = None
    assert hit_claims.due_connections(stage.hub) == [stage.id]
    stage.process()
    assert stage.states() == [HitState.APPLIED]


def test_a_paused_connection_keeps_its_hits(stage: HookStage) -> None:
    stage.edit(state=ConnectionState.PAUSED)
    stage.call(event())
    assert hit_claims.due_connections(stage.hub) == []
    assert stage.states() == [HitState.WAITING]


def test_a_shadow_tells_nobody(hub: Runtime) -> None:
    stage = HookStage(hub, role=ConnectionRole.SHADOW)
    stage.answers(booking("R2", created_at=hub.clock()))
    stage.call(event("booking.created", "R2"))
    stage.process()
    assert "R2" in stage.bookings()
    assert stage.facts() == []


def test_before_the_history_is_read_an_old_booking_is_no_news(hub: Runtime, clock: FixedClock) -> None:
    stage = HookStage(hub)
    stage.answers(booking("OLD", created_at=clock() - timedelta(days=40)), booking("NEW", created_at=clock()))
    stage.call(event(number="OLD"), event("booking.created", "NEW"))
    stage.process()
    assert set(stage.bookings()) == {"OLD", "NEW"}
    assert stage.facts() == [("booking.created", 1)]


def test_two_workers_apply_each_hit_once(stage: HookStage) -> None:
    bookings = [booking(f"N{number}", created_at=stage.hub.clock()) for number in range(40)]
    stage.answers(*bookings)
    for item in bookings:
        stage.call(event("booking.created", item.external_id))
    counts: list[int] = []
    workers = [
        threading.Thread(target=lambda: counts.append(hit_applying.process(stage.hub, stage.id)))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 40
    assert stage.states() == [HitState.APPLIED] * 40
    assert stage.facts() == [("booking.created", 1)] * 40


def test_a_worker_that_died_loses_no_hit(stage: HookStage, clock: FixedClock) -> None:
    stage.answers(booking(minutes=5, total_minor=30000))
    stage.call(event())
    assert len(hit_claims.claim(stage.hub, stage.id, owner="the dead").hits) == 1
    assert stage.process() == 0
    clock.advance(seconds=hit_claims.CLAIM_FOR.total_seconds())
    assert stage.process() == 1
    assert stage.bookings()["R1"].total_minor == 30000


def test_a_worker_that_was_too_slow_settles_nothing(stage: HookStage, clock: FixedClock) -> None:
    stage.call(event())
    slow = hit_claims.claim(stage.hub, stage.id, owner="slow")
    clock.advance(seconds=hit_claims.CLAIM_FOR.total_seconds())
    stage.process()
    settled_at = stage.hits()[0].settled_at
    clock.advance(seconds=1)
    hit_applying._apply(stage.hub, slow)
    assert stage.hits()[0].settled_at == settled_at


def test_log_lines_hold_nothing_of_a_guest(stage: HookStage) -> None:
    stage.answers(booking(minutes=5, guests=(BookingGuest("G-R1", "Zora", "Quux", "zora@quux.example"),)))
    stage.call({**event(), "guest": "zora@quux.example"})
    stage.process()
    with stage.hub.reading() as session:
        told = " ".join(session.scalars(select(LogEntry.summary)))
        stored = session.scalars(select(WebhookHit.sealed)).one()
    assert "zora" not in told.lower()
    assert b"zora" not in stored


def test_what_is_ignored_in_a_call_hides_nothing_that_comes_after_it(stage: HookStage) -> None:
    """The connection does not read rates; the booking named behind them in the same call is read all the same."""
    stage.answers(booking("R1"))
    stage.call(event("rate.changed", "BAR", stream="rates"), event("booking.updated", "R1"))
    stage.process()
    assert stage.states() == ["applied"]
    assert set(stage.bookings()) == {"R1"}
