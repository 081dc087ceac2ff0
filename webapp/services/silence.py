"""Whether a hotel is quieter than it ever is at this hour of this weekday. Pure: figures in, a judgement out.

Two signs of life: guests of today's arrivals check in, and bookings are made or changed. Each is compared with what the
same weekday brought in the last weeks, never with a fixed period.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from statistics import median

from webapp.domain.value import Value

WEEKS = 8
"""How far back habits are looked for."""
KNOWN_DAYS = 3
"""Fewer same weekdays than this are no habit yet."""
LEAST_ARRIVALS = 3.0
"""Check-ins that must be due by now before none at all is strange: by chance it happens on one day in twenty."""
LEAST_CHANGES = 8.0
"""The same of changes, which come in bursts."""
ASSUMED_SHARE = 1 / 3
"""Of a day's arrivals, taken to have checked in by the hotel's `quiet_hour` while its habit is not known."""
_HOUR = timedelta(hours=1)


class Calm(StrEnum):
    LEARNING = "learning"  # the habit is not known yet, and nothing is strange
    CALM = "calm"
    QUIET = "quiet"


class PastDay(Value, frozen=True):
    """A day's arrivals: how many were due, and at which minute of the hotel's day each known one checked in."""

    day: date
    due: int
    minutes: tuple[int, ...]

    def share_by(self, minute: int) -> float:
        return sum(1 for one in self.minutes if one <= minute) / self.due if self.due else 0.0


class Judgement(Value, frozen=True):
    """`expected` is how many had come by now on a usual day, `seen` how many have, `known` the days or hours behind it.

    `is_assumed`: by the stated default, because the habit is not known.
    """

    state: Calm
    expected: float
    seen: int
    known: int
    is_assumed: bool = False


def of_arrivals(due: int, seen: int, minute: int, past: Sequence[PastDay], quiet_hour: int) -> Judgement:
    """`minute` counts from midnight of the business date by the hotel's wall clock; after the next midnight it goes on.

    One check-in is a feed that lives: only none at all is strange.
    """
    days = [one for one in past if one.due and one.minutes]
    is_assumed = len(days) < KNOWN_DAYS
    if is_assumed:
        share = ASSUMED_SHARE if minute >= quiet_hour * 60 else 0.0
    else:
        share = median(one.share_by(minute) for one in days)
    expected = due * share
    is_quiet = seen == 0 and expected >= LEAST_ARRIVALS
    state = Calm.QUIET if is_quiet else Calm.LEARNING if is_assumed else Calm.CALM
    return Judgement(state, expected, seen, len(days), is_assumed)


def of_changes(last_at: datetime, now: datetime, zone: tzinfo, past: Mapping[datetime, int]) -> Judgement:
    """`past` holds counted hours by their UTC beginning. What usually comes in the hours since the last change is
    added up; hours that are not known by habit add nothing.
    """
    habit = _habit(now, zone, past)
    expected, known, hours = 0.0, 0, 0
    hour = last_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hour = max(hour, now - WEEKS * timedelta(weeks=1))
    while hour < now:
        share = (min(hour + _HOUR, now) - max(hour, last_at)) / _HOUR
        counts = habit.get(_slot(hour, zone), [])
        hours += 1
        if len(counts) >= KNOWN_DAYS:
            known += 1
            expected += median(counts) * share
        hour += _HOUR
    if expected >= LEAST_CHANGES:
        return Judgement(Calm.QUIET, expected, 0, known)
    return Judgement(Calm.CALM if known == hours else Calm.LEARNING, expected, 0, known)


def minute_of(at: datetime, day: date, zone: tzinfo) -> int:
    """By the wall clock, from the midnight with which `day` begins; a clock change makes no difference."""
    local = at.astimezone(zone)
    return (local.date() - day).days * 24 * 60 + local.hour * 60 + local.minute


def same_weekdays(day: date) -> tuple[date, ...]:
    """The latest first."""
    return tuple(day - timedelta(weeks=back) for back in range(1, WEEKS + 1))


def _habit(now: datetime, zone: tzinfo, past: Mapping[datetime, int]) -> dict[tuple[int, int], list[int]]:
    first = now - timedelta(weeks=WEEKS)
    habit: dict[tuple[int, int], list[int]] = {}
    for hour, count in past.items():
        if first <= hour < now - timedelta(days=1):  # the silence itself is no habit
            habit.setdefault(_slot(hour, zone), []).append(count)
    return habit


def _slot(hour: datetime, zone: tzinfo) -> tuple[int, int]:
    local = hour.astimezone(zone)
    return local.weekday(), local.hour
