"""Single values of an RMS answer: ids of which 0 means none, wall-clock times without a zone, amounts, days."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.integrations.kit.plain_values import day as plain_day
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.unreadable import MISSING, NO_TIME, Unreadable

Row = Mapping[str, Any]

_STAMP = "%Y-%m-%d %H:%M:%S"
_LONGEST_ID = 2**31 - 1


def whole(value: Any) -> int:
    """0 when missing or no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return int(value)
    except (ValueError, OverflowError):
        return 0


def id_of(row: Row, name: str = "id") -> str:
    """Empty for 0, which is how RMS writes "none"."""
    found = whole(row.get(name))
    return str(found) if found > 0 else ""


def number_of(identity: str) -> int | None:
    """The number that RMS means by an id of the hub; None for what can be none of its."""
    if not (identity.isascii() and identity.isdigit()):
        return None
    found = int(identity) if len(identity) <= len(str(_LONGEST_ID)) else 0
    return found if 0 < found <= _LONGEST_ID and str(found) == identity else None


def day(value: Any, name: str) -> date:
    """The date of a wall-clock time. Raises Unreadable."""
    found = plain_day(value, name)
    if found is None:
        raise Unreadable(MISSING, field=name)
    return found


def moment(value: Any, zone: ZoneInfo, now: datetime, name: str) -> datetime | None:
    """A wall-clock time as an instant; None when missing. Raises Unreadable.

    In autumn an hour of the clock comes twice. The later one is meant as soon as it can be, so that stamps never seem to
    go back while they are read one after the other.
    """
    given = text(value)
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
        earlier, later = (at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except (ValueError, OverflowError):
        raise Unreadable(NO_TIME, field=name) from None
    # Where spring skips an hour, the two readings stand the other way round.
    return later if earlier < later <= now else earlier


def wall_clock(at: datetime, zone: ZoneInfo) -> str:
    """An instant as RMS writes it."""
    return at.astimezone(zone).strftime(_STAMP)


def first_second(on: date) -> str:
    return f"{on.isoformat()} 00:00:00"


def last_second(on: date) -> str:
    return f"{on.isoformat()} 23:59:59"
