"""The adapter over the pretend RMS Cloud, whose habits are switched to what the documents leave open."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from simulator.hotel import State
from simulator.pms.rms_switches import Switches
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.rms_cloud.conftest import MakeAdapter
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.integrations.rms_provider import rms_cloud, vendor_of
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.guest import Guest
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Caches, Page
from webapp.integrations.pms.rms_cloud.adapter import Adapter


@pytest.fixture
def running(clock: FixedClock) -> Iterator[Running]:
    with rms_cloud() as pretend:
        clock.now = pretend.world.clock.now() + timedelta(seconds=1)
        yield pretend


@pytest.fixture
def caches(clock: FixedClock) -> Caches:
    return memory_caches(clock)


@pytest.fixture
def make_adapter(running: Running, make_client: MakeClient, caches: Caches) -> MakeAdapter:
    def make() -> Adapter:
        return Adapter(running.good, make_client(running.base_url, tries=1), caches)

    return make


def switch(running: Running, **changes: object) -> None:
    vendor_of(running.server).switches = Switches(**changes)  # type: ignore[arg-type]


def window(clock: FixedClock, mode: Mode = Mode.BACKFILL, days: int = 400) -> Window:
    span = timedelta(days=days)
    since = clock() - timedelta(minutes=5) if mode is Mode.DELTA else None
    return Window(mode, since, clock(), BUSINESS_DATE - span, BUSINESS_DATE + span)


def bookings(pages: Iterator[Page]) -> dict[str, Booking]:
    return {one.external_id: one for page in pages for one in page.records if isinstance(one, Booking)}


def test_amounts_of_undivided_stays_are_those_of_the_hotel(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    found = bookings(make_adapter().fetch(Stream.BOOKINGS, window(clock), None))
    seen = 0
    for reservation in running.world.reservations():
        if running.telling.further_ids(reservation):
            continue
        booking = found[running.telling.booking_id(reservation.number)]
        (line,) = reservation.lines
        assert (booking.total_minor, booking.balance_minor) == (reservation.total, reservation.balance)
        assert tuple(gross for gross, _ in booking.stays[0].nights) == line.nightly
        seen += 1
    assert seen > 100


def test_nobody_of_years_ago_and_no_room_out_of_order_is_a_booking(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    found = bookings(make_adapter().fetch(Stream.BOOKINGS, window(clock), None))
    assert min(booking.departure for booking in found.values()) >= BUSINESS_DATE - timedelta(days=400)
    assert {booking.raw_status for booking in found.values()} & {"Maintenance"} == set()


def test_a_check_in_has_the_time_of_the_audit_trail(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    coming = next(
        found
        for found in running.world.reservations()
        if found.state is State.CONFIRMED
        and found.arrival == BUSINESS_DATE
        and not running.telling.further_ids(found)
    )
    running.world.clock.shift(timedelta(minutes=10))
    at = running.world.clock.now().replace(microsecond=0)
    running.world.check_in(coming.number)
    clock.now = running.world.clock.now() + timedelta(seconds=2)
    key = running.telling.booking_id(coming.number)
    days = Window(Mode.DELTA, None, clock(), BUSINESS_DATE - timedelta(1), BUSINESS_DATE + timedelta(2))
    booking = bookings(make_adapter().fetch(Stream.CHECK_INS, days, None))[key]
    assert booking.status is BookingStatus.CHECKED_IN
    assert booking.stays[0].checked_in_at == at
    (again,) = make_adapter().fetch_by_ids(Stream.BOOKINGS, [key])
    assert again == booking


@pytest.mark.parametrize(
    "changes", [{"most_rows": 50}, {"no_show": "No Show"}, {"are_guests_doubled": False}]
)
def test_habits_that_are_not_documented_change_nothing(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, changes: dict[str, object]
) -> None:
    usual = bookings(make_adapter().fetch(Stream.BOOKINGS, window(clock, days=40), None))
    switch(running, **changes)
    found = bookings(make_adapter().fetch(Stream.BOOKINGS, window(clock, days=40), None))
    plain = [
        {key: msgspec.structs.replace(one, raw_status="") for key, one in each.items()}
        for each in (usual, found)
    ]
    assert plain[0] == plain[1]


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_refused_login_is_told_by_either_status(
    running: Running, make_client: MakeClient, caches: Caches, refusal: int
) -> None:
    switch(running, refusal=refusal)
    adapter = Adapter(running.bad_key, make_client(running.base_url, tries=1), caches)
    last = list(adapter.check([Stream.BOOKINGS]))[-1]
    assert last.fault is not None
    assert last.fault.code == "credentials_rejected"


def test_a_night_sold_twice_has_no_free_rooms(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    switch(running, over_sold=3)
    pages = list(make_adapter().fetch(Stream.AVAILABILITY, window(clock, days=1), None))
    found = [one for page in pages for one in page.records if isinstance(one, AvailabilityDay)]
    assert {one.available for one in found if one.day == BUSINESS_DATE} == {0}


def test_no_papers_leave_rms(running: Running, make_adapter: MakeAdapter, clock: FixedClock) -> None:
    pages = list(make_adapter().fetch(Stream.GUESTS, window(clock, days=10), None))
    guests = [one for page in pages for one in page.records if isinstance(one, Guest)]
    assert len(guests) > 20
    assert len({guest.external_id for guest in guests}) == len(guests)
    fields = {field.name for field in msgspec.structs.fields(Guest)}
    assert not any("passport" in name or "licence" in name for name in fields)
    assert not any("passport" in repr(guest).lower() for guest in guests)
