"""Single values of an OPERA answer: numbers as texts, times in three spellings, amounts with and without tax."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from webapp.integrations.kit.plain_values import Text, text
from webapp.integrations.kit.unreadable import NO_TIME, Unreadable


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


class Identity(Protocol):
    @property
    def id(self) -> Text: ...
    @property
    def type(self) -> str | None: ...


def id_of(identities: Sequence[Identity] | None, kind: str) -> str:
    """The id of a kind: `Reservation` is the key of a reservation, `Confirmation` what people are told."""
    return next((text(one.id) for one in identities or () if (one.type or "").lower() == kind.lower()), "")
