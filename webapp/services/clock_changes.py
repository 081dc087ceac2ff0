"""The next change of the hotel's clock: when it comes, and which wall times happen twice or never. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo

from webapp.domain.value import Value

AHEAD = timedelta(days=7)
"""How long before it is told."""
_STEP = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


class ClockChange(Value, frozen=True):
    """At `at` (UTC) the wall clock jumps from `before` to `after`, both without a zone."""

    at: datetime
    before: datetime
    after: datetime

    @property
    def is_forward(self) -> bool:
        """The times between are skipped; else they happen twice."""
        return self.after > self.before

    @property
    def minutes(self) -> int:
        return abs(int((self.after - self.before) / _MINUTE))

    @property
    def earliest(self) -> datetime:
        """The first wall time that happens twice or never."""
        return min(self.before, self.after)

    @property
    def latest(self) -> datetime:
        """The wall time with which the days are ordinary again."""
        return max(self.before, self.after)


def coming(zone: tzinfo, now: datetime, ahead: timedelta = AHEAD) -> ClockChange | None:
    """The first change after `now` and within `ahead`; None when the clock runs on."""
    low = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    while low < now + ahead:
        high = low + _STEP
        if _offset(zone, low) != _offset(zone, high):
            change = _between(zone, low, high)
            if now < change.at <= now + ahead:
                return change
        low = high
    return None


def _between(zone: tzinfo, low: datetime, high: datetime) -> ClockChange:
    """To the minute, between two instants with different offsets."""
    before = _offset(zone, low)
    while high - low > _MINUTE:
        middle = low + (high - low) // (2 * _MINUTE) * _MINUTE
        if middle == low:
            break
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    after = _offset(zone, high)
    return ClockChange(high, (high + before).replace(tzinfo=None), (high + after).replace(tzinfo=None))


def _offset(zone: tzinfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
