"""Single values of a Cloudbeds answer: numbers that come as texts, times without a zone, maps that come as lists."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.domain.money import BadAmount, to_minor
from webapp.integrations.kit.unreadable import NO_AMOUNT, NO_DATE, NO_TIME, Unreadable

Text = str | int | float | None
"""Ids, names and counts come as texts or as numbers, depending on the call."""

_ISO_DAY = 10  # characters of 2026-12-04
_NO_DAY = "0000-00-00"  # what an empty date is in the database behind the API


def text(value: Any) -> str:
    """Trimmed; empty when missing or not a text or number."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def first(*values: Any) -> str:
    """The first that is not empty, as text."""
    return next((found for value in values if (found := text(value))), "")


def whole(value: Any) -> int | None:
    """`"2"` and 2 -> 2; None when it is no number."""
    try:
        return int(float(text(value)))
    except (ValueError, OverflowError):
        return None


def is_true(value: Any) -> bool:
    return value is True or text(value).lower() in {"1", "true", "yes"}


def day(value: Any, name: str) -> date | None:
    """A date, or the day of a time; None when missing. Raises Unreadable."""
    given = text(value)
    if not given or given.startswith(_NO_DAY):
        return None
    try:
        return date.fromisoformat(given[:_ISO_DAY])
    except ValueError:
        raise Unreadable(NO_DATE, field=name) from None


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


def amount(value: Any, currency: str, name: str) -> int | None:
    """Minor units; None when missing. Raises Unreadable.

    The shortest text of a JSON number is what was sent, so no cent is lost on the way through a float.
    """
    if isinstance(value, bool):
        raise Unreadable(NO_AMOUNT, field=name)
    given = value.strip() if isinstance(value, str) else value
    if given is None or given == "":
        return None
    try:
        return to_minor(given, currency)
    except (BadAmount, ValueError, OverflowError):
        raise Unreadable(NO_AMOUNT, field=name) from None


def listed(value: Any) -> Sequence[Any]:
    """The values of a list or of a map by id; an empty map comes as an empty list, and nothing as null."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list | tuple) else ()


def keyed(value: Any) -> Mapping[str, Any]:
    """A map; an empty one comes as an empty list."""
    return value if isinstance(value, Mapping) else {}
