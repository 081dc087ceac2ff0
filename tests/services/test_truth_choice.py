"""Which bookings a truth check reads again."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.cast import BUSINESS_DATE
from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from tests.sync_stage import Stage, booking
from webapp.models import Booking
from webapp.runtime import Runtime
from webapp.services.truth_choice import choose, seed_of

pytestmark = pytest.mark.usefixtures("memory_provider")


@pytest.fixture
def stage(hub: Runtime) -> Stage:
    stage = Stage(hub)
    stage.sync_of(*(booking(f"R{number:02}", arrival=number - 10) for number in range(20)))
    return stage


def chosen(stage: Stage, count: int, seed: str = "a seed", first: tuple[str, ...] = ()) -> tuple[str, ...]:
    with stage.hub.reading() as session:
        return choose(session, stage.id, BUSINESS_DATE, count, seed=seed, first=first)


@pytest.fixture
def hotel(hub: Runtime, clock: FixedClock) -> HotelData:
    """Nearly everything arrives in months; five are due today, five tomorrow, eight are in house, three were just made and one
    changed after them."""
    hotel = HotelData(hub)
    for number in range(30):
        hotel.book(arrival=100, external_id=f"later{number}")
    for number in range(10):
        hotel.book(arrival=number % 2, external_id=f"due{number}")
    for number in range(8):
        hotel.book(arrival=-1, status="checked_in", external_id=f"in{number}")
    clock.advance(minutes=5)
    for number in range(3):
        hotel.book(arrival=50, external_id=f"new{number}")
    with hub.writing() as session:
        changed = session.query(Booking).filter_by(external_id="later7").one()
        changed.changed_at = clock.now + timedelta(minutes=1)
    return hotel


@pytest.mark.parametrize("seed", ["first", "second", "third", "fourth"])
def test_what_matters_today_is_looked_at_first(hotel: HotelData, seed: str) -> None:
    """Of twelve a third arrives, a third is in house, two have just changed, and two are drawn from all."""
    with hotel.runtime.reading() as session:
        found = choose(session, hotel.connection_id, BUSINESS_DATE, 12, seed=seed)
    kinds = Counter(one.rstrip("0123456789") for one in found)
    assert len(set(found)) == 12
    assert {"later7", "new2"} <= set(found)
    assert (kinds["due"] >= 4, kinds["in"] >= 4) == (True, True)
    assert kinds["due"] + kinds["in"] <= 10


def test_what_is_gone_or_anothers_is_never_read_again(hotel: HotelData) -> None:
    hotel.book(arrival=0, external_id="gone1", gone=True)
    hotel.book(arrival=-1, status="checked_in", external_id="gone2", gone=True)
    other = HotelData(hotel.runtime, name="Other", role="shadow")
    other.book(arrival=0, external_id="other1")
    other.book(arrival=-1, status="checked_in", external_id="other2")
    with hotel.runtime.reading() as session:
        whole = choose(session, hotel.connection_id, BUSINESS_DATE, 60, seed="a seed")
        few = choose(session, other.connection_id, BUSINESS_DATE, 12, seed="a seed")
    assert {one.rstrip("0123456789") for one in whole} == {"later", "due", "in", "new"}
    assert len(whole) == 51
    assert sorted(few) == ["other1", "other2"]


@pytest.mark.parametrize("seed", ["first", "second", "third"])
@pytest.mark.parametrize("count", [1, 5, 12, 19, 20])
def test_as_many_as_wanted_are_chosen_and_none_twice(stage: Stage, count: int, seed: str) -> None:
    """Whatever the lot falls on: two places may lead to one booking, or behind the last one."""
    found = chosen(stage, count, seed)
    assert len(found) == len(set(found)) == count


def test_a_small_hotel_is_read_whole(stage: Stage) -> None:
    assert sorted(chosen(stage, 50)) == [f"R{number:02}" for number in range(20)]


def test_another_seed_is_another_draw_and_those_to_look_at_again_come_first(stage: Stage) -> None:
    assert chosen(stage, 12) == chosen(stage, 12)
    assert len({frozenset(chosen(stage, 12, f"{number}")) for number in range(5)}) > 1
    assert chosen(stage, 5, first=("R07", "R03"))[:2] == ("R07", "R03")


def test_one_draw_holds_for_an_hour(stage: Stage) -> None:
    now = stage.hub.clock()
    assert (
        seed_of("cn_1", now)
        == seed_of("cn_1", now.replace(minute=59))
        != seed_of("cn_1", now.replace(hour=3))
    )
    assert seed_of("cn_1", now) != seed_of("cn_2", now)
