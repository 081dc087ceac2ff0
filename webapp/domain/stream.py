"""Streams: the kinds of data a connection keeps in step, and how a run walks them."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class Stream(StrEnum):
    """A kind of data. The order is the order of a run: guests first, so that bookings find them."""

    GUESTS = "guests"
    BOOKINGS = "bookings"
    CHECK_INS = "check_ins"
    AVAILABILITY = "availability"
    RATES = "rates"


class Mode(StrEnum):
    """Why a stream is walked.

    delta     what changed since the last completed walk (or the whole window where a vendor has no stamps)
    sweep     every booking whose stay touches the window, once a day, so that a lost change is found
    backfill  the chosen history, announced to nobody
    """

    DELTA = "delta"
    SWEEP = "sweep"
    BACKFILL = "backfill"


class Window(msgspec.Struct, frozen=True):
    """What one walk asks for. It is frozen when the walk begins, or a page boundary would lose records.

    since, until         modified stamps, aware UTC; `since` is None when everything in the stay window is wanted
    from_date, to_date   stay dates, half-open
    """

    mode: Mode
    since: datetime | None
    until: datetime
    from_date: date
    to_date: date
