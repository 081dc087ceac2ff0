"""The search over bookings: what is searched, and how SQLite's index follows the rows (PostgreSQL's does by itself)."""

from collections.abc import Sequence

from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import Booking
from webapp.domain.text import search_words

_ADD = "INSERT INTO booking_search(rowid, search_text) VALUES (?, ?)"
# An index without its own copy of the text must be told the old text to forget it.
_FORGET = "INSERT INTO booking_search(booking_search, rowid, search_text) VALUES ('delete', ?, ?)"
_REBUILD = "INSERT INTO booking_search(booking_search) VALUES ('rebuild')"


def search_text(booking: Booking) -> str:
    """The folded words by which a front desk looks for a booking."""
    return search_words(
        booking.confirmation_number,
        booking.external_id,
        booking.group_ref,
        booking.source,
        *[guest.last_name for guest in booking.guests],
        *[guest.first_name for guest in booking.guests],
        *[stay.room for stay in booking.stays],
    )


def add(db: DatabaseConnection, rows: Sequence[tuple[int, str]]) -> None:
    """New bookings as (id, text)."""
    if rows and db.dialect.name == "sqlite":
        db.exec_driver_sql(_ADD, list(rows))


def replace(db: DatabaseConnection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Bookings as (id, old text, new text); equal texts are left alone."""
    differing = [row for row in rows if row[1] != row[2]]
    if differing and db.dialect.name == "sqlite":
        db.exec_driver_sql(_FORGET, [(key, old) for key, old, _ in differing])
        db.exec_driver_sql(_ADD, [(key, new) for key, _, new in differing])


def rebuild(db: DatabaseConnection) -> None:
    """The whole index anew, once after a first load: keeping it page by page costs a tenth of the load's speed."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(_REBUILD)
