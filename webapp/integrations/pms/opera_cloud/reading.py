"""Single values of an OPERA answer: numbers as texts, times in three spellings, amounts with and without tax."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from webapp.domain.money import BadAmount, to_minor
from webapp.integrations.kit.unreadable import NO_AMOUNT, NO_DATE, NO_TIME, Unreadable

Text = str | int | float | None
_ISO_DAY = 10  # characters of 2026-12-04


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
    return value is True or text(value).lower() in {"1", "true", "y", "yes"}


def day(value: Any, name: str) -> date | None:
    """A date, or the day of a date-time; None when missing. Raises Unreadable."""
    given = text(value)
    if not given:
        return None
    try:
        return date.fromisoformat(given[:_ISO_DAY])
    except ValueError:
        raise Unreadable(NO_DATE, field=name) from None


def moment(value: Any, name: str, zone: ZoneInfo) -> datetime | None:
    """An aware UTC instant; None when missing. Raises Unreadable.

    Documented as RFC 3339, but the contract's own examples have a blank and no zone (`2020-01-28 17:22:35.0`), or a
    bare date: what has no zone is read by the hotel's clock.
    """
    given = text(value)
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(NO_TIME, field=name) from None


def amount(value: Any, currency: str, name: str) -> int | None:
    """Minor units; None when missing. Raises Unreadable."""
    if isinstance(value, bool):
        raise Unreadable(NO_AMOUNT, field=name)
    given = value.strip() if isinstance(value, str) else value
    if given is None or given == "":
        return None
    try:
        return to_minor(given, currency)
    except (BadAmount, ValueError, OverflowError):
        raise Unreadable(NO_AMOUNT, field=name) from None


class Identity(Protocol):
    @property
    def id(self) -> Text: ...
    @property
    def type(self) -> str | None: ...


def id_of(identities: Sequence[Identity] | None, kind: str) -> str:
    """The id of a kind: `Reservation` is the key of a reservation, `Confirmation` what people are told."""
    return next((text(one.id) for one in identities or () if (one.type or "").lower() == kind.lower()), "")
