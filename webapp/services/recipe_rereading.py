"""What saving another mapping will read again, told before it is saved."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import Booking, Connection, Hotel

from .connection_views import row_of
from .sync_plan import HORIZON_DAYS, cursors_of, ticked

PAGE_SIZE = 100
"""Records of a page where the recipe does not say."""


class Reread(Value, frozen=True):
    """Stored bookings inside the history, and about how many calls the next run makes for all kinds of data."""

    bookings: int
    calls: int


def estimate(session: Session, public_id: str, document: str) -> Reread:
    """For a connection that would use this recipe: its number is part of every content hash and of every history, so
    the next run reads each kind of data from the beginning. Raises NoSuchConnection."""
    row = row_of(session, public_id)
    recipe = _decoded(document)
    bookings = _stored_bookings(session, row)
    cursors = cursors_of(session, row.id)
    calls = 0
    for stream in ticked(row):
        source = _part(_part(recipe, "streams"), stream.value)
        if not source and stream is not Stream.CHECK_INS:
            continue
        history = cursors.get((stream, Mode.BACKFILL))
        seen = (history.last_seen if history else None) or 0
        calls += _calls(source, max(seen, bookings if stream is Stream.BOOKINGS else 0), row.history_days)
    return Reread(bookings, calls)


def _stored_bookings(session: Session, row: Connection) -> int:
    today = session.scalars(select(Hotel.business_date)).first()
    found = select(func.count()).select_from(Booking)
    found = found.where(Booking.connection_id == row.id, Booking.gone_at.is_(None))
    if today is not None:
        found = found.where(Booking.departure >= today - timedelta(row.history_days))
    return session.scalar(found) or 0


def _calls(source: Mapping[str, Any], records: int, history_days: int) -> int:
    """One page is asked for at least; a history that is read in steps takes a page for each step at least."""
    paging = _part(source, "pagination")
    pages = 1
    if paging.get("kind", "none") != "none":
        pages = -(-records // max(_number(paging.get("size")) or PAGE_SIZE, 1))
    step = _number(source.get("step_days"))
    steps = -(-(history_days + HORIZON_DAYS) // step) if step else 1
    return max(pages, steps, 1)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _part(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, dict) else {}


def _decoded(document: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
