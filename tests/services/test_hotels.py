"""The hotel's business date, and claiming below the web."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.cast import AURORA, BUSINESS_DATE
from tests.conftest import FixedClock
from webapp.models import Hotel, LogEntry, User
from webapp.runtime import Runtime
from webapp.services import hotels
from webapp.services.hotels import ClaimError, NewHotel, NewOwner, business_date_at, roll_business_date
from webapp.services.installation import open_runtime
from webapp.services.throttling import Gate
from webapp.settings import Settings

ZURICH = ZoneInfo("Europe/Zurich")
OWNER = NewOwner("Ada", "ada@aurora.example", "the owner's long password")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def stored_date(hub: Runtime) -> date:
    with hub.reading() as session:
        return session.scalars(select(Hotel.business_date)).one()


@pytest.mark.parametrize(
    ("instant", "zone", "audit_hour", "expected"),
    [
        ("2026-07-14T02:59:59+02:00", "Europe/Zurich", 3, "2026-07-13"),
        ("2026-07-14T03:00:00+02:00", "Europe/Zurich", 3, "2026-07-14"),
        ("2026-07-14T00:00:00+02:00", "Europe/Zurich", 0, "2026-07-14"),
        ("2026-07-14T11:59:00+02:00", "Europe/Zurich", 12, "2026-07-13"),
        # spring: 02:00 does not exist, the clock goes from 01:59 to 03:00
        ("2026-03-29T01:59:59+01:00", "Europe/Zurich", 2, "2026-03-28"),
        ("2026-03-29T03:00:00+02:00", "Europe/Zurich", 2, "2026-03-29"),
        # autumn: 02:30 happens twice, and the date has rolled at the first
        ("2026-10-25T02:30:00+02:00", "Europe/Zurich", 2, "2026-10-25"),
        ("2026-10-25T02:30:00+01:00", "Europe/Zurich", 2, "2026-10-25"),
        ("2026-07-14T20:00:00+00:00", "Pacific/Kiritimati", 3, "2026-07-15"),
        ("2026-07-14T08:00:00+00:00", "Pacific/Pago_Pago", 3, "2026-07-13"),
    ],
)
def test_the_business_date_turns_at_the_audit_hour(
    instant: str, zone: str, audit_hour: int, expected: str
) -> None:
    assert business_date_at(at(instant), ZoneInfo(zone), audit_hour) == date.fromisoformat(expected)


def test_the_date_rolls_once_and_says_so(hub: Runtime, clock: FixedClock) -> None:
    clock.now = at("2026-07-15T02:59:00+02:00")
    assert roll_business_date(hub) is None
    clock.now = at("2026-07-15T03:00:00+02:00")
    assert roll_business_date(hub) == date(2026, 7, 15) == stored_date(hub)
    assert roll_business_date(hub) is None
    with hub.reading() as session:
        lines = session.execute(select(LogEntry.actor, LogEntry.action, LogEntry.summary)).all()
        assert session.scalars(select(Hotel.business_date_moved_at)).one() == clock.now
    assert [tuple(line) for line in lines] == [
        ("scheduler", "hotel.business_date_moved", "The business date is 2026-07-15, was 2026-07-14")
    ]


def test_days_without_a_running_program_are_caught_up(hub: Runtime, clock: FixedClock) -> None:
    clock.advance(days=5)
    assert roll_business_date(hub) == date(2026, 7, 19)


def test_the_date_never_moves_backwards(hub: Runtime, clock: FixedClock) -> None:
    clock.advance(days=-3)
    assert roll_business_date(hub) is None
    assert stored_date(hub) == BUSINESS_DATE


def test_a_night_whose_hour_before_midnight_comes_twice_rolls_once(
    runtime: Runtime, clock: FixedClock
) -> None:
    beirut = NewHotel("Cedar", "Asia/Beirut", "LBP", audit_hour=0)
    with runtime.writing() as session:
        hotels.add_hotel(runtime, session, beirut, business_date=date(2026, 10, 24))
    clock.now = at("2026-10-24T23:30:00+03:00")
    assert roll_business_date(runtime) is None
    clock.now = at("2026-10-24T23:30:00+02:00")  # again, an hour later
    assert roll_business_date(runtime) is None
    clock.now = at("2026-10-25T00:00:00+02:00")
    assert roll_business_date(runtime) == date(2026, 10, 25)


def test_before_the_set_up_there_is_no_date_to_roll(runtime: Runtime) -> None:
    assert roll_business_date(runtime) is None


def test_two_clocks_that_tick_at_once_roll_once(either_hub: Runtime, clock: FixedClock) -> None:
    clock.advance(days=1)
    with ThreadPoolExecutor(4) as pool:
        rolled = [turn.result() for turn in [pool.submit(roll_business_date, either_hub) for _ in range(4)]]
    assert [one for one in rolled if one] == [date(2026, 7, 15)]


def test_two_people_with_the_code_make_one_owner(settings: Settings, clock: FixedClock) -> None:
    opened = open_runtime(settings, clock=clock)
    hub, gate = opened.runtime, Gate()

    def claim(number: int) -> str:
        owner = NewOwner("Ada", f"ada{number}@aurora.example", OWNER.password)
        try:
            hotels.claim(hub, gate, opened.claim_code or "", AURORA, owner, address=f"192.0.2.{number}")
        except ClaimError as error:
            return error.message
        return "claimed"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(claim, range(4)))
    with hub.reading() as session:
        assert len(session.scalars(select(User)).all()) == 1
    hub.close()
    assert outcomes == ["This hub has an owner already. Sign in instead."] * 3 + ["claimed"]


@pytest.mark.parametrize(
    ("hotel", "field"),
    [
        (NewHotel(" ", "Europe/Zurich", "EUR"), "hotel_name"),
        (NewHotel("x" * 121, "Europe/Zurich", "EUR"), "hotel_name"),
        (NewHotel("Aurora", "Mars/Base", "EUR"), "timezone"),
        (NewHotel("Aurora", "../etc/passwd", "EUR"), "timezone"),
        (NewHotel("Aurora", "Europe/Zurich", "eur"), "currency"),
        (NewHotel("Aurora", "Europe/Zurich", "EUR", 13), "audit_hour"),
        (NewHotel("Aurora", "Europe/Zurich", "EUR", -1), "audit_hour"),
    ],
)
def test_a_hotel_that_cannot_be_is_refused_whole(
    settings: Settings, clock: FixedClock, hotel: NewHotel, field: str
) -> None:
    opened = open_runtime(settings, clock=clock)
    with pytest.raises(ClaimError) as told:
        hotels.claim(opened.runtime, Gate(), opened.claim_code or "", hotel, OWNER, address="192.0.2.1")
    with opened.runtime.reading() as session:
        assert session.scalars(select(User)).all() == []
    opened.runtime.close()
    assert told.value.field == field
