"""Two web processes over one database: both answer, one ticks, and when that one dies another takes its place."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.chaos.house import ROOT, Hub, Process, check_books, eventually, open_house
from webapp.models import Connection, Lease
from webapp.runtime import make_engine
from webapp.services.beats import LEASE
from webapp.settings import Settings

RUNS = "SELECT count(*) FROM sync_run WHERE state = 'succeeded'"


def test_two_web_processes_have_one_clock_which_can_be_taken_over(place: Settings) -> None:
    with open_house(place, reservations=300) as house:
        ticking, quiet = Hub(house), Hub(house, "--no-scheduler")
        assert [hub.get("/readyz") for hub in (ticking, quiet)] == [200, 200]
        assert eventually(lambda: house.count(RUNS) == 1)
        assert holder_of(place) == (ticking.pid, 1)
        # So that the third knows what it must not call.
        assert house.count("SELECT count(*) FROM listener") == 2

        third = Process(house, str(ROOT / "scheduler.py"))
        assert eventually(lambda: "The clock is running" in third.output)
        assert holder_of(place) == (ticking.pid, 1)

        assert ticking.end(signal.SIGKILL) == -signal.SIGKILL
        assert quiet.get("/readyz") == 200
        let_the_lease_run_out(place)
        assert eventually(lambda: holder_of(place) == (third.pid, 2))
        ask_for_a_sync(place)
        assert eventually(lambda: house.count(RUNS) == 2)
        for process in (third, quiet):
            assert process.end() == 0
            assert "Traceback" not in process.output
        assert house.count("SELECT count(*) FROM listener") == 1  # the killed one's
        check_books(house)


def test_a_second_hub_started_by_mistake_stays_idle(place: Settings) -> None:
    with open_house(place, reservations=300) as house:
        first, second = Hub(house), Hub(house)
        assert eventually(lambda: house.count(RUNS) == 1)
        assert [hub.get("/healthz") for hub in (first, second)] == [200, 200]
        assert holder_of(place)[1] == 1
        for hub in (first, second):
            assert hub.end() == 0
            assert "Traceback" not in hub.output
        assert house.count("SELECT count(*) FROM sync_run") == 1
        assert house.count("SELECT count(*) FROM listener") == 0
        check_books(house)


def let_the_lease_run_out(place: Settings) -> None:
    """Forty-five seconds are long in a test: the dead process is made to have died before them."""
    with session_of(place) as session, session.begin():
        session.execute(update(Lease).values(expires_at=Lease.heartbeat_at))


def ask_for_a_sync(place: Settings) -> None:
    with session_of(place) as session, session.begin():
        session.execute(update(Connection).values(next_sync_at=Connection.created_at))


def holder_of(place: Settings) -> tuple[int, int]:
    """Process and number of the lease."""
    with session_of(place) as session:
        lease = session.get_one(Lease, LEASE)
        return int(lease.owner.rpartition(":")[2]), lease.number


@contextmanager
def session_of(place: Settings) -> Iterator[Session]:
    engine = make_engine(place.database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()
