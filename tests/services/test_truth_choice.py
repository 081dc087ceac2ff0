"""Which bookings a truth check reads again."""

import pytest

from tests.cast import BUSINESS_DATE
from tests.sync_stage import Stage, booking
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
