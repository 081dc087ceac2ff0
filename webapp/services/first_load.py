"""What waits for the end of a first load on SQLite: indexes that a list is walked by, and the full-text index.

A first load brings bookings in no order of dates, and each would be put into the middle of five trees; sorted once at
the end, the same trees cost a quarter. PostgreSQL keeps its indexes.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Index, select
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.schema import CreateIndex, DropIndex

from . import search_index
from .booking_rows import BOOKINGS, STAYS

_NAMES = frozenset(
    {
        "ix_booking_arrival",
        "ix_booking_status_arrival",
        "ix_booking_source_arrival",
        "ix_stay_arrival",
        "ix_stay_departure",
    }
)
LATE: tuple[Index, ...] = tuple(
    sorted(
        (index for table in (BOOKINGS, STAYS) for index in table.indexes if index.name in _NAMES),
        key=lambda index: str(index.name),
    )
)


def prepare(db: DatabaseConnection) -> None:
    """Takes the indexes away while there is no booking of any connection; with one, they stay and keep lists quick.

    In the transaction that marks the connection's search as stale, so that a killed load still owes `STEPS`.
    """
    if db.dialect.name == "sqlite" and db.execute(select(BOOKINGS.c.id).limit(1)).scalar() is None:
        for index in LATE:
            db.execute(DropIndex(index, if_exists=True))


def _build(index: Index, db: DatabaseConnection) -> None:
    if db.dialect.name == "sqlite":
        db.execute(CreateIndex(index, if_not_exists=True))


STEPS: tuple[Callable[[DatabaseConnection], None], ...] = (
    *(partial(_build, index) for index in LATE),
    search_index.rebuild,
)
"""Builds what is missing, after a first load and after a part of one; may be done at any time, in a transaction each:
together they would hold up the webhook calls for a second.
The search comes last, because what it has not seen must stay marked as stale."""
