"""When a hotel is strangely quiet: tables of days and hours, without a database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.services.silence import Calm, PastDay, minute_of, of_arrivals, of_changes, same_weekdays

ZURICH = ZoneInfo("Europe/Zurich")
TUESDAY = date(2026, 7, 14)
FIVE = 17 * 60


def days(count: int, due: int, *hours: int) -> list[PastDay]:
    """The same day `count` times: `due` arrivals, of which one checked in at each of `hours`."""
    minutes = tuple(hour * 60 for hour in hours)
    return [PastDay(day, due, minutes) for day in same_weekdays(TUESDAY)[:count]]


@pytest.mark.parametrize(
    ("due", "seen", "minute", "past", "state"),
    [
        (23, 0, FIVE, days(8, 20, 14, 15, 15, 16, 18, 19), Calm.QUIET),  # a fifth is usual by five
        (23, 1, FIVE, days(8, 20, 14, 15, 15, 16, 18, 19), Calm.CALM),  # one check-in is a feed that lives
        (23, 0, 14 * 60, days(8, 20, 14, 15, 15, 16, 18, 19), Calm.CALM),  # too early to tell
        (4, 0, FIVE, days(8, 20, 14, 15, 15, 16, 18, 19), Calm.CALM),  # none of four by five is no wonder
        (23, 0, FIVE, days(8, 20, 20, 21, 21, 22, 22, 23), Calm.CALM),  # this hotel's guests come late
        (23, 0, 23 * 60, days(8, 20, 20, 21, 21, 22, 22, 23), Calm.QUIET),
        (0, 0, FIVE, days(8, 20, 14, 15, 15, 16), Calm.CALM),
        (
            23,
            0,
            FIVE,
            days(2, 20, 14, 15, 15, 16),
            Calm.QUIET,
        ),  # two Tuesdays are no habit: the stated default
        (23, 0, FIVE - 1, days(2, 20, 14, 15, 15, 16), Calm.LEARNING),
        (23, 2, FIVE, [], Calm.LEARNING),
        (5, 0, FIVE, [], Calm.LEARNING),
        (23, 0, FIVE, days(8, 20), Calm.QUIET),  # days without a known check-in time are not known days
    ],
)
def test_arrivals_without_a_check_in(
    due: int, seen: int, minute: int, past: list[PastDay], state: Calm
) -> None:
    assert of_arrivals(due, seen, minute, past, quiet_hour=17).state is state


def test_one_strange_week_does_not_change_a_habit() -> None:
    usual = days(8, 20, 14, 14, 15, 15, 16, 16)
    with_a_dead_day = [PastDay(TUESDAY - timedelta(weeks=1), 20, (22 * 60,)), *usual[1:]]
    assert (
        of_arrivals(23, 0, FIVE, with_a_dead_day, 17).expected == of_arrivals(23, 0, FIVE, usual, 17).expected
    )


def test_what_is_assumed_is_said() -> None:
    judged = of_arrivals(23, 0, FIVE, days(1, 20, 15), 17)
    assert (judged.is_assumed, judged.known, round(judged.expected, 1)) == (True, 1, 7.7)


def history(now: datetime, count: int, weeks: int = 4) -> dict[datetime, int]:
    """So many changes in every hour by day, none at night, up to two hours before now."""
    first = (now - timedelta(weeks=weeks)).replace(minute=0)
    hours = [first + timedelta(hours=place) for place in range(int((now - first) / timedelta(hours=1)))]
    return {hour: count if 8 <= hour.astimezone(ZURICH).hour < 22 else 0 for hour in hours}


NOON = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("silent", "count", "weeks", "state"),
    [
        (timedelta(hours=3), 4, 4, Calm.QUIET),
        (timedelta(hours=1), 4, 4, Calm.CALM),
        (timedelta(hours=3), 1, 4, Calm.CALM),  # a small hotel may be silent for three hours
        (
            timedelta(hours=13),
            4,
            4,
            Calm.QUIET,
        ),  # since eleven at night: the morning counts, the night does not
        (timedelta(hours=3), 4, 2, Calm.LEARNING),
    ],
)
def test_no_new_booking_for_longer_than_usual(silent: timedelta, count: int, weeks: int, state: Calm) -> None:
    judged = of_changes(NOON - silent, NOON, ZURICH, history(NOON, count, weeks))
    assert judged.state is state


def test_a_silent_night_is_no_silence() -> None:
    morning = datetime(2026, 7, 14, 5, 30, tzinfo=UTC)  # half past seven
    judged = of_changes(morning - timedelta(hours=9), morning, ZURICH, history(morning, 5))
    assert (judged.state, judged.expected) == (Calm.CALM, 0)


def test_hours_are_compared_by_the_hotels_clock_across_a_clock_change() -> None:
    """Two days after the change of October 2026 the habit of eight in the morning is still that of eight in the morning."""
    now = datetime(2026, 10, 27, 8, 0, tzinfo=UTC)  # 09:00, winter time
    judged = of_changes(now - timedelta(hours=3), now, ZURICH, history(now, 6))
    assert judged.expected == 6  # only from eight to nine, though by UTC it was from seven on until last week


def test_an_hour_that_comes_twice_counts_twice_at_most() -> None:
    now = datetime(2026, 10, 25, 2, 0, tzinfo=UTC)  # 03:00; two o'clock has been twice
    last = datetime(2026, 10, 24, 23, 0, tzinfo=UTC)
    past = {
        hour - timedelta(weeks=back): 2
        for back in (1, 2, 3)
        for hour in (last + timedelta(hours=ahead) for ahead in range(-1, 4))
    }
    assert of_changes(last, now, ZURICH, past).expected == 6


@pytest.mark.parametrize(
    ("at", "minute"),
    [
        (datetime(2026, 7, 14, 15, 0, tzinfo=UTC), 17 * 60),
        (datetime(2026, 7, 14, 23, 30, tzinfo=UTC), 25 * 60 + 30),  # half past one, before the audit
    ],
)
def test_the_hotels_day_goes_on_after_midnight(at: datetime, minute: int) -> None:
    assert minute_of(at, TUESDAY, ZURICH) == minute


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_five_oclock_is_five_oclock_on_a_day_of_23_or_25_hours(day: date) -> None:
    at = datetime(day.year, day.month, day.day, 17, tzinfo=ZURICH).astimezone(UTC)
    assert minute_of(at, day, ZURICH) == FIVE
