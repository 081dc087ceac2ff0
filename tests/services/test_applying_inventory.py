"""What storing rates and availability leaves: a row a day, written again only when it differs, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from tests.sync_stage import TODAY, Stage
from webapp.domain.event import Road
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.models import Availability, Rate
from webapp.runtime import Runtime
from webapp.services.applying import TOO_LONG, Circumstances, Tally
from webapp.services.applying_inventory import apply_availability, apply_rates

pytestmark = pytest.mark.usefixtures("memory_provider")

Store = Callable[..., Tally]


@pytest.fixture
def stage(either_hub: Runtime) -> Stage:
    return Stage(either_hub)


@pytest.fixture
def store(stage: Stage) -> Store:
    """Stores a page of rates or of free rooms as a poll would."""

    def store(*page: Any) -> Tally:
        how = Circumstances(stage.id, 1, Road.POLL, stage.hub.clock())
        apply = apply_rates if isinstance(page[0], RateDay) else apply_availability
        with stage.hub.bulk_writing() as db:
            return apply(db, how, page)

    return store


def rate(plan: str, day: int = 0, *, room: str = "R1", price: int = 10_000) -> RateDay:
    return RateDay(
        day=TODAY + timedelta(day), rate_plan_id=plan, room_type_id=room, price_minor=price, currency="EUR"
    )


def free(room: str, day: int = 0, available: int = 3) -> AvailabilityDay:
    return AvailabilityDay(day=TODAY + timedelta(day), room_type_id=room, available=available)


def test_the_same_page_again_writes_nothing(store: Store) -> None:
    page = [rate("FLEX", day) for day in range(3)]
    assert store(*page) == Tally(added=3)
    assert store(*page) == Tally(unchanged=3)


def test_only_the_day_that_differs_is_written_again(stage: Stage, store: Store) -> None:
    store(*(rate("FLEX", day) for day in range(3)))
    assert store(rate("FLEX"), rate("FLEX", 1, price=12_000), rate("FLEX", 2)) == Tally(
        changed=1, unchanged=2
    )
    rows = stage.all(Rate, Rate.day)
    assert [(row.price_minor, row.revision) for row in rows] == [(10_000, 1), (12_000, 2), (10_000, 1)]


def test_each_rate_and_room_type_has_days_of_its_own(stage: Stage, store: Store) -> None:
    store(rate("FLEX"), rate("FLEX", room="R2"), rate("SAVER"))
    assert store(rate("SAVER", room="R2"), rate("SAVER", price=9_000)) == Tally(added=1, changed=1)
    rows = stage.all(Rate, Rate.rate_plan_id)
    assert {(row.rate_plan_id, row.room_type_id): row.price_minor for row in rows} == {
        ("FLEX", "R1"): 10_000,
        ("FLEX", "R2"): 10_000,
        ("SAVER", "R1"): 9_000,
        ("SAVER", "R2"): 10_000,
    }


@pytest.mark.parametrize("key", ["R'1", 'R"1', "Zimmer Süd", "0042", "[1]"])
def test_a_room_type_of_any_id_is_known_again(store: Store, key: str) -> None:
    assert store(free(key)) == Tally(added=1)
    assert store(free(key)) == Tally(unchanged=1)
    assert store(free(key, available=2)) == Tally(changed=1)


def test_an_id_that_is_too_long_is_skipped_and_named(stage: Stage, store: Store) -> None:
    tally = store(free("R" * 101), free("R1"))
    assert (tally.added, [str(one.reason) for one in tally.skipped]) == (1, [str(TOO_LONG)])
    assert [row.room_type_id for row in stage.all(Availability, Availability.day)] == ["R1"]


def test_a_page_of_one_rate_reads_no_rows_of_the_others(hub: Runtime) -> None:
    """A vendor with three hundred rates sends each on pages of its own."""
    stage = Stage(hub)
    how = Circumstances(stage.id, 1, Road.POLL, hub.clock())
    with hub.bulk_writing() as db:
        apply_rates(db, how, [rate(plan) for plan in ("FLEX", "SAVER", "GROUP")])
    read: list[Any] = []
    with hub.bulk_writing() as db:

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.startswith("SELECT"):
                read.extend(db.exec_driver_sql(statement.replace("SELECT", "select", 1), parameters).all())

        event.listen(db, "after_cursor_execute", note)
        apply_rates(db, how, [rate("SAVER")])
    assert len(read) == 1
