"""The ledger of missed webhooks: what counts, what never does, the cause it names, and that none counts twice."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.domain.booking import Booking, BookingGuest, BookingStatus
from webapp.domain.event import FactType
from webapp.domain.guest import Guest
from webapp.models import (
    ConnectionRole,
    HitState,
    HitSubject,
    HitTrust,
    HitWatch,
    LedgerHour,
    MissedHit,
    WebhookHit,
)
from webapp.runtime import Runtime
from webapp.services import hit_watching, hits, missed_hits, missed_views, tight_polling
from webapp.services.missed_causes import Cause

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


@dataclass
class Ledger(HookStage):
    """A connection whose history is read and whose provider has called once; then time goes by as a poll sees it."""

    clock: FixedClock = field(default_factory=FixedClock)
    born: dict[str, datetime] = field(default_factory=dict)

    def first_call(self) -> None:
        self.sync_of(self.made("R0"))
        self.answers(self.made("R0"))
        self.call(event("booking.updated", "R0"))
        self.process()
        self.clock.advance(minutes=15)

    def made(self, number: str = "R1", **more: object) -> Booking:
        now = self.hub.clock()
        return booking(number, created_at=self.born.setdefault(number, now), updated_at=now, **more)

    def found_by_poll(self, *numbers: str, **more: object) -> None:
        """The provider made or changed these a minute before the run that finds them."""
        told = [self.made(number, **more) for number in numbers]
        self.clock.advance(minutes=1)
        self.sync_of(*told)

    def grace_passes(self) -> int:
        self.clock.advance(minutes=11)
        return missed_hits.settle(self.hub)

    def missed(self) -> list[tuple[str, str]]:
        return [(row.type, row.cause) for row in self.all(MissedHit, MissedHit.id)]

    def counted(self, column: str) -> int:
        return sum(getattr(row, column) for row in self.all(LedgerHour, LedgerHour.hour))

    def watch(self) -> HitWatch:
        with self.hub.reading() as session:
            return session.get_one(HitWatch, self.id)


@pytest.fixture
def stage(hub: Runtime, clock: FixedClock) -> Ledger:
    stage = Ledger(hub, clock=clock)
    stage.first_call()
    return stage


def test_a_change_that_only_a_poll_found_is_missed_once_the_grace_has_passed(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.clock.advance(minutes=9)
    missed_hits.settle(stage.hub)
    assert stage.missed() == []
    stage.clock.advance(minutes=2)
    missed_hits.settle(stage.hub)
    assert [kind for kind, _ in stage.missed()] == ["booking.created"]
    assert stage.counted("missed") == 1


def test_it_is_never_counted_twice(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    assert stage.grace_passes() == 1
    assert stage.grace_passes() == 0
    stage.sync()
    assert stage.grace_passes() == 0
    assert len(stage.missed()) == stage.counted("missed") == 1


def test_a_call_that_comes_late_but_within_the_grace_is_no_miss(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.clock.advance(minutes=5)
    stage.answers(stage.made("R1"))
    stage.call(event("booking.created", "R1"))
    stage.process()
    stage.grace_passes()
    assert stage.missed() == []
    assert stage.counted("also_heard") == 1


def test_a_call_that_came_before_the_poll_and_could_not_be_applied_yet_is_no_miss(stage: Ledger) -> None:
    told = stage.made("R1")
    stage.call(event("booking.created", "R1"))
    stage.clock.advance(minutes=1)
    stage.sync_of(told)
    stage.answers(told)
    stage.process()
    stage.grace_passes()
    assert stage.missed() == []


def test_while_calls_lie_here_unread_the_ledger_waits(stage: Ledger) -> None:
    told = stage.made("R1")
    stage.sync_of(told)
    stage.call(event("booking.created", "R1"))
    assert stage.grace_passes() == 0
    stage.answers(told)
    stage.process()
    assert stage.grace_passes() == 1
    assert stage.missed() == []


def test_a_call_about_another_booking_excuses_nothing(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.answers(stage.made("R2"))
    stage.call(event("booking.created", "R2"))
    stage.process()
    stage.grace_passes()
    assert [kind for kind, _ in stage.missed()] == ["booking.created"]
    assert stage.counted("by_hit") == 1


def test_a_changed_name_may_be_told_of_the_guest(stage: Ledger) -> None:
    for number, is_told in (("R0", True), ("R1", False)):
        stage.found_by_poll(number, guests=(BookingGuest(f"G-{number}", "Ada", "Keller"),))
        stage.grace_passes()
        stage.found_by_poll(number, guests=(BookingGuest(f"G-{number}", "Ada", "Kellermann"),))
        if is_told:
            stage.script.single["G-R0"] = Guest("G-R0", "Ada", "Kellermann")
            stage.call(event("guest.changed", "G-R0", stream="guests"))
            stage.process()
        stage.grace_passes()
    assert [kind for kind, _ in stage.missed()].count("booking.updated") == 1


def test_a_field_that_the_vendor_never_calls_about_is_not_expected(stage: Ledger) -> None:
    stage.found_by_poll("R0", balance_minor=500)
    stage.grace_passes()
    assert stage.missed() == []


def test_a_first_load_a_shadow_and_a_connection_that_is_only_polled_never_count(
    hub: Runtime, clock: FixedClock
) -> None:
    for name, role in (("Shadow", ConnectionRole.SHADOW), ("Polled", ConnectionRole.PRIMARY)):
        stage = Ledger(hub, name=name, role=role, clock=clock)
        if role is ConnectionRole.SHADOW:
            stage.first_call()
        else:
            stage.sync_of(stage.made("R0"))  # the first load; nobody ever called
        stage.found_by_poll("R8", "R9")
        stage.grace_passes()
        assert stage.missed() == []
        assert stage.row().tight_minutes is None


def test_what_happened_before_the_calls_were_set_up_is_not_expected(hub: Runtime, clock: FixedClock) -> None:
    stage = Ledger(hub, clock=clock)
    stage.sync_of(stage.made("R0"))
    stage.found_by_poll("R1")
    stage.call(event("booking.updated", "R0"))
    stage.grace_passes()
    assert stage.missed() == []


def test_ended_orders_are_not_missed_until_a_call_comes_again(stage: Ledger) -> None:
    with stage.hub.writing() as session:
        hit_watching.ended(session, stage.id, stage.hub.clock())
    stage.found_by_poll("R1")
    stage.grace_passes()
    assert stage.missed() == []
    stage.call(event("booking.updated", "R0"))
    stage.process()
    stage.clock.advance(minutes=15)
    stage.found_by_poll("R2")
    stage.grace_passes()
    assert len(stage.missed()) == 1


def test_orders_that_were_placed_are_expected_before_any_call_came(hub: Runtime, clock: FixedClock) -> None:
    stage = Ledger(hub, clock=clock)
    stage.sync_of(stage.made("R0"))
    with hub.writing() as session:
        hit_watching.set_up(session, stage.id, clock.now)
    stage.found_by_poll("R1")
    stage.grace_passes()
    assert stage.missed() == [("booking.created", Cause.SILENCE)]


# --- causes -----------------------------------------------------------------------------------------------------------


def miss_with(stage: Ledger, **hit: object) -> str:
    """A missed change, with one call of this kind beside it; a quiet hour before lets the earlier calls fade."""
    for _ in range(5):
        stage.clock.advance(minutes=15)
        stage.sync()
    stage.found_by_poll("R1")
    if hit:
        base = {
            "public_id": stage.hub.new_id("hit"), "connection_id": stage.id, "trace_id": "t", "sealed": b"",
            "received_at": stage.hub.clock(), "size": 1, "digest": "d", "trust": HitTrust.ADDRESS,
            "state": HitState.APPLIED, "events": "booking.updated",
        }  # fmt: skip
        with stage.hub.writing() as session:
            session.add(WebhookHit(**{**base, **hit}))
    stage.grace_passes()
    ((_, cause),) = stage.missed()
    return cause


def test_no_call_of_any_kind_points_at_the_address_or_a_proxy(stage: Ledger) -> None:
    assert miss_with(stage) == Cause.SILENCE


def test_refused_calls_point_at_the_secret(stage: Ledger) -> None:
    assert miss_with(stage, trust=HitTrust.REJECTED, state=HitState.REJECTED) == Cause.REFUSED


def test_pings_alone_are_no_data(stage: Ledger) -> None:
    assert miss_with(stage, state=HitState.IGNORED, events="ping") == Cause.ONLY_PINGS


def test_calls_that_could_not_be_applied_are_named(stage: Ledger) -> None:
    assert miss_with(stage, state=HitState.FAILED) == Cause.UNREADABLE


def test_other_kinds_that_come_point_at_the_filter(stage: Ledger) -> None:
    assert miss_with(stage) == Cause.SILENCE
    stage.found_by_poll("R5")
    stage.answers(stage.made("R0", notes="new"))
    stage.call(event("booking.updated", "R0"))
    stage.process()
    stage.grace_passes()
    assert stage.missed()[-1] == ("booking.created", Cause.FILTERED)


def test_a_hub_that_was_off_blames_nobody_and_polls_no_tighter(stage: Ledger) -> None:
    stage.sync()
    stage.clock.advance(hours=9)
    stage.found_by_poll("R1")
    stage.grace_passes()
    assert stage.missed() == [("booking.created", Cause.NOT_RUNNING)]
    assert stage.row().tight_minutes is None


# --- polling ----------------------------------------------------------------------------------------------------------


def test_misses_tighten_polling_with_one_line_in_the_log(stage: Ledger) -> None:
    stage.found_by_poll("R1", "R2", "R3")
    stage.grace_passes()
    row, watch = stage.row(), stage.watch()
    assert row.tight_minutes == 5
    assert watch.tight_misses == 3
    assert watch.tight_until == stage.clock.now + tight_polling.QUIET
    stage.found_by_poll("R4")
    stage.grace_passes()
    assert stage.watch().tight_misses == 4
    assert stage.log_actions().count("polling.tightened") == 1
    stage.sync()
    assert stage.row().next_sync_at == stage.clock.now + timedelta(minutes=5)


def test_an_hour_without_misses_relaxes_it(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.grace_passes()
    stage.clock.advance(minutes=59)
    missed_hits.settle(stage.hub)
    assert stage.row().tight_minutes == 5
    stage.clock.advance(minutes=1)
    missed_hits.settle(stage.hub)
    assert stage.row().tight_minutes is None
    assert stage.log_actions().count("polling.relaxed") == 1


def test_three_calls_in_a_row_relax_it_at_once(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.grace_passes()
    for number in ("R5", "R6", "R7"):
        assert stage.row().tight_minutes == 5
        stage.answers(stage.made(number))
        stage.call(event("booking.created", number))
        stage.process()
        missed_hits.settle(stage.hub)
    assert stage.row().tight_minutes is None


def test_two_calls_around_a_miss_are_no_row(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.grace_passes()
    for number in ("R5", "R6"):
        stage.answers(stage.made(number))
        stage.call(event("booking.created", number))
        stage.process()
    stage.found_by_poll("R9")
    stage.answers(stage.made("R7"))
    stage.call(event("booking.created", "R7"))
    stage.process()
    missed_hits.settle(stage.hub)
    assert stage.row().tight_minutes == 5


@pytest.mark.parametrize(("usual", "tight"), [(15, 5), (5, 2), (60, 20), (2, None), (1, None)])
def test_it_is_a_third_of_the_interval_and_never_under_two_minutes(
    stage: Ledger, usual: int, tight: int | None
) -> None:
    stage.edit(frequency_minutes=usual)
    assert tight_polling.affordable_minutes(stage.row()) == tight


# --- how fresh --------------------------------------------------------------------------------------------------------


def test_changes_are_counted_as_in_time_late_or_unknown(stage: Ledger) -> None:
    before = [stage.counted(column) for column in ("in_time", "late", "unstamped")]
    stage.found_by_poll("R1")
    old = stage.made("R2")
    stage.clock.advance(minutes=20)
    stage.sync_of(old, booking("R3", created_at=None, updated_at=None))
    stage.grace_passes()
    after = [stage.counted(column) for column in ("in_time", "late", "unstamped")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 1]


def test_pruned_calls_take_what_they_spoke_of_with_them(stage: Ledger) -> None:
    assert stage.all(HitSubject, HitSubject.hit_id)
    stage.found_by_poll("R1", status=BookingStatus.CONFIRMED)
    stage.grace_passes()
    stage.clock.advance(days=31)
    hits.prune(stage.hub)
    missed_hits.prune(stage.hub)
    assert stage.all(HitSubject, HitSubject.hit_id) == []
    assert stage.missed() == []


@pytest.mark.parametrize(
    ("ordered", "cause"),
    [((), Cause.SUBSCRIPTION_GONE), (("changed",), Cause.NOT_ORDERED), (("made",), Cause.SILENCE)],
)
def test_what_the_vendor_has_on_order_goes_before_what_can_be_guessed(
    stage: Ledger, ordered: tuple[str, ...], cause: Cause
) -> None:
    for _ in range(5):
        stage.clock.advance(minutes=15)
        stage.sync()
    missed_hits.settle(stage.hub)
    with stage.hub.writing() as session:
        session.get_one(HitWatch, stage.id).ordered = list(ordered)
    stage.found_by_poll("R1")
    stage.grace_passes()
    assert stage.missed() == [("booking.created", cause)]


def test_a_call_about_another_guest_excuses_no_changed_name(stage: Ledger) -> None:
    stage.found_by_poll("R1", guests=(BookingGuest("G-R1", "Ada", "Keller"),))
    stage.grace_passes()
    before = len(stage.missed())
    stage.found_by_poll("R1", guests=(BookingGuest("G-R1", "Ada", "Kellermann"),))
    stage.script.single["G-X"] = Guest("G-X", "Eva", "Holm")
    stage.call(event("guest.changed", "G-X", stream="guests"))
    stage.process()
    stage.grace_passes()
    assert [kind for kind, _ in stage.missed()[before:]] == ["booking.updated"]


def test_the_ledger_shows_a_day_by_the_hour_and_whose_booking_was_missed_and_why(stage: Ledger) -> None:
    stage.found_by_poll("R1")
    stage.grace_passes()
    with stage.hub.reading() as session:
        (view,) = missed_views.of_connections(session, stage.clock.now)
    assert view.is_expecting
    assert len(view.hours) == 24
    assert view.hours[-1].hour == stage.clock.now.replace(minute=0, second=0, microsecond=0)
    assert (sum(hour.missed for hour in view.hours), view.missed, dict(view.by_type)) == (
        1, 1, {FactType.BOOKING_CREATED: 1},
    )  # fmt: skip
    (line,) = view.lines
    row = stage.bookings()["R1"]
    assert (line.booking, line.number, line.found_at) == (row.public_id, "C-R1", row.stored_at)
    assert [(line.type, line.cause)] == stage.missed()
