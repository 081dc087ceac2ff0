"""Time zones by the names that Windows gives them, as RMS does: by the table of Unicode CLDR that Babel carries."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of a Windows name, in any case, or of an IANA name; None for any other text."""
    given = " ".join(name.split())
    try:
        return ZoneInfo(windows_zones().get(given.casefold(), given)) if given else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@cache
def windows_zones() -> dict[str, str]:
    """IANA zone by folded Windows name."""
    from babel.core import get_global

    return {windows.casefold(): zone for windows, zone in get_global("windows_zone_mapping").items()}
