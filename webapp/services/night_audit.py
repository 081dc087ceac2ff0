"""The hotel's night audit: when it runs, so that bulk work waits and slow answers alarm nobody. Pure."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from webapp.domain.value import Value
from webapp.models import Hotel

DEFAULT_HOUR = 3
DEFAULT_MINUTES = 30
"""Before and after the audit hour."""
LONGEST_MINUTES = 180


class AuditWindow(Value, frozen=True):
    """One night's audit, half-open, in UTC. `day` is the business date that begins with it."""

    day: date
    begins: datetime
    ends: datetime

    def holds(self, at: datetime) -> bool:
        return self.begins <= at < self.ends


class Audit(Value, frozen=True):
    """A hotel's habit. `rolled_to` is the business date of which its provider said that it has begun already."""

    zone: tzinfo
    hour: int = DEFAULT_HOUR
    minutes: int = DEFAULT_MINUTES
    rolled_to: date | None = None

    def of_day(self, day: date) -> AuditWindow:
        """A wall hour that a clock change skips begins with the change; one that comes twice counts the first time."""
        wall = datetime.combine(day, time(self.hour), self.zone)
        at, half = wall.astimezone(UTC), timedelta(minutes=self.minutes)
        return AuditWindow(day, at - half, at + half)

    def coming(self, now: datetime) -> AuditWindow:
        """The one that runs now, else the next one."""
        today = now.astimezone(self.zone).date()
        windows = (self.of_day(today + timedelta(days=ahead)) for ahead in (-1, 0, 1, 2))
        return next(one for one in windows if one.ends > now and not self._is_over(one))

    def is_running(self, now: datetime) -> bool:
        """A provider that says the date has rolled ends it early."""
        return self.coming(now).holds(now)

    def share_of(self, since: datetime, now: datetime) -> timedelta:
        """How much of the time from `since` to `now` lay in audits; of two days at most, older work is late anyway."""
        today = now.astimezone(self.zone).date()
        total = timedelta(0)
        for back in (-1, 0, 1, 2):
            one = self.of_day(today - timedelta(days=back))
            total += max(min(one.ends, now) - max(one.begins, since), timedelta(0))
        return total

    def _is_over(self, window: AuditWindow) -> bool:
        return self.rolled_to == window.day


def audit_of(hotel: Hotel | None) -> Audit:
    """Before the set-up there is no hotel to ask."""
    if hotel is None:
        return Audit(UTC)
    return Audit(ZoneInfo(hotel.timezone), hotel.audit_hour, hotel.audit_minutes, hotel.provider_date)
