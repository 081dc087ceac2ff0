"""Single values of a Guesty answer: ids under three names, dates of the listing, instants, planned times, amounts."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.integrations.kit.plain_values import first, text
from webapp.integrations.kit.unreadable import NO_TIME, Unreadable

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:[0-5]\d)?")
_ID = re.compile(r"[0-9A-Fa-f]{24}")


def is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None


def id_of(row: Mapping[str, Any], *further: str) -> str:
    """Guesty names the same id `_id`, `id` or `reservationId`, depending on the call."""
    return first(*(row.get(name) for name in ("_id", *further, "id")))


def moment(value: Any, name: str) -> datetime | None:
    """An aware UTC instant; None when missing. Raises Unreadable."""
    given = text(value)
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Unreadable(NO_TIME, field=name) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def planned(value: Any, on: date, zone: ZoneInfo) -> datetime | None:
    """A planned time as an instant: `17:30` of the day in the listing's zone, or an instant as it is. None for a text
    that is neither, because hosts write into it."""
    given = text(value)
    found = _CLOCK.fullmatch(given)
    if found:
        return datetime.combine(on, time(int(found[1]), int(found[2])), zone).astimezone(UTC)
    try:
        return moment(given, "planned")
    except Unreadable:
        return None


def instant_text(at: datetime) -> str:
    """`2026-11-23T09:55:00.000Z`, as Guesty writes it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def zone_of(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
