"""One booking as it looked: told back through the store itself, and from the timeline that the same rows make."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from tests.sync_stage import STAMP, Stage, booking, stay
from webapp.domain.booking import Booking as Record
from webapp.domain.booking import BookingGuest, BookingStatus
from webapp.domain.event import Road
from webapp.models import Booking, BookingChange
from webapp.runtime import Runtime
from webapp.services import booking_as_of, booking_history
from webapp.services.applying import Circumstances
from webapp.services.applying_bookings import apply_bookings, mark_gone
from webapp.services.booking_as_of import AsOf, QuickPicks
from webapp.services.booking_history import MOMENTS, FieldChange, FieldGroup, HistoryPage

ZURICH = ZoneInfo("Europe/Zurich")


class Told:
    """Stores what the provider says, a minute later each time."""

    def __init__(self, stage: Stage, clock: FixedClock) -> None:
        self.stage, self.clock = stage, clock

    def how(self, **more: Any) -> Circumstances:
        return Circumstances(self.stage.id, 1, Road.POLL, self.clock(), run_id=None, **more)

    def say(self, record: Record) -> None:
        with self.stage.hub.bulk_writing() as db:
            apply_bookings(db, self.how(), [record])
        self.clock.advance(minutes=1)

    def delete(self) -> None:
        with self.stage.hub.bulk_writing() as db:
            mark_gone(db, self.how(), ["R1"])
        self.clock.advance(minutes=1)

    @property
    def public_id(self) -> str:
        return self.stage.all(Booking, Booking.id)[0].public_id

    def as_of(self, **ago: float) -> AsOf:
        with self.stage.hub.reading() as session:
            found = booking_as_of.as_of(session, self.public_id, self.clock() - timedelta(**ago))
        assert found is not None
        return found


@pytest.fixture
def told(either_hub: Runtime, memory_provider: None, clock: FixedClock) -> Told:
    return Told(Stage(either_hub), clock)


def test_every_version_that_was_stored_is_told_back(told: Told) -> None:
    anna, karl = BookingGuest("G1", "Anna", "Keller"), BookingGuest("G2", "Karl", "Keller")
    versions = (
        booking("R1", stays=(stay("1", room="204"),), guests=(anna,)),
        booking("R1", stays=(stay("1", room="305"),), guests=(anna, karl), notes="late"),
        booking("R1", stays=(stay("1", room="305"), stay("2", unit="2", room="101")), guests=(karl,)),
        booking("R1", stays=(stay("9", unit="2", room="102"),), guests=(karl,), total_minor=5),
        booking("R1", stays=(stay("9", unit="2", room="102"),), guests=(), cancelled_at=STAMP,
                status=BookingStatus.CANCELLED),
    )  # fmt: skip
    seen = []
    for version in versions:
        told.say(version)
        seen.append(told.as_of().now)
    told.delete()
    for place, version in enumerate(seen):
        then = told.as_of(minutes=len(seen) + 1 - place).then
        assert then == version
    assert told.as_of().now.is_gone


def test_before_the_first_sight_nothing_is_known(told: Told) -> None:
    told.say(booking("R1"))
    assert told.as_of(hours=1).then is None
    assert told.as_of().then is not None


def test_each_change_carries_the_business_date_of_its_arrival(told: Told) -> None:
    told.say(booking("R1"))
    rows = told.stage.all(BookingChange, BookingChange.id)
    with told.stage.hub.reading() as session:
        page = booking_history.history(session, rows[0].booking_id)
    assert page.moments[0].business_date == rows[0].business_date is not None


# --- quick picks, on rows that are written straight away


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    return HotelData(hub)


def picks(hotel: HotelData, public_id: str, clock: FixedClock) -> QuickPicks:
    with hotel.runtime.reading() as session:
        found = booking_as_of.quick_picks(session, public_id, ZURICH, clock())
    assert found is not None
    return found


def test_only_moments_that_were_are_offered(hotel: HotelData, clock: FixedClock) -> None:
    public_id = hotel.book(arrival=0)
    assert (picks(hotel, public_id, clock).yesterday, picks(hotel, public_id, clock).arrival) == (None, None)
    clock.advance(days=2)
    hotel.change(public_id, ("room", "1", "2"), minutes_ago=5)
    found = picks(hotel, public_id, clock)
    assert found.yesterday is not None
    assert found.yesterday.astimezone(ZURICH).strftime("%d %H:%M") == "15 18:00"
    assert found.arrival is not None
    assert found.arrival.astimezone(ZURICH).strftime("%d %H:%M") == "14 15:00"
    assert found.last_change is not None
    assert found.last_change < clock() - timedelta(minutes=5) < found.last_change + timedelta(seconds=1)


def test_unknown_bookings_and_changes_have_no_past(hotel: HotelData, clock: FixedClock) -> None:
    with hotel.runtime.reading() as session:
        assert booking_as_of.as_of(session, "bk_none", clock()) is None
        assert booking_as_of.quick_picks(session, "bk_none", ZURICH, clock()) is None
        assert booking_as_of.before_change(session, "bk_none", 1) is None


# --- the timeline


def history(hotel: HotelData, public_id: str, *how: Any) -> HistoryPage:
    with hotel.runtime.reading() as session:
        booking_id = session.query(Booking.id).filter_by(public_id=public_id).scalar()
        return booking_history.history(session, booking_id, *how)


def test_changes_that_arrived_together_are_one_moment_newest_first(
    hotel: HotelData, clock: FixedClock
) -> None:
    public_id = hotel.book()
    hotel.change(public_id, ("created", None, None), minutes_ago=90, road="backfill")
    hotel.change(public_id, ("room", "204", "305"), ("adults", "1", "2"), minutes_ago=3, run="run_1")
    newest, oldest = history(hotel, public_id).moments
    assert newest.fields == (FieldChange("room", "", "204", "305"), FieldChange("adults", "", "1", "2"))
    assert (newest.road, newest.run_id, newest.trace_id) == (Road.POLL, "run_1", "tr_1")
    assert newest.arrived_at == clock.now - timedelta(minutes=3)
    assert newest.provider_at == clock.now - timedelta(minutes=3, seconds=40)
    assert (oldest.road, oldest.run_id, oldest.fields[0].field) == (Road.BACKFILL, None, "created")


def test_a_long_history_is_walked_page_by_page_without_a_gap(hotel: HotelData) -> None:
    public_id = hotel.book()
    for number in range(MOMENTS * 2 + 5):
        hotel.change(public_id, ("notes", str(number), str(number + 1)), minutes_ago=1_000 - number)
    seen, before, pages = [], None, 0
    while True:
        page = history(hotel, public_id, FieldGroup.ANY, before)
        seen += [moment.fields[0].old for moment in page.moments]
        pages, before = pages + 1, page.older
        if before is None:
            break
    assert (pages, seen) == (3, [str(number) for number in reversed(range(MOMENTS * 2 + 5))])


def test_only_the_wanted_fields_are_told(hotel: HotelData) -> None:
    public_id = hotel.book()
    hotel.change(public_id, ("room", "1", "2"), ("total_minor", "1", "2"))
    (moment,) = history(hotel, public_id, FieldGroup.MONEY).moments
    assert [field.field for field in moment.fields] == ["total_minor"]
    assert history(hotel, public_id, FieldGroup.PEOPLE).moments == ()


def test_facts_stand_with_the_change_that_they_follow_from(hotel: HotelData) -> None:
    public_id = hotel.book()
    hotel.change(public_id, ("status", "confirmed", "checked_in"), minutes_ago=0)
    hotel.fact(public_id, "guest.checkin", occurrence=2)
    (moment,) = history(hotel, public_id).moments
    assert [fact.occurrence for fact in moment.facts] == [2]
