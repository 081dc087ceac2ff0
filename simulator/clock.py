"""The pretend hotel's own clock: fixed in tests, ticking in a demo, and movable in both."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class WorldClock:
    """Reads aware UTC instants; `shift` moves it for everything that follows."""

    def __init__(self, read: Callable[[], datetime]) -> None:
        self._read = read
        self._offset = timedelta()

    @classmethod
    def fixed(cls, at: datetime) -> "WorldClock":
        """Stands still at `at` until shifted."""
        instant = at.astimezone(UTC)
        return cls(lambda: instant)

    @classmethod
    def ticking(cls, at: datetime | None = None) -> "WorldClock":
        """Runs with real time, starting at `at` (now when not given)."""
        started = datetime.now(UTC)
        lead = at.astimezone(UTC) - started if at is not None else timedelta()
        return cls(lambda: datetime.now(UTC) + lead)

    def now(self) -> datetime:
        return self._read() + self._offset

    def shift(self, by: timedelta) -> None:
        self._offset += by
