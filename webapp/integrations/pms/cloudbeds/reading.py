"""Single values of a Cloudbeds answer: numbers that come as texts, times without a zone, maps that come as lists."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.integrations.kit.plain_values import day as plain_day
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.unreadable import NO_TIME, Unreadable

_NO_DAY = "0000-00-00"  # what an empty date is in the database behind the API


def day(value: Any, name: str) -> date | None:
    """A date, or the day of a time; None when missing. Raises Unreadable."""
    return None if text(value).startswith(_NO_DAY) else plain_day(value, name)


def moment(value: Any, name: str, zone: ZoneInfo | None = None) -> datetime | None:
    """An aware UTC instant of `2026-11-20 17:40:12`, which is UTC unless a zone is given; None when missing.

    Raises Unreadable.
    """
    given = text(value)
    if not given or given.startswith(_NO_DAY):
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Unreadable(NO_TIME, field=name) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone or UTC)).astimezone(UTC)


def listed(value: Any) -> Sequence[Any]:
    """The values of a list or of a map by id; an empty map comes as an empty list, and nothing as null."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list | tuple) else ()


def keyed(value: Any) -> Mapping[str, Any]:
    """A map; an empty one comes as an empty list."""
    return value if isinstance(value, Mapping) else {}
