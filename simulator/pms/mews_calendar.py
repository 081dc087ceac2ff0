"""Hotel days as Mews writes them: a day is its local midnight turned into UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from simulator.pms.mews_requests import TimeUnits, invalid

CHECK_IN = time(15)
CHECK_OUT = time(11)
MOST_DAYS = 367


def stamp(at: datetime) -> str:
    """To the second, in UTC with a Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)


def local(zone: ZoneInfo, day: date, clock: time = time()) -> datetime:
    """An instant in UTC by the hotel's own clock."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def days(zone: ZoneInfo, asked: TimeUnits) -> list[date]:
    """The days of a request, first and last included.

    Raises Refusal 400 for a time that is not the very start of a day, or for too many days.
    """
    first = _day(zone, asked.first_time_unit_start_utc, "FirstTimeUnitStartUtc")
    last = _day(zone, asked.last_time_unit_start_utc, "LastTimeUnitStartUtc")
    if not 0 <= (last - first).days < MOST_DAYS:
        raise invalid("LastTimeUnitStartUtc")
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def _day(zone: ZoneInfo, at: datetime, parameter: str) -> date:
    day = at.astimezone(zone).date()
    if local(zone, day) != at:
        raise invalid(parameter)
    return day
