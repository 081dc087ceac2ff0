"""After a sweep: bookings that the provider no longer lists are asked for one by one, and marked when they are gone."""

import logging
from datetime import timedelta

from sqlalchemy import select

from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Missing, StreamSource
from webapp.integrations.kit.errors import ProviderError

from .applying_bookings import apply_bookings, mark_gone
from .booking_rows import BOOKINGS
from .sync_pages import Progress, beat_in, circumstances
from .sync_runs import Run

MOST = 200
"""More than this many at once is not a day's deletions but a list that hides something: then nothing is touched."""
_LIVE = (BookingStatus.CONFIRMED.value, BookingStatus.CHECKED_IN.value, BookingStatus.INQUIRY.value)
_EDGE = timedelta(days=1)  # providers do not agree on whether the last day of a window counts

log = logging.getLogger(__name__)


def look_for_gone(run: Run, source: StreamSource, progress: Progress) -> int:
    """How many are gone. Only a sweep that met everything in one go can tell; a provider that cannot be asked for
    single bookings tells nothing."""
    if progress.walk.mode is not Mode.SWEEP or progress.is_resumed or not progress.census.is_complete:
        return 0
    unseen = _unseen(run, progress)
    if not 0 < len(unseen) <= MOST:
        return 0
    try:
        answers = source.fetch_by_ids(Stream.BOOKINGS, unseen)
    except ProviderError as error:
        log.info("run %s could not ask for %d unlisted bookings: %s", run.public_id, len(unseen), error.code)
        return 0
    missing = [answer.external_id for answer in answers if isinstance(answer, Missing)]
    still_there = [answer for answer in answers if isinstance(answer, Booking)]
    with run.runtime.bulk_writing() as db:
        beat_in(db, run)
        how = circumstances(run, progress, run.runtime.clock())
        apply_bookings(db, how, still_there)
        return mark_gone(db, how, missing)


def _unseen(run: Run, progress: Progress) -> list[str]:
    window = progress.walk.position.window
    statement = select(BOOKINGS.c.external_id).where(
        BOOKINGS.c.connection_id == run.claim.connection_id,
        BOOKINGS.c.gone_at.is_(None),
        BOOKINGS.c.status.in_(_LIVE),
        BOOKINGS.c.departure > window.from_date + _EDGE,
        BOOKINGS.c.arrival < window.to_date - _EDGE,
    )
    with run.runtime.reading() as session:
        return [key for key in session.scalars(statement) if not progress.census.has_met(key)]
