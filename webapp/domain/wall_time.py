"""A time read off the hotel's clock: which instant it was, also on the night when the clock is changed."""

from datetime import UTC, datetime, tzinfo


def readings(wall: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The instants (UTC) at which the clock of `zone` showed `wall` (without a zone), earliest first: one on an
    ordinary day, two in the hour that comes twice, none in the hour that is skipped."""
    found: list[datetime] = []
    for fold in (0, 1):
        at = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
        if at not in found and at.astimezone(zone).replace(tzinfo=None) == wall:
            found.append(at)
    return tuple(sorted(found))
