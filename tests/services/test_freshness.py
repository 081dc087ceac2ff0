"""How current the bookings are, and what is said to be the cause when they are not."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from webapp.domain.stream import Stream
from webapp.runtime import Runtime
from webapp.services import freshness
from webapp.services.freshness import ConnectionView, Standing

FAULT = {
    "code": "credentials_rejected",
    "message": "The provider refused the key.",
    "advice": "Verify the API credentials.",
    "actor": "admin",
}


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    hotel = HotelData(hub)
    hotel.synced("bookings", minutes_ago=3)
    return hotel


def look(hotel: HotelData) -> ConnectionView:
    with hotel.runtime.reading() as session:
        return freshness.connections(session, hotel.runtime.clock())[0]


def test_bookings_read_within_the_interval_are_in_step(hotel: HotelData, clock: FixedClock) -> None:
    view = look(hotel)
    assert view.standing is Standing.IN_STEP
    assert view.as_of == clock.now - timedelta(minutes=3)
    assert view.is_current


@pytest.mark.parametrize(("minutes", "is_current"), [(15, True), (22, True), (23, False), (600, False)])
def test_bookings_are_old_half_an_interval_after_they_were_due(
    hotel: HotelData, minutes: int, is_current: bool
) -> None:
    hotel.synced("bookings", minutes_ago=minutes)
    assert look(hotel).is_current is is_current
    assert (look(hotel).standing is Standing.IN_STEP) is is_current


def test_the_age_is_that_of_the_bookings_and_not_of_another_stream(
    hotel: HotelData, clock: FixedClock
) -> None:
    hotel.synced("bookings", minutes_ago=50)
    hotel.synced("bookings", minutes_ago=40, mode="sweep")
    hotel.synced("availability", minutes_ago=1)
    view = look(hotel)
    assert view.as_of == clock.now - timedelta(minutes=40)
    assert view.stream_ages[Stream.AVAILABILITY] == clock.now - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("columns", "standing"),
    [
        ({"state": "needs_attention", "fault": FAULT, "next_sync_at": None}, Standing.NEEDS_ATTENTION),
        ({"state": "paused", "next_sync_at": None}, Standing.PAUSED),
        ({"state": "degraded", "fault": FAULT}, Standing.TROUBLE),
        ({"next_sync_at": None}, Standing.STALLED),
    ],
)
def test_each_state_has_its_cause(hotel: HotelData, columns: dict[str, Any], standing: Standing) -> None:
    hotel.connection(**columns)
    assert look(hotel).standing is standing


def test_a_run_that_nobody_starts_is_named(hotel: HotelData, clock: FixedClock) -> None:
    hotel.connection(next_sync_at=clock.now - timedelta(minutes=4))
    assert look(hotel).standing is Standing.STALLED


def test_a_run_that_is_going_on_is_not_stalled_and_may_be_late(hotel: HotelData, clock: FixedClock) -> None:
    hotel.synced("bookings", minutes_ago=90)
    hotel.connection(
        next_sync_at=clock.now - timedelta(minutes=30),
        claimed_by="1",
        claimed_until=clock.now + timedelta(minutes=1),
    )
    view = look(hotel)
    assert (view.standing, view.is_running) == (Standing.LATE, True)


def test_a_claim_that_has_ended_is_no_run(hotel: HotelData, clock: FixedClock) -> None:
    hotel.connection(claimed_by="1", claimed_until=clock.now - timedelta(seconds=1))
    assert not look(hotel).is_running


def test_before_the_first_sync_there_is_no_age(hub: Runtime) -> None:
    hotel = HotelData(hub)
    hotel.connection(last_good_at=None)
    view = look(hotel)
    assert (view.standing, view.as_of, view.is_current) == (Standing.FIRST_SYNC, None, False)


def test_the_fault_comes_along_as_data(hotel: HotelData) -> None:
    hotel.connection(state="degraded", fault=FAULT)
    fault = look(hotel).fault
    assert fault is not None
    assert fault.message == "The provider refused the key."


def test_archived_connections_are_left_out_and_the_primary_comes_first(
    hub: Runtime, clock: FixedClock
) -> None:
    HotelData(hub, name="Watched", role="shadow")
    HotelData(hub, name="Old").connection(archived_at=clock.now)
    HotelData(hub, name="Current")
    with hub.reading() as session:
        names = [view.name for view in freshness.connections(session, clock.now)]
    assert names == ["Current", "Watched"]


def test_a_provider_of_another_version_is_shown_by_its_key(hotel: HotelData) -> None:
    hotel.connection(provider="no_longer_here")
    assert look(hotel).provider_label == "no_longer_here"
