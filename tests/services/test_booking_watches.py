"""The watch for a test booking: which booking it takes for it, by which road it came, and whether the other road agrees."""

from datetime import timedelta

import pytest

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.domain.booking import Booking, BookingGuest
from webapp.domain.event import Road
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import ProviderUnavailable
from webapp.runtime import Runtime
from webapp.services import booking_watches
from webapp.services.booking_watches import LASTS, Sighting, WatchState, WatchView

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


class Desk(HookStage):
    """A connection in step, at which somebody arms a watch."""

    def arm(self) -> None:
        booking_watches.arm(self.hub, self.public_id, actor="ian@aurora.example")

    def look(self) -> WatchView:
        with self.hub.reading() as session:
            view = booking_watches.look(session, self.public_id, self.hub.clock())
        assert view is not None
        return view

    def seen(self) -> Sighting:
        sighting = self.look().sighting
        assert sighting is not None
        return sighting

    def made(self, number: str, name: str = "Keller", **more: object) -> Booking:
        now = self.hub.clock()
        guests = (BookingGuest(f"G-{number}", "Ada", name),)
        return booking(number, guests=guests, created_at=now, updated_at=now, **more)

    def called(self, told: Booking) -> None:
        self.answers(told)
        self.call(event("booking.created", told.external_id))
        self.process()


@pytest.fixture
def desk(hub: Runtime, clock: FixedClock) -> Desk:
    desk = Desk(hub)
    desk.sync_of(desk.made("R0"))
    clock.advance(minutes=3)
    return desk


def test_it_waits_with_a_name_to_use_and_the_next_poll(desk: Desk, clock: FixedClock) -> None:
    desk.arm()
    view = desk.look()
    assert view.state is WatchState.WAITING
    assert view.guest.startswith("Hub Test-")
    assert view.next_sync_at == clock.now + timedelta(minutes=12)
    assert view.is_open


def test_a_booking_by_webhook_is_seen_after_seconds_and_the_poll_agrees_later(
    desk: Desk, clock: FixedClock
) -> None:
    desk.arm()
    clock.advance(seconds=60)
    told = desk.made("R1", desk.look().guest.split()[1])
    clock.advance(seconds=41)
    desk.called(told)
    seen = desk.seen()
    assert (seen.road, seen.seconds, seen.since_made, seen.is_named) == (Road.HIT, 41, True, True)
    assert seen.number == "C-R1"
    assert seen.other.road is Road.POLL
    assert seen.other.agreed_at is None
    assert desk.look().is_open

    clock.advance(minutes=10)
    desk.sync_of(told)
    other = desk.seen().other
    assert (other.agreed_at, other.differences) == (clock.now, 0)
    assert not desk.look().is_open


def test_a_poll_that_finds_it_otherwise_says_so(desk: Desk, clock: FixedClock) -> None:
    desk.arm()
    desk.called(desk.made("R1"))
    clock.advance(minutes=10)
    desk.sync_of(desk.made("R1", notes="sea view"))
    assert desk.seen().other.differences > 0


def test_a_booking_by_poll_says_whether_the_webhook_came_too(desk: Desk, clock: FixedClock) -> None:
    desk.arm()
    told = desk.made("R1")
    clock.advance(minutes=10)
    desk.sync_of(told)
    assert desk.seen().road is Road.POLL
    assert desk.seen().other == booking_watches.OtherRoad(Road.HIT, None)
    clock.advance(seconds=5)
    desk.called(told)
    assert desk.seen().other.agreed_at == clock.now


def test_the_name_wins_over_another_new_booking(desk: Desk) -> None:
    desk.arm()
    desk.called(desk.made("R1"))
    assert (desk.seen().number, desk.seen().is_named) == ("C-R1", False)
    desk.called(desk.made("R2", desk.look().guest.split()[1].upper()))
    assert (desk.seen().number, desk.seen().is_named) == ("C-R2", True)


def test_what_was_here_before_is_not_it(desk: Desk) -> None:
    desk.arm()
    desk.sync_of(desk.made("R0", notes="changed"))
    assert desk.look().sighting is None


def test_a_history_that_is_being_read_brings_no_news(hub: Runtime) -> None:
    desk = Desk(hub)
    desk.arm()
    desk.sync_of(desk.made("R0"))
    assert desk.look().sighting is None


def test_after_half_an_hour_it_has_timed_out_and_a_later_booking_does_not_count(
    desk: Desk, clock: FixedClock
) -> None:
    desk.arm()
    clock.advance(seconds=LASTS.total_seconds() - 1)
    assert desk.look().state is WatchState.WAITING
    clock.advance(seconds=1)
    assert desk.look().state is WatchState.TIMED_OUT
    clock.advance(seconds=1)
    desk.called(desk.made("R1"))
    assert desk.look().state is WatchState.TIMED_OUT


def test_a_closed_watch_is_gone_and_a_new_one_begins_anew(desk: Desk) -> None:
    desk.arm()
    desk.called(desk.made("R1"))
    booking_watches.close(desk.hub, desk.public_id)
    with desk.hub.reading() as session:
        assert booking_watches.look(session, desk.public_id, desk.hub.clock()) is None
    desk.arm()
    assert desk.look().sighting is None


def test_a_poll_that_did_not_read_the_bookings_agrees_with_nothing(desk: Desk, clock: FixedClock) -> None:
    desk.arm()
    clock.advance(minutes=1)
    desk.called(desk.made("R1", desk.look().guest))
    clock.advance(minutes=1)
    desk.script.fail(Stream.BOOKINGS, ProviderUnavailable())
    desk.sync()
    assert desk.seen().other.agreed_at is None
