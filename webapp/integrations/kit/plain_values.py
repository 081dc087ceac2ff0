"""Single values as many providers send them: texts or numbers, days, amounts. What is a vendor's own way stays with it."""

from datetime import date
from typing import Any

from webapp.domain.money import BadAmount, to_minor

from .unreadable import NO_AMOUNT, NO_DATE, Unreadable

Text = str | int | float | None
"""Ids, names and counts come as texts or as numbers, depending on the call."""

_ISO_DAY = 10  # characters of 2026-12-04


def text(value: Any) -> str:
    """Trimmed; empty when missing or neither a text nor a number."""
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
    return value is True or text(value).lower() in {"1", "true", "y", "yes"}


def day(value: Any, name: str) -> date | None:
    """A date, or the day of a time as it stands; None when missing. Raises Unreadable."""
    given = text(value)
    if not given:
        return None
    try:
        return date.fromisoformat(given[:_ISO_DAY])
    except ValueError:
        raise Unreadable(NO_DATE, field=name) from None


def amount(value: Any, currency: str, name: str) -> int | None:
    """Minor units; None when missing. Raises Unreadable.

    The shortest text of a JSON number is what was sent, so no cent is lost on the way through a float.
    """
    given = value.strip() if isinstance(value, str) else value
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise Unreadable(NO_AMOUNT, field=name)
    try:
        return to_minor(given, currency)
    except (BadAmount, ValueError, OverflowError):
        raise Unreadable(NO_AMOUNT, field=name) from None
