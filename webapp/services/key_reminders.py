"""Tells people 14, 7 and 1 day before an API key ends, each once, while there is time to make its successor."""

from datetime import timedelta

from sqlalchemy import select

from webapp.models import ApiKey
from webapp.runtime import Runtime

from . import notices

DAYS = (14, 7, 1)


def remind(runtime: Runtime) -> int:
    """Returns how many keys were spoken of. A key that has a successor ends as it should."""
    now = runtime.clock()
    ending = select(ApiKey).where(
        ApiKey.revoked_at.is_(None),
        ApiKey.successor_id.is_(None),
        ApiKey.expires_at > now,
        ApiKey.expires_at <= now + timedelta(days=max(DAYS)),
    )
    with runtime.reading() as session:
        due = [row.id for row in session.scalars(ending) if _due(row, row.expires_at - now) is not None]
    if not due:
        return 0
    told = 0
    with runtime.writing() as session:
        for row in session.scalars(ending.where(ApiKey.id.in_(due)).order_by(ApiKey.id).with_for_update()):
            days = _due(row, row.expires_at - now)
            if days is None:
                continue  # another process was quicker
            row.reminded_days = days
            notices.tell_admins(
                runtime,
                session,
                "api_key.ending",
                f"API key “{row.name}” ({row.shown}) ends {row.expires_at:%Y-%m-%d %H:%M} UTC: "
                "make its successor in Settings > API Access",
            )
            told += 1
    return told


def _due(row: ApiKey, left: timedelta) -> int | None:
    """The reminder whose day has come, unless it was given; a key never hears of a day before its own making."""
    life = row.expires_at - row.created_at
    come = [days for days in DAYS if left <= timedelta(days=days) < life]
    if not come or (row.reminded_days is not None and row.reminded_days <= min(come)):
        return None
    return min(come)
