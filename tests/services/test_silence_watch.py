"""The silence alarm over a hotel's own bookings: when it begins, what it says, and when it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from webapp.models import Booking, BookingChange, ChangeHour, HitTrust, LogEntry, Silence, Stay, WebhookHit
from webapp.runtime import Runtime
from webapp.services import freshness, silence_watch
from webapp.services.silence import Calm
from webapp.services.silence_watch import Sign, SilenceView

FIVE = datetime(2026, 7, 14, 15, 0, tzinfo=UTC)  # 17:00 in Zurich


@pytest.fixture
def hotel(hub: Runtime, clock: FixedClock) -> HotelData:
    """Four Tuesdays with ten arrivals each, half of them in by four; today 23 are due."""
    clock.now = FIVE
    hotel = HotelData(hub)
    for week in (1, 2, 3, 4):
        for place in range(10):
            hotel.book(arrival=-7 * week, nights=1, status="checked_out")
            came = FIVE - timedelta(weeks=week) - timedelta(hours=1 if place < 5 else -4)
            with hub.writing() as session:
                session.get_one(Stay, hotel._count).checked_in_at = came
    for _ in range(23):
        hotel.book(arrival=0)
    keep_fresh(hotel)
    return hotel


def keep_fresh(hotel: HotelData) -> None:
    hotel.synced("bookings", 1)
    hotel.connection(next_sync_at=hotel.runtime.clock() + timedelta(minutes=10))


def judged(hotel: HotelData, sign: Sign = Sign.ARRIVALS) -> SilenceView:
    keep_fresh(hotel)
    silence_watch.watch(hotel.runtime)
    with hotel.runtime.reading() as session:
        connections = freshness.connections(session, hotel.runtime.clock())
        return next(one for one in silence_watch.views(session, connections) if one.sign is sign)


def log(hotel: HotelData) -> list[str]:
    with hotel.runtime.reading() as session:
        rows = session.query(LogEntry).filter(LogEntry.action.like("silence.%")).order_by(LogEntry.id)
        return [row.action for row in rows]


def change(hotel: HotelData, road: str = "poll") -> None:
    now = hotel.runtime.clock()
    with hotel.runtime.writing() as session:
        key = session.query(Booking.id).first()
        assert key is not None
        session.add(
            BookingChange(
                booking_id=key[0], stay_line="", field="notes", old="", new="x", arrived_at=now, road=road
            )
        )


def test_23_arrivals_and_no_check_in_by_five_is_an_alarm_that_is_logged_once(
    hotel: HotelData, clock: FixedClock
) -> None:
    one = judged(hotel)
    assert (one.state, one.evidence.due, one.evidence.expected, one.evidence.known) == (
        Calm.QUIET,
        23,
        11.5,
        4,
    )
    assert one.is_alarm
    clock.advance(minutes=6)
    assert judged(hotel).since == one.since
    assert log(hotel) == ["silence.began"]


def test_the_first_check_in_ends_it_and_that_is_logged_once(hotel: HotelData, clock: FixedClock) -> None:
    judged(hotel)
    clock.advance(minutes=6)
    with hotel.runtime.writing() as session:
        session.get_one(Stay, hotel._count).status = "checked_in"
    assert judged(hotel).state is Calm.CALM
    clock.advance(minutes=6)
    judged(hotel)
    assert log(hotel) == ["silence.began", "silence.ended"]


def test_at_two_oclock_nobody_is_missed_yet(hotel: HotelData, clock: FixedClock) -> None:
    clock.now = FIVE - timedelta(hours=3)
    assert judged(hotel).state is Calm.CALM


def test_a_call_that_brings_no_change_is_no_sign_of_life(hotel: HotelData, clock: FixedClock) -> None:
    judged(hotel)
    with hotel.runtime.writing() as session:
        session.add(
            WebhookHit(
                public_id="hi_ping",
                connection_id=hotel.connection_id,
                trace_id="tr_ping",
                received_at=clock.now,
                sender="",
                trust=HitTrust.SIGNED,
                reason="",
                sealed=b"",
                size=2,
                digest="",
                state="ignored",
            )
        )
    clock.advance(minutes=6)
    assert judged(hotel).state is Calm.QUIET


def test_while_the_data_are_old_nothing_is_judged(hotel: HotelData) -> None:
    hotel.synced("bookings", 90)
    silence_watch.watch(hotel.runtime)
    with hotel.runtime.reading() as session:
        assert session.query(Silence).count() == 0


def test_a_hotel_whose_provider_tells_no_check_ins_is_not_accused(hub: Runtime, clock: FixedClock) -> None:
    clock.now = FIVE
    hotel = HotelData(hub)
    for _ in range(23):
        hotel.book(arrival=0)
    keep_fresh(hotel)
    silence_watch.watch(hub)
    with hub.reading() as session:
        assert session.query(Silence).filter_by(kind="arrivals").count() == 0


def test_changes_are_counted_by_the_hour_and_history_is_none(hotel: HotelData, clock: FixedClock) -> None:
    judged(hotel)
    for road in ("poll", "hit", "backfill"):
        change(hotel, road)
    clock.advance(minutes=6)
    one = judged(hotel, Sign.CHANGES)
    assert (one.state, one.evidence.last_at) == (Calm.LEARNING, FIVE)
    with hotel.runtime.reading() as session:
        rows = {row.hour: row.changes for row in session.query(ChangeHour)}
    assert rows == {FIVE: 2}


def test_no_change_for_far_longer_than_usual_is_an_alarm(hotel: HotelData, clock: FixedClock) -> None:
    judged(hotel)
    with hotel.runtime.writing() as session:
        for week in (1, 2, 3):
            for hour in range(6):
                at = FIVE - timedelta(weeks=week) + timedelta(hours=hour)
                session.add(ChangeHour(connection_id=hotel.connection_id, hour=at, changes=5))
    clock.advance(minutes=60)
    assert judged(hotel, Sign.CHANGES).state is Calm.CALM
    clock.advance(minutes=60)
    one = judged(hotel, Sign.CHANGES)
    assert (one.state, one.evidence.expected) == (Calm.QUIET, 10)
    change(hotel)
    clock.advance(minutes=6)
    assert judged(hotel, Sign.CHANGES).state is not Calm.QUIET


def test_an_hour_in_which_the_hub_slept_is_unknown_and_not_empty(hotel: HotelData, clock: FixedClock) -> None:
    judged(hotel)
    clock.advance(hours=5)
    judged(hotel)
    with hotel.runtime.reading() as session:
        assert session.query(ChangeHour).count() == 0


def test_without_the_providers_time_a_check_in_counts_from_when_the_hub_heard_of_it(
    hub: Runtime, clock: FixedClock
) -> None:
    """Not from when it heard of the booking, weeks before: by that everybody would always be in before noon."""
    hotel = HotelData(hub)
    for week in (1, 2, 3, 4):
        for _ in range(10):
            clock.now = FIVE - timedelta(weeks=week, days=1)
            made = hotel.book(arrival=-7 * week, nights=1, status="checked_out")
            hotel.fact(made, "booking.created")
            clock.now = FIVE - timedelta(weeks=week) + timedelta(hours=4)
            hotel.fact(made, "guest.checkin")
    with hub.writing() as session:
        session.query(Stay).update({Stay.checked_in_at: None})
    clock.now = FIVE
    for _ in range(23):
        hotel.book(arrival=0)
    one = judged(hotel)
    assert (one.state, one.evidence.expected, one.evidence.known) == (Calm.CALM, 0, 4)
