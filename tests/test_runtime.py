"""Eight threads, one row, both databases: nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from webapp.models import Hotel
from webapp.runtime import Runtime

THREADS, TURNS = 8, 25


def count_up(runtime: Runtime) -> None:
    for _ in range(TURNS):
        with runtime.writing() as session:
            hotel = session.scalars(select(Hotel).with_for_update()).one()
            hotel.audit_hour += 1


def test_eight_threads_that_change_one_row_lose_nothing(either_hub: Runtime) -> None:
    with either_hub.reading() as session:
        before = session.scalars(select(Hotel.audit_hour)).one()
    with ThreadPoolExecutor(THREADS) as pool:
        for turn in [pool.submit(count_up, either_hub) for _ in range(THREADS)]:
            turn.result()
    with either_hub.reading() as session:
        assert session.scalars(select(Hotel.audit_hour)).one() == before + THREADS * TURNS


def test_a_failing_command_leaves_nothing_behind(either_hub: Runtime) -> None:
    def rename_and_fail() -> None:
        with either_hub.writing() as session:
            session.scalars(select(Hotel)).one().name = "Changed"
            session.flush()
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        rename_and_fail()
    with either_hub.reading() as session:
        assert session.scalars(select(Hotel.name)).one() == "Hotel Aurora"


def test_a_reader_keeps_its_view_while_somebody_writes(hub: Runtime) -> None:
    with hub.reading() as reader:
        before = reader.scalars(select(Hotel.name)).one()
        with hub.writing() as writer:
            writer.scalars(select(Hotel)).one().name = "Renamed"
        reader.expire_all()
        assert reader.scalars(select(Hotel.name)).one() == before == "Hotel Aurora"


@pytest.mark.sqlite_only
def test_sqlite_writes_survive_a_power_cut_and_keep_their_references(hub: Runtime) -> None:
    with hub.reading() as session:
        pragmas = {
            name: session.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    with hub.bulk_writing() as connection:
        bulk = connection.scalar(text("PRAGMA synchronous"))
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert bulk == 1


@pytest.mark.sqlite_only
def test_the_end_of_a_sync_puts_its_pages_on_the_disk_and_the_next_ones_wait_for_no_disk(
    hub: Runtime,
) -> None:
    with hub.bulk_writing() as first:
        driver = first.connection.dbapi_connection
    with hub.bulk_ending() as last:
        assert last.connection.dbapi_connection is driver
        assert last.scalar(text("PRAGMA synchronous")) == 2
    with pytest.raises(LookupError), hub.bulk_ending():
        raise LookupError
    for road in (hub.bulk_writing, hub.bulk_reading):
        with road() as connection:
            assert connection.scalar(text("PRAGMA synchronous")) == 1


def test_what_a_sync_asks_between_its_writes_is_what_it_wrote(either_hub: Runtime) -> None:
    with either_hub.bulk_writing() as db:
        db.execute(text("UPDATE hotel SET name = 'Renamed'"))
    with either_hub.bulk_reading() as db, either_hub.writing():
        assert db.scalar(text("SELECT name FROM hotel")) == "Renamed"


def test_a_nudge_wakes_the_clock_once(hub: Runtime) -> None:
    hub.nudge.ring()
    assert hub.nudge.wait(0)
    assert not hub.nudge.wait(0)


def test_a_new_id_tells_its_kind(hub: Runtime) -> None:
    assert hub.new_id("bk").startswith("bk_01")
    assert hub.new_id("bk") != hub.new_id("bk")
